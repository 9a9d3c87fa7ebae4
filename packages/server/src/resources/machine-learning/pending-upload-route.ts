// startPendingUpload: a new empty container and a signature to fill it with, for a version that does not exist yet.
// Source: contracts/azure-ai-ml.md §3.3 (a container of its own for each call; credentialType is exactly SAS).

import { randomUUID } from 'node:crypto';
import { Type } from 'typebox';
import { type ArmRoute, defineArmRoute } from '#arm/route.ts';
import { objectAt, stringAt } from '#kernel/json.ts';
import type { ResourcePorts } from '../ports.ts';
import { machineLearningVersions } from './api-versions.ts';

const LIFETIME_MS = 24 * 3_600_000;

export function pendingUploadRoutes(ports: Pick<ResourcePorts, 'storage' | 'sites'>): readonly ArmRoute[] {
  return ['codes', 'data', 'models'].map((segment) =>
    defineArmRoute({
      method: 'POST',
      path: `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/${segment}/{name}/versions/{version}/startPendingUpload`,
      apiVersions: machineLearningVersions,
      permission: { action: `Microsoft.MachineLearningServices/workspaces/${segment}/versions/write`, scope: workspaceId },
      input: Type.Object({ pendingUploadId: Type.Optional(Type.Union([Type.String({ maxLength: 128 }), Type.Null()])), pendingUploadType: Type.Optional(Type.Union([Type.String(), Type.Null()])) }),
      async run(ctx, { params, body, store }) {
        const workspace = await store.get(workspaceId(params));
        const accountId = stringAt(workspace.properties, 'storageAccount') ?? '';
        const account = await store.get(accountId);
        const key = stringAt(objectAt(store.secretsOf(account), 'keys'), 'key1') ?? '';
        const container = `${stringAt(workspace.properties, 'workspaceId')?.slice(0, 18) ?? 'upload'}-${randomUUID()}`;
        await ports.storage.ensureContainer(account.name, container);
        const blobUri = `${ports.sites.service(account.name, 'blob')}/${container}`;
        const sas = ports.storage.containerSas({ account: account.name, key, container, permissions: 'rcwl', expiresAt: new Date(ctx.clock.now() + LIFETIME_MS) });
        return {
          body: {
            blobReferenceForConsumption: { blobUri, storageAccountArmId: account.id, credential: { credentialType: 'SAS', sasUri: `${blobUri}?${sas}` } },
            pendingUploadId: stringAt(body, 'pendingUploadId') ?? randomUUID(),
            pendingUploadType: 'TemporaryBlobReference',
          },
        };
      },
    }),
  );
}

function workspaceId(params: Readonly<Record<string, string>>): string {
  return `/subscriptions/${params['subscriptionId']}/resourceGroups/${params['resourceGroup']}/providers/Microsoft.MachineLearningServices/workspaces/${params['workspace']}`;
}
