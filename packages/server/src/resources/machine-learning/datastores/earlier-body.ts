// Bodies of api-version 2020-05-01-preview, which public templates still send: `DataStoreType: blob` with its members side by
// side, in any letter case. Read as today's body. Source: observed: Azure's machine-learning quickstart templates.

import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';

type Members = ReadonlyMap<string, Json>;

const READ: Readonly<Record<string, ((given: Members) => JsonObject) | undefined>> = {
  blob: (given) => ({ datastoreType: 'AzureBlob', ...pick(given, { ...SITE, containerName: 'containername' }), credentials: storageCredentials(given) }),
  file: (given) => ({ datastoreType: 'AzureFile', ...pick(given, { ...SITE, fileShareName: 'sharename' }), credentials: storageCredentials(given) }),
  'adls-gen2': (given) => ({ datastoreType: 'AzureDataLakeGen2', ...pick(given, { ...SITE, filesystem: 'filesystem' }), credentials: principalCredentials(given) }),
  adls: (given) => ({
    datastoreType: 'AzureDataLakeGen1',
    ...pick(given, { storeName: 'storename', subscriptionId: 'adlssubscriptionid', resourceGroup: 'adlsresourcegroup' }),
    credentials: principalCredentials(given),
  }),
};
/** Of databases, and of Databricks: later api-versions have none of them. */
const GONE = new Set(['sqldb', 'mysqldb', 'psqldb', 'dbfs']);
const SITE = { accountName: 'accountname', endpoint: 'endpoint', protocol: 'protocol' };

/** Other bodies are handed back as they are. Throws `invalid` for the kinds that are no more. */
export function readEarlierBody(body: JsonObject): JsonObject {
  const { properties } = body;
  if (!isJsonObject(properties)) return body;
  const given: Members = new Map(Object.entries(properties).flatMap(([name, value]) => (value === undefined || value === null || value === '' ? [] : [[name.toLowerCase(), value]])));
  const kind = String(given.get('datastoretype') ?? '').toLowerCase();
  if (GONE.has(kind)) {
    throw new Fault('invalid', 'DatastoreTypeNotSupported', `properties.dataStoreType: datastores of type '${kind}' are not supported; accepted are blob, file, adls-gen2 and adls.`, {
      target: 'properties.dataStoreType',
    });
  }
  const read = Object.hasOwn(READ, kind) ? READ[kind]?.(given) : undefined;
  if (read === undefined) return body;
  const subscriptionId = given.get('storageaccountsubscriptionid') ?? given.get('subscriptionid');
  const resourceGroup = given.get('storageaccountresourcegroup') ?? given.get('resourcegroupname') ?? given.get('resourcegroup');
  const about = { ...(subscriptionId === undefined ? {} : { subscriptionId }), ...(resourceGroup === undefined ? {} : { resourceGroup }) };
  return {
    ...body,
    properties: { ...about, ...read, ...pick(given, { isDefault: 'isdefault', description: 'description' }), ...(given.get('skipvalidation') === true ? { skipValidation: true } : {}) },
  };
}

function storageCredentials(given: Members): JsonObject {
  const key = given.get('accountkey');
  if (key !== undefined) return { credentialsType: 'AccountKey', secrets: { secretsType: 'AccountKey', key } };
  const sasToken = given.get('sastoken');
  return sasToken === undefined ? { credentialsType: 'None' } : { credentialsType: 'Sas', secrets: { secretsType: 'Sas', sasToken } };
}

function principalCredentials(given: Members): JsonObject {
  const clientSecret = given.get('clientsecret');
  if (clientSecret === undefined) return { credentialsType: 'None' };
  const names = { clientId: 'clientid', tenantId: 'tenantid', authorityUrl: 'authorityurl', resourceUrl: 'resourceurl' };
  return { credentialsType: 'ServicePrincipal', ...pick(given, names), secrets: { secretsType: 'ServicePrincipal', clientSecret } };
}

/** What is given of these: today's name, and the earlier one in lower case. */
function pick(given: Members, names: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, earlier]) => {
      const value = given.get(earlier);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
