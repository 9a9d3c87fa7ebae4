// Datastores: named places in storage. Secrets are sealed and leave only through listSecrets.
// Source: contracts/azureml-rest.md §6 Datastores; contracts/azure-ai-ml.md §3.4; contracts/terraform-azurerm.md §4.16.

import { Type } from 'typebox';
import { action, type ActionCall } from '#arm/action.ts';
import { type AnyResourceType, defineResourceType } from '#arm/resource-type.ts';
import { Fault } from '#kernel/faults.ts';
import { jsonEqual, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { ResourcePorts } from '../../ports.ts';
import { machineLearningVersions } from '../api-versions.ts';
import { isFirst, switchDefault } from './default-datastore.ts';
import { readEarlierBody } from './earlier-body.ts';
import { type DatastoreProperties, datastoreSchema, LOCATION } from './schema.ts';
import { checkSecret, validateAccount } from './validation.ts';

/** Those of every workspace: jobs, models and notebooks rely on them. */
const SYSTEM = new Set(['workspaceblobstore', 'workspaceartifactstore', 'workspaceworkingdirectory', 'workspacefilestore']);

export function datastores(workspaces: AnyResourceType, ports: Pick<ResourcePorts, 'storage' | 'sites'>) {
  return defineResourceType({
    type: 'Microsoft.MachineLearningServices/workspaces/datastores',
    parent: workspaces,
    kind: 'proxy',
    apiVersions: machineLearningVersions,
    name: /^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,254}$/,
    nameRule: 'has 1 to 255 letters, digits, - or _, and starts with a letter or digit',
    hasProvisioningState: false,
    properties: datastoreSchema,
    secrets: ['/credentials/secrets'],
    immutable: ['/datastoreType'],
    list: { pageSizeParameters: ['count'], pageSize: 30, orderParameters: ['orderBy'] },
    filters: { isDefault: { equals: '/isDefault' }, names: { oneOf: 'name' }, searchText: { contains: 'name' } },
    accept: readEarlierBody,
    validate(_ctx, { desired, current, reject }) {
      checkSecret(desired.properties, reject);
      if (current === undefined || !SYSTEM.has(current.name.toLowerCase())) return;
      for (const property of LOCATION) {
        const [given, stored] = [objectAt(desired, 'properties')[property], objectAt(current, 'properties')[property]];
        if (given !== stored) reject(`properties.${property}`, `${current.name} belongs to the workspace and stays where it is.`, 'SystemDatastoreImmutable');
      }
    },
    async prepare(_ctx, { desired, current, query, store, reject }) {
      const { skipValidation, ...properties }: JsonObject & DatastoreProperties & { readonly skipValidation?: unknown } = { ...objectAt(desired, 'properties'), ...desired.properties };
      const isSkipped = skipValidation === true || [...query].some(([name, value]) => name.toLowerCase() === 'skipvalidation' && value.toLowerCase() === 'true');
      const secretsOf = (credentials: unknown): JsonObject => objectAt(objectAt(credentials, 'credentials'), 'secrets');
      const isChanged = current === undefined || desired.properties.accountName !== current.properties.accountName || !jsonEqual(secretsOf(desired.properties), secretsOf(store.secretsOf(current)));
      if (!isSkipped && isChanged) await validateAccount(store, ports, desired, reject);
      const given: JsonObject = objectAt(desired, 'properties');
      const stored: JsonObject = objectAt(current, 'properties');
      const hasSite = given['accountName'] !== undefined;
      return {
        ...desired,
        properties: {
          ...properties,
          ...(hasSite ? { endpoint: given['endpoint'] ?? stored['endpoint'] ?? ports.sites.suffix() } : {}),
          // Why: the provider's updates leave them out.
          ...Object.fromEntries(['subscriptionId', 'resourceGroup'].flatMap((name) => (given[name] === undefined && stored[name] !== undefined ? [[name, stored[name]]] : []))),
          isDefault: desired.properties.isDefault ?? current?.properties.isDefault ?? false,
          // Why: there is always a default, and giving it up falls to this one.
          ...(isFirst(desired.name) && current?.properties.isDefault === true ? { isDefault: true } : {}),
        },
      };
    },
    onWrite: switchDefault,
    async mayDelete(_ctx, { resource }) {
      if (SYSTEM.has(resource.name.toLowerCase())) throw new Fault('conflict', 'SystemDatastoreImmutable', `${resource.name} belongs to the workspace and cannot be deleted.`);
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
          const container = stringAt(properties, 'containerName') ?? stringAt(properties, 'filesystem');
          const key = stringAt(secrets, 'key');
          const share = stringAt(properties, 'fileShareName');
          // Azure: newer clients ask for a secret that expires, and read nothing but a SAS then.
          if (input?.expirableSecret === true && type === 'AccountKey' && key !== undefined) {
            const terms = { account: stringAt(properties, 'accountName') ?? '', key, expiresAt: new Date(ctx.clock.now() + (input.expireAfterHours ?? 1) * 3_600_000) };
            if (container !== undefined) return { secretsType: 'Sas', sasToken: ports.storage.containerSas({ ...terms, container, permissions: 'racwdl' }) };
            if (share !== undefined) return { secretsType: 'Sas', sasToken: ports.storage.fileSas({ ...terms, share, permissions: 'rcwdl', protocol: 'https' }) };
          }
          return { ...secrets, secretsType: type };
        },
      }),
    },
  });
}
