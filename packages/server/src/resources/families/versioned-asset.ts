// Versioned assets: a container and its versions, the form that codes, environments, models and data share.
// A version of a missing container makes the container. Source: contracts/azureml-rest.md §1 (asset rows), §3, §6.

import { type TSchema, Type } from 'typebox';
import type { Action } from '#arm/action.ts';
import { type AnyResourceType, defineResourceType, type ResourceTypeSpec } from '#arm/resource-type.ts';
import { SCALARS_AS_TEXTS } from '#arm/envelope.ts';
import type { JsonObject } from '#kernel/json.ts';
import { describeVersions } from '#storage/asset-store.ts';
import { machineLearningVersions } from '../machine-learning/api-versions.ts';

/** What every container and version has. */
export const AssetBase = {
  description: Type.Optional(Type.Union([Type.String({ maxLength: 8192 }), Type.Null()])),
  tags: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]))),
  properties: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]), { [SCALARS_AS_TEXTS]: true })),
  isArchived: Type.Boolean({ default: false }),
} as const;

export interface VersionedAsset {
  readonly workspaces: AnyResourceType;
  /** Collection segment: `models`. */
  readonly segment: string;
  /** Properties of a container besides the common ones. */
  readonly container?: Readonly<Record<string, TSchema>>;
  /** Properties of a version besides the common ones. */
  readonly version: Readonly<Record<string, TSchema>>;
  /** Source fields of a version, which never change. */
  readonly source: readonly string[];
  readonly readOnly?: readonly string[];
  readonly refuses?: AnyResourceType['refuses'];
  readonly filters?: AnyResourceType['filters'];
  /** Query parameters of version lists that search all containers of the workspace. */
  readonly acrossContainersBy?: readonly string[];
  /** Properties of the container that a first version makes, from those of the version. */
  containerFrom?(version: JsonObject): JsonObject;
  readonly hooks?: Pick<ResourceTypeSpec<JsonObject>, 'validate' | 'prepare' | 'onDelete'>;
  readonly actions?: Readonly<Record<string, Action>>;
}

/** The container type and the version type, in this order. */
export function versionedAsset(asset: VersionedAsset): readonly [AnyResourceType, AnyResourceType] {
  const name = { name: /^[a-zA-Z0-9][a-zA-Z0-9\-_.]{0,254}$/, nameRule: 'has 1 to 255 letters, digits, -, _ or ., and starts with a letter or digit', isNameCaseSensitive: true } as const;
  const versionType = `Microsoft.MachineLearningServices/workspaces/${asset.segment}/versions`;
  const listViewType = { view: '/isArchived' } as const;
  const containers = defineResourceType({
    type: `Microsoft.MachineLearningServices/workspaces/${asset.segment}`,
    parent: asset.workspaces,
    kind: 'proxy',
    apiVersions: machineLearningVersions,
    ...name,
    properties: Type.Object({ ...AssetBase, ...asset.container }),
    readOnly: ['/latestVersion', '/nextVersion'],
    filters: { listViewType },
    list: { order: 'newest', pageSizeParameters: ['count', '$top'] },
    async view(_ctx, resources, db) {
      const versions = await describeVersions(
        db,
        versionType.toLowerCase(),
        resources.map((resource) => resource.key),
      );
      return new Map(resources.map((resource) => [resource.key, versions.get(resource.key) ?? { latestVersion: null, nextVersion: '1' }]));
    },
  });
  const versions = defineResourceType({
    type: versionType,
    parent: containers,
    kind: 'proxy',
    apiVersions: machineLearningVersions,
    ...name,
    properties: Type.Unsafe<JsonObject>(Type.Object({ ...AssetBase, isAnonymous: Type.Boolean({ default: false }), stage: Type.Optional(Type.Union([Type.String(), Type.Null()])), ...asset.version })),
    immutable: asset.source,
    immutableFault: 'conflict',
    readOnly: asset.readOnly ?? [],
    refuses: asset.refuses ?? [],
    filters: { listViewType, ...asset.filters },
    list: { order: 'newest', ...(asset.acrossContainersBy === undefined ? {} : { acrossParentsBy: asset.acrossContainersBy }) },
    createsParent: (desired) => ({ properties: { isArchived: false, ...asset.containerFrom?.(desired.properties) } }),
    ...asset.hooks,
    ...(asset.actions === undefined ? {} : { actions: asset.actions }),
  });
  return [containers, versions];
}
