// Codes: snapshots of source folders. Source: contracts/azure-ai-ml.md §3.3; contracts/azureml-rest.md §6.

import { Type } from 'typebox';
import type { AnyResourceType } from '#arm/resource-type.ts';
import { versionedAsset } from '../families/versioned-asset.ts';

export function codes(workspaces: AnyResourceType): readonly [AnyResourceType, AnyResourceType] {
  return versionedAsset({
    workspaces,
    segment: 'codes',
    version: { codeUri: Type.Optional(Type.Union([Type.String({ maxLength: 4096 }), Type.Null()])) },
    source: ['/codeUri'],
    // Azure: clients look for a folder they may have uploaded before under a name they have just invented.
    acrossContainersBy: ['hash'],
    filters: { hash: { equals: '/properties/hash_sha256' }, hashVersion: { equals: '/properties/hash_version' } },
  });
}
