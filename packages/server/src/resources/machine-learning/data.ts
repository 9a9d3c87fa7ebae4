// Data assets. Source: contracts/azureml-rest.md §6 DataVersionBaseProperties.

import { Type } from 'typebox';
import type { AnyResourceType } from '#arm/resource-type.ts';
import { stringAt } from '#kernel/json.ts';
import { versionedAsset } from '../families/versioned-asset.ts';

const TYPES = ['uri_file', 'uri_folder', 'mltable'];

export function data(workspaces: AnyResourceType): readonly [AnyResourceType, AnyResourceType] {
  return versionedAsset({
    workspaces,
    segment: 'data',
    container: { dataType: Type.String() },
    version: { dataType: Type.Optional(Type.String()), dataUri: Type.String({ minLength: 1, maxLength: 4096 }), referencedUris: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()])) },
    source: ['/dataUri', '/dataType'],
    filters: { $tags: { entries: 'tags' } },
    containerFrom: (version) => ({ dataType: stringAt(version, 'dataType') ?? 'uri_folder' }),
    hooks: {
      validate(_ctx, { desired, reject }) {
        const type = normal(stringAt(desired.properties, 'dataType'));
        if (!TYPES.includes(type)) reject('properties.dataType', `dataType is '${stringAt(desired.properties, 'dataType')}'; ${TYPES.join(', ')} are accepted.`);
      },
      prepare: async (_ctx, { desired }) => ({ ...desired, properties: { ...desired.properties, dataType: normal(stringAt(desired.properties, 'dataType')) } }),
    },
  });
}

/** `UriFile`, `uri_file` and nothing at all, as clients write them. */
function normal(type: string | undefined): string {
  const plain = (type ?? 'uri_folder').toLowerCase().replaceAll('_', '');
  return TYPES.find((known) => known.replaceAll('_', '') === plain) ?? plain;
}
