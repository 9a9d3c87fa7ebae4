// What is looked at before a datastore is stored, unless `skipValidation=true`: its storage account must be on this server,
// and an account key must be one of that account's. Source: contracts/azureml-rest.md §4 Datastores.

import type { Draft, Reject } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import { isJsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { ResourcePorts } from '../../ports.ts';
import { type DatastoreProperties, SECRET_OF } from './schema.ts';

const ADVICE = 'Pass skipValidation=true to store the datastore unchecked.';

/** Credentials without their secret are of no use to anybody. */
export function checkSecret(properties: DatastoreProperties, reject: Reject): void {
  const { credentialsType } = properties.credentials;
  const name = SECRET_OF[credentialsType];
  if (name === undefined) return;
  const secrets = objectAt(properties.credentials, 'secrets');
  if (stringAt(secrets, name) === undefined) reject(`properties.credentials.secrets.${name}`, `${name} is missing; credentials of type ${credentialsType} need it.`);
  const secretsType = stringAt(secrets, 'secretsType');
  if (secretsType !== undefined && secretsType.toLowerCase() !== credentialsType.toLowerCase())
    reject('properties.credentials.secrets.secretsType', `secretsType is '${secretsType}'; with credentialsType ${credentialsType} it is ${credentialsType}.`);
}

export async function validateAccount(store: Resources, ports: Pick<ResourcePorts, 'storage'>, { properties }: Draft<DatastoreProperties>, reject: Reject): Promise<void> {
  const { accountName, credentials } = properties;
  if (accountName === undefined) {
    const where = properties.datastoreType === 'OneLake' ? 'OneLake' : 'Data Lake Storage Gen1';
    reject('properties.datastoreType', `Datastores of type ${properties.datastoreType} cannot be checked from here: there is no ${where} on this server. ${ADVICE}`, 'DatastoreNotReachable');
    return;
  }
  const found = await ports.storage.findAccount(accountName.toLowerCase());
  const account = found === undefined ? undefined : await store.find(found.id);
  if (account === undefined) {
    reject('properties.accountName', `There is no storage account '${accountName}' on this server. ${ADVICE}`, 'StorageAccountNotFound');
    return;
  }
  const key = stringAt(objectAt(credentials, 'secrets'), 'key');
  if (credentials.credentialsType !== 'AccountKey' || key === undefined) return;
  const keys = objectAt(store.secretsOf(account), 'keys');
  const isOne = isJsonObject(keys) && Object.values(keys).includes(key);
  if (!isOne) reject('properties.credentials.secrets.key', `The key is none of those of the storage account '${accountName}'. ${ADVICE}`, 'InvalidStorageCredentials');
}
