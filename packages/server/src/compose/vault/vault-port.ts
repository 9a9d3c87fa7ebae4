// VaultPort: what vaults hold, as their resource types see it.

import type { CloudNames } from '#config/cloud-names.ts';
import { isFault } from '#kernel/faults.ts';
import { isJsonObject, type Json, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { VaultItem, VaultItems, VaultPort } from '#resources/ports.ts';
import type { Database } from '#storage/database.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import type { VaultVersion } from '#storage/vault-object-record.ts';
import { findVaultNamed, removeVaultStore } from '#storage/vault-store.ts';
import type { Keys } from '#vault/keys.ts';
import type { Objects } from '#vault/objects.ts';
import { putRotationPolicy } from '#vault/rotation-policy.ts';
import type { Secrets } from '#vault/secrets.ts';
import type { VaultDeps } from '#vault/vault-content.ts';
import { vaultOf } from './vault-directory.ts';

const PAGE = 100;

export interface VaultPortDeps extends VaultDeps {
  readonly database: Database;
  readonly names: CloudNames;
  readonly secrets: Secrets;
  readonly keys: Keys;
}

export function createVaultPort(deps: VaultPortDeps): VaultPort {
  const { database, names, secrets, keys } = deps;

  function itemsOf(objects: Objects, put: VaultItems['put']): VaultItems {
    const show = (vault: ResourceRecord, version: VaultVersion): VaultItem => itemOf(names.vaultUri(vault.name.toLowerCase()), version);
    return {
      put,
      get: async (vault, name, version) => show(vault, await objects.get(vaultOf(vault, names), name, version)),
      async list(vault, next) {
        const page = await objects.list(vaultOf(vault, names), { limit: PAGE, next, isDeleted: false });
        return { ...page, items: page.items.map((version) => show(vault, version)) };
      },
      async listVersions(vault, name, next) {
        const page = await objects.listVersions(vaultOf(vault, names), name, { limit: PAGE, next });
        return { ...page, items: page.items.map((version) => show(vault, version)) };
      },
    };
  }

  return {
    findByName: (name) => findVaultNamed(database.sql, name),
    removeContent: removeVaultStore,
    secrets: itemsOf(secrets, async (ctx, resource, name, body) => {
      const vault = vaultOf(resource, names);
      const { version } = await secrets.set(ctx, vault, name, { ...objectAt(body, 'properties'), tags: body['tags'] });
      return itemOf(vault.uri, version);
    }),
    keys: itemsOf(keys, async (ctx, resource, name, body) => {
      const vault = vaultOf(resource, names);
      const known = await keys.get(vault, name).catch((error: unknown) => {
        if (isFault(error, 'notFound')) return undefined;
        throw error;
      });
      if (known !== undefined) return itemOf(vault.uri, known);
      const asked = objectAt(body, 'properties');
      const created = await keys.create(ctx, vault, name, {
        kty: asked['kty'],
        key_size: asked['keySize'],
        crv: asked['curveName'],
        key_ops: given(asked['keyOps']),
        attributes: asked['attributes'],
        release_policy: given(asked['release_policy']),
        tags: body['tags'],
      });
      const rotationPolicy = given(asked['rotationPolicy']);
      if (!isJsonObject(rotationPolicy)) return itemOf(vault.uri, created);
      return itemOf(vault.uri, await putRotationPolicy(deps, ctx, vault, name, rotationPolicy));
    }),
  };
}

/** Observed: templates made by Bicep modules say `{}` and `[]` for what is not asked for. */
function given(value: Json | undefined): Json | undefined {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0 ? undefined : value;
}

function itemOf(uri: string, version: VaultVersion): VaultItem {
  const { object } = version;
  const at = (time: Date | undefined, name: string): JsonObject => (time === undefined ? {} : { [name]: Math.floor(time.getTime() / 1000) });
  const id = `${uri}/${object.kind}s/${object.name}`;
  const attributes: JsonObject = {
    enabled: version.isEnabled,
    ...at(version.notBefore, 'nbf'),
    ...at(version.expiresAt, 'exp'),
    ...at(version.createdAt, 'created'),
    ...at(version.updatedAt, 'updated'),
  };
  const properties: JsonObject =
    object.kind === 'secret'
      ? { attributes, ...(version.contentType === undefined ? {} : { contentType: version.contentType }), secretUri: id, secretUriWithVersion: `${id}/${version.version}` }
      : {
          attributes,
          ...keyProperties(version.details),
          keyUri: id,
          keyUriWithVersion: `${id}/${version.version}`,
          ...(object.rotationPolicy === undefined ? {} : { rotationPolicy: object.rotationPolicy }),
        };
  return { name: object.name, version: version.version, tags: version.tags, properties };
}

function keyProperties(details: JsonObject): JsonObject {
  const jwk = objectAt(details, 'publicJwk');
  const curve = stringAt(jwk, 'crv');
  return { kty: details['kty'], keyOps: details['keyOps'], ...(curve === undefined ? { keySize: Buffer.from(stringAt(jwk, 'n') ?? '', 'base64url').length * 8 } : { curveName: curve }) };
}
