// Models. Source: contracts/azureml-rest.md §6 ModelVersionProperties; contracts/azureml-jobs.md §2 (references).

import { Type } from 'typebox';
import type { AnyResourceType } from '#arm/resource-type.ts';
import { stringAt } from '#kernel/json.ts';
import { versionedAsset } from '../families/versioned-asset.ts';

const Text = Type.Optional(Type.Union([Type.String({ maxLength: 4096 }), Type.Null()]));
const MODEL_TYPES = ['custom_model', 'mlflow_model', 'triton_model'];

export function models(workspaces: AnyResourceType): readonly [AnyResourceType, AnyResourceType] {
  return versionedAsset({
    workspaces,
    segment: 'models',
    version: { modelUri: Text, modelType: Text, jobName: Text, flavors: Type.Optional(Type.Union([Type.Object({}), Type.Null()])) },
    source: ['/modelUri', '/modelType'],
    filters: { version: { equals: 'name' }, description: { contains: '/description' }, tags: { entries: 'tags' }, properties: { entries: '/properties' } },
    hooks: {
      validate(_ctx, { desired, reject }) {
        const uri = stringAt(desired.properties, 'modelUri');
        if (uri === undefined || uri === '')
          reject('properties.modelUri', 'modelUri is missing; name a place such as azureml://jobs/NAME/outputs/OUTPUT/paths/ or azureml://datastores/NAME/paths/FOLDER.');
        const type = stringAt(desired.properties, 'modelType');
        if (type !== undefined && !MODEL_TYPES.includes(type.toLowerCase())) reject('properties.modelType', `modelType is '${type}'; ${MODEL_TYPES.join(', ')} are accepted.`);
      },
      async prepare(_ctx, { desired }) {
        const job = /^azureml:\/\/jobs\/([^/]+)\/|^runs:\/([^/]+)\//.exec(stringAt(desired.properties, 'modelUri') ?? '');
        const jobName = desired.properties['jobName'] ?? job?.[1] ?? job?.[2];
        return {
          ...desired,
          // Azure: flavors is an object in every answer; clients read into it.
          properties: {
            ...desired.properties,
            flavors: desired.properties['flavors'] ?? {},
            modelType: (stringAt(desired.properties, 'modelType') ?? 'custom_model').toLowerCase(),
            ...(jobName === undefined ? {} : { jobName }),
          },
        };
      },
    },
  });
}
