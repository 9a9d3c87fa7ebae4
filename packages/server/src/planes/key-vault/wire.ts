// Wire: secrets, keys, pages and policies as bodies. Source: Key Vault REST, SecretBundle, KeyBundle, their items and
// deleted forms; contracts/terraform-azurerm.md §4.7 (forms that clients compare to the byte).

import type { JsonObject } from '#kernel/json.ts';
import { objectAt } from '#kernel/json.ts';
import type { Page } from '#kernel/page.ts';
import type { VaultVersion } from '#storage/vault-object-record.ts';
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
  if (version.object.kind === 'secret') return { ...(value === undefined ? {} : { value }), id: versionId(vault, version), ...common };
  const { kty, keyOps } = version.details;
  return { key: { kid: versionId(vault, version), kty, key_ops: keyOps, ...objectAt(version.details, 'publicJwk') }, ...common };
}

/** An entry of a list; `isVersion`: of a list of versions, whose ids name the version. */
function itemOf(vault: VaultRef, version: VaultVersion, isVersion: boolean): JsonObject {
  const id = isVersion ? versionId(vault, version) : objectId(vault, version);
  return { ...(version.object.kind === 'key' ? { kid: id } : { id }), ...commonOf(vault, version), ...deletionOf(vault, version) };
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
