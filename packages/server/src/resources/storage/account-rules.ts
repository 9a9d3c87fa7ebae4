// Rules of storage accounts: which kinds and SKUs go together, what cannot change, what Azure takes and this server does not.
// Source: contracts/terraform-azurerm.md §4.2; contracts/schemas/types/2026-04-01/Microsoft.Storage.types.json.

import { isIP } from 'node:net';
import type { Change, Refusal, Reject } from '#arm/resource-type.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { parseCidr } from '../network/cidr.ts';

const STANDARD = ['Standard_LRS', 'Standard_GRS', 'Standard_RAGRS', 'Standard_ZRS', 'Standard_GZRS', 'Standard_RAGZRS'];
const PREMIUM = ['Premium_LRS', 'Premium_ZRS'];
const SHARES = ['StandardV2_LRS', 'StandardV2_GRS', 'StandardV2_ZRS', 'StandardV2_GZRS', 'PremiumV2_LRS', 'PremiumV2_ZRS'];
const SKUS_OF: Readonly<Record<string, readonly string[]>> = {
  StorageV2: [...STANDARD, 'Premium_LRS'],
  Storage: ['Standard_LRS', 'Standard_GRS', 'Standard_RAGRS', 'Standard_ZRS', 'Premium_LRS'],
  BlobStorage: ['Standard_LRS', 'Standard_GRS', 'Standard_RAGRS'],
  BlockBlobStorage: PREMIUM,
  FileStorage: [...PREMIUM, ...SHARES],
};
const SERVICES = ['blob', 'file', 'queue', 'table'];

export const accountRefusals: readonly Refusal[] = [
  {
    at: '/encryption/keySource',
    values: ['Microsoft.Keyvault'],
    code: 'EncryptionNotSupported',
    why: 'accounts are encrypted with Microsoft.Storage. Give the key of a workspace to the workspace.',
  },
  { at: '/azureFilesIdentityBasedAuthentication/directoryServiceOptions', values: ['AADDS', 'AD', 'AADKERB'], code: 'FileIdentityNotSupported', why: 'file shares are not mounted over SMB here.' },
  { at: '/customDomain/name', code: 'CustomDomainNotSupported', why: 'an account answers under its own names only.' },
  { at: '/dnsEndpointType', values: ['AzureDnsZone'], code: 'DnsEndpointTypeNotSupported', why: 'the names of accounts are of the type Standard.' },
  { at: '/dualStackEndpointPreference/publishIpv6Endpoint', code: 'EndpointNotSupported', why: 'there are no further endpoints besides the usual ones.' },
  { at: '/enableExtendedGroups', code: 'NfsNotSupported', why: 'there is no NFS.' },
  { at: '/immutableStorageWithVersioning/enabled', code: 'ImmutableStorageNotSupported', why: 'blobs have no versions here that could be kept from changes.' },
  { at: '/isNfsV3Enabled', code: 'NfsNotSupported', why: 'there is no NFS.' },
  { at: '/isSftpEnabled', code: 'SftpNotSupported', why: 'there is no SFTP.' },
  { at: '/routingPreference/publishMicrosoftEndpoints', code: 'EndpointNotSupported', why: 'there are no further endpoints besides the usual ones.' },
  { at: '/routingPreference/publishInternetEndpoints', code: 'EndpointNotSupported', why: 'there are no further endpoints besides the usual ones.' },
  { at: '/sasPolicy/expirationAction', values: ['Block'], code: 'SasPolicyNotSupported', why: 'signatures that last longer than the policy are not blocked; Log is accepted.' },
];

/** Rules that need no look-up. */
export function checkAccount({ desired, current }: Pick<Change<unknown>, 'desired' | 'current'>, reject: Reject): void {
  const kind = desired.kind ?? 'StorageV2';
  const allowed = SKUS_OF[kind];
  const sku = stringAt(desired.sku, 'name');
  if (allowed === undefined) reject('kind', `kind is '${kind}'; ${Object.keys(SKUS_OF).join(', ')} are accepted.`);
  else if (sku === undefined) reject('sku.name', `sku.name is missing; one of ${allowed.join(', ')} is needed.`);
  else if (!allowed.includes(sku)) reject('sku.name', `sku.name is '${sku}'; for the kind ${kind}, ${allowed.join(', ')} are accepted.`);
  if (current !== undefined && (current.kind ?? 'StorageV2') !== kind) reject('kind', `kind cannot change from ${current.kind} to ${kind}.`);
  const given = objectAt(desired, 'properties');
  const stored = objectAt(current, 'properties');
  checkLasting(given, current === undefined ? undefined : stored, reject);
  checkNetwork(objectAt(given, 'networkAcls'), reject);
  for (const service of SERVICES)
    if (objectAt(objectAt(given, 'allowSharedKeyAccessForServices'), service)['enabled'] === false)
      reject(
        `properties.allowSharedKeyAccessForServices.${service}.enabled`,
        'Shared keys are allowed for an account or not at all: set allowSharedKeyAccess to false, or leave this out.',
        'SharedKeyAccessForServicesNotSupported',
      );
  if (stringAt(given, 'accessTier') === 'Premium' && !PREMIUM.includes(sku ?? '')) reject('properties.accessTier', `accessTier Premium is for premium accounts; sku.name is ${sku ?? 'missing'}.`);
}

/** Azure: chosen when the account is made, or for good once on. */
function checkLasting(given: JsonObject, stored: JsonObject | undefined, reject: Reject): void {
  if (stored === undefined) return;
  const isDouble = (properties: JsonObject): boolean => objectAt(properties, 'encryption')['requireInfrastructureEncryption'] === true;
  if (given['encryption'] !== undefined && isDouble(given) !== isDouble(stored))
    reject('properties.encryption.requireInfrastructureEncryption', 'Infrastructure encryption is chosen when the account is made and cannot be changed.');
  for (const service of ['queue', 'table']) {
    const keyType = (properties: JsonObject): string => stringAt(objectAt(objectAt(objectAt(properties, 'encryption'), 'services'), service), 'keyType') ?? 'Service';
    if (objectAt(objectAt(given, 'encryption'), 'services')[service] !== undefined && keyType(given) !== keyType(stored))
      reject(`properties.encryption.services.${service}.keyType`, `The type of the key of ${service}s is chosen when the account is made: it is ${keyType(stored)}.`);
  }
  if (stored['largeFileSharesState'] === 'Enabled' && given['largeFileSharesState'] === 'Disabled')
    reject('properties.largeFileSharesState', 'largeFileSharesState is Enabled and cannot be Disabled again.');
}

function checkNetwork(rules: JsonObject, reject: Reject): void {
  for (const [list, family] of [
    ['ipRules', 4],
    ['ipv6Rules', 6],
  ] as const) {
    const given = rules[list];
    for (const [index, rule] of (Array.isArray(given) ? given : []).entries()) {
      const value = stringAt(rule, 'value') ?? '';
      if (isIP(value) !== family && parseCidr(value)?.family !== family)
        reject(`properties.networkAcls.${list}.${index}.value`, `value is '${value}'; an IPv${family} address or a range such as ${family === 4 ? '203.0.113.0/24' : '2001:db8::/64'} is accepted.`);
    }
  }
}
