// Datastores: named places in storage. Secrets are sealed and leave only through listSecrets.
// Source: contracts/azureml-rest.md §6 Datastores; contracts/azure-ai-ml.md §3.4.

import { Type } from 'typebox';
import { action, type ActionCall } from '#arm/action.ts';
import { type AnyResourceType, defineResourceType } from '#arm/resource-type.ts';
import { Fault } from '#kernel/faults.ts';
import { objectAt, stringAt } from '#kernel/json.ts';
import type { ResourcePorts } from '../ports.ts';
import { machineLearningVersions } from './api-versions.ts';

/** What each type of datastore cannot be without. */
const REQUIRED = {
  AzureBlob: ['accountName', 'containerName'],
  AzureFile: ['accountName', 'fileShareName'],
  AzureDataLakeGen1: ['storeName'],
  AzureDataLakeGen2: ['accountName', 'filesystem'],
  OneLake: ['oneLakeWorkspaceName'],
} as const;

const Text = Type.Optional(Type.String({ maxLength: 1024 }));

export function datastores(workspaces: AnyResourceType, ports: Pick<ResourcePorts, 'storage'>) {
  return defineResourceType({
    type: 'Microsoft.MachineLearningServices/workspaces/datastores',
    parent: workspaces,
    kind: 'proxy',
    apiVersions: machineLearningVersions,
    name: /^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,254}$/,
    nameRule: 'has 1 to 255 letters, digits, - or _, and starts with a letter or digit',
    hasProvisioningState: false,
    properties: Type.Object({
      datastoreType: Type.Enum(['AzureBlob', 'AzureFile', 'AzureDataLakeGen1', 'AzureDataLakeGen2', 'OneLake']),
      credentials: Type.Object({
        credentialsType: Type.Enum(['AccountKey', 'Sas', 'ServicePrincipal', 'Certificate', 'None']),
        secrets: Type.Optional(Type.Object({ secretsType: Text, key: Text, sasToken: Type.Optional(Type.String()), clientSecret: Text, certificate: Type.Optional(Type.String()) })),
      }),
      description: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      accountName: Text,
      containerName: Text,
      fileShareName: Text,
      filesystem: Text,
      storeName: Text,
      oneLakeWorkspaceName: Text,
      endpoint: Text,
      protocol: Text,
      isDefault: Type.Optional(Type.Boolean()),
    }),
    readOnly: ['/isDefault'],
    secrets: ['/credentials/secrets'],
    immutable: ['/datastoreType'],
    list: { pageSizeParameters: ['count'], pageSize: 30, orderParameters: ['orderBy'] },
    filters: { isDefault: { equals: '/isDefault' }, names: { oneOf: 'name' }, searchText: { contains: 'name' } },
    validate(_ctx, { desired, reject }) {
      for (const property of REQUIRED[desired.properties.datastoreType]) {
        if (stringAt(desired.properties, property) === undefined) reject(`properties.${property}`, `${property} is missing; a datastore of type ${desired.properties.datastoreType} needs it.`);
      }
    },
    async prepare(_ctx, { desired }) {
      return { ...desired, properties: { protocol: 'https', serviceDataAccessAuthIdentity: 'None', ...desired.properties, isDefault: desired.properties.isDefault ?? false } };
    },
    async mayDelete(_ctx, { resource }) {
      if (resource.properties.isDefault === true) throw new Fault('conflict', 'DatastoreIsDefault', `${resource.name} is the default datastore of the workspace and cannot be deleted.`);
    },
    actions: {
      listSecrets: action({
        input: Type.Object({ expirableSecret: Type.Optional(Type.Boolean()), expireAfterHours: Type.Optional(Type.Integer({ minimum: 1, maximum: 168 })) }),
        async run(ctx, { resource, input, store }: ActionCall<unknown, { readonly expirableSecret?: boolean; readonly expireAfterHours?: number } | undefined>) {
          const properties = objectAt(resource, 'properties');
          const type = stringAt(objectAt(properties, 'credentials'), 'credentialsType') ?? 'None';
          if (type === 'None') throw new Fault('invalid', 'NoSecrets', `The datastore ${resource.name} has no credentials; it is read with the caller's own identity.`);
          const secrets = objectAt(objectAt(store.secretsOf(resource), 'credentials'), 'secrets');
          const container = stringAt(properties, 'containerName');
          const key = stringAt(secrets, 'key');
          // Azure: newer clients ask for a secret that expires, and read nothing but a SAS then.
          if (input?.expirableSecret === true && type === 'AccountKey' && container !== undefined && key !== undefined) {
            const sasToken = ports.storage.containerSas({
              account: stringAt(properties, 'accountName') ?? '',
              key,
              container,
              permissions: 'racwdl',
              expiresAt: new Date(ctx.clock.now() + (input.expireAfterHours ?? 1) * 3_600_000),
            });
            return { secretsType: 'Sas', sasToken };
          }
          return { ...secrets, secretsType: type };
        },
      }),
    },
  });
}
