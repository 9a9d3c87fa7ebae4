// Wire: secrets, keys, pages and policies as bodies. Source: Key Vault REST, SecretBundle, KeyBundle, their items and
// deleted forms; contracts/terraform-azurerm.md §4.7 (forms that clients compare to the byte).

import type { JsonObject } from '#kernel/json.ts';
import { objectAt } from '#kernel/json.ts';
import type { Page } from '#kernel/page.ts';
import type { VaultObject, VaultVersion } from '#storage/vault-object-record.ts';
import { badParameter } from '#vault/faults.ts';
import type { PageQuery } from '#vault/objects.ts';
import { policyOf } from '#vault/rotation-policy.ts';
import type { VaultRef } from '#vault/vault-ref.ts';
import type { Call } from './operation.ts';

const MOST_RESULTS = 25;
const DEFAULT_DAYS = 90;

export function versionId(vault: VaultRef, { object, version }: VaultVersion): string {
  return `${vault.uri}/${object.kind}s/${object.name}/${version}`;
}

function objectId(vault: VaultRef, { object }: VaultVersion): string {
  return `${vault.uri}/${object.kind}s/${object.name}`;
}

function seconds(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}

function attributesOf(vault: VaultRef, version: VaultVersion): JsonObject {
  const customized = vault.retentionDays === DEFAULT_DAYS ? '' : 'Customized';
  return {
    enabled: version.isEnabled,
    ...(version.notBefore === undefined ? {} : { nbf: seconds(version.notBefore) }),
    ...(version.expiresAt === undefined ? {} : { exp: seconds(version.expiresAt) }),
    created: seconds(version.createdAt),
    updated: seconds(version.updatedAt),
    recoveryLevel: `${customized}Recoverable${vault.isPurgeProtected ? '' : '+Purgeable'}`,
    recoverableDays: vault.retentionDays,
    ...(version.object.kind === 'key' ? { exportable: false } : {}),
  };
}

function commonOf(vault: VaultRef, version: VaultVersion): JsonObject {
  return { attributes: attributesOf(vault, version), tags: version.tags, ...(version.contentType === undefined ? {} : { contentType: version.contentType }) };
}

function deletionOf(vault: VaultRef, { object }: VaultVersion): JsonObject {
  const { deletedAt, purgeAt } = object;
  if (deletedAt === undefined || purgeAt === undefined) return {};
  return { recoveryId: `${vault.uri}/deleted${object.kind}s/${object.name}`, deletedDate: seconds(deletedAt), scheduledPurgeDate: seconds(purgeAt) };
}

/** A secret or key as GET answers it; of a deleted one with its dates. `value`: only from Get Secret and Set Secret. */
export function bundleOf(vault: VaultRef, version: VaultVersion, value?: string): JsonObject {
  const common = { ...commonOf(vault, version), ...deletionOf(vault, version) };
  if (version.object.kind === 'certificate') return certificateOf(vault, version, common);
  const managed = version.details['managed'] === true ? { managed: true } : {};
  if (version.object.kind === 'secret')
    return {
      ...(value === undefined ? {} : { value }),
      id: versionId(vault, version),
      ...common,
      ...managed,
      ...(version.details['managed'] === true ? { kid: linkedId(vault, version, 'keys') } : {}),
    };
  const { kty, keyOps } = version.details;
  return { key: { kid: versionId(vault, version), kty, key_ops: keyOps, ...objectAt(version.details, 'publicJwk') }, ...common, ...managed };
}

/** The key or secret of a certificate's version. */
function linkedId(vault: VaultRef, { object, version }: VaultVersion, area: 'keys' | 'secrets'): string {
  return `${vault.uri}/${area}/${object.name}/${version}`;
}

function certificateOf(vault: VaultRef, version: VaultVersion, common: JsonObject): JsonObject {
  const { object, details } = version;
  return {
    id: versionId(vault, version),
    kid: linkedId(vault, version, 'keys'),
    sid: linkedId(vault, version, 'secrets'),
    x5t: details['x5t'],
    cer: details['cer'],
    ...common,
    policy: certificatePolicyOf(vault, object),
    ...(object.pending === undefined ? {} : { pending: { id: `${vault.uri}/certificates/${object.name}/pending` } }),
  };
}

export function certificatePolicyOf(vault: VaultRef, object: VaultObject): JsonObject {
  return { id: `${vault.uri}/certificates/${object.name}/policy`, ...object.policy };
}

/** The operation of a certificate. */
export function pendingOf(vault: VaultRef, { name, pending }: VaultObject): JsonObject {
  const { tags: _kept, target, ...operation } = pending ?? {};
  return { id: `${vault.uri}/certificates/${name}/pending`, ...operation, ...(target === undefined ? {} : { target: `${vault.uri}/certificates/${name}` }) };
}

/** A certificate that has no version yet. */
export function unfinishedOf(vault: VaultRef, object: VaultObject): JsonObject {
  const id = `${vault.uri}/certificates/${object.name}`;
  const { attributes } = object.policy ?? {};
  return {
    id: `${id}/${String(object.pending?.['request_id'])}`,
    attributes: { ...objectAt({ attributes }, 'attributes'), enabled: false },
    policy: certificatePolicyOf(vault, object),
    pending: { id: `${id}/pending` },
  };
}

/** An entry of a list; `isVersion`: of a list of versions, whose ids name the version. */
function itemOf(vault: VaultRef, version: VaultVersion, isVersion: boolean): JsonObject {
  const id = isVersion ? versionId(vault, version) : objectId(vault, version);
  const thumbprint = version.object.kind === 'certificate' ? { x5t: version.details['x5t'] } : {};
  const managed = version.details['managed'] === true ? { managed: true } : {};
  return { ...(version.object.kind === 'key' ? { kid: id } : { id }), ...thumbprint, ...managed, ...commonOf(vault, version), ...deletionOf(vault, version) };
}

/** `$skiptoken` and `maxresults` of a list. */
export function pageQueryOf({ query }: Call): PageQuery {
  const asked = query.get('maxresults');
  const limit = asked === undefined ? MOST_RESULTS : Number(asked);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_RESULTS) throw badParameter(`maxresults is '${asked}'; 1 to ${MOST_RESULTS} are accepted.`, 'maxresults');
  return { limit, next: query.get('$skiptoken') };
}

/** `path`: of the list, below the vault. */
export function pageOf(call: Call, path: string, page: Page<VaultVersion>, isVersions = false): JsonObject {
  const { vault, query, apiVersion } = call;
  const size = query.get('maxresults');
  const next = page.next === undefined ? null : `${vault.uri}/${path}?api-version=${encodeURIComponent(apiVersion)}&$skiptoken=${page.next}${size === undefined ? '' : `&maxresults=${size}`}`;
  return { value: page.items.map((version) => itemOf(vault, version, isVersions)), nextLink: next };
}

export function rotationPolicyOf(vault: VaultRef, key: VaultVersion): JsonObject {
  return { id: `${objectId(vault, key)}/rotationpolicy`, ...policyOf(key) };
}
