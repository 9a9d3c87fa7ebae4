// Secrets: named values with versions. Source: Key Vault REST, "Set secret", "Get secret", "Update secret".

import type { Context } from '#kernel/context.ts';
import { isJsonObject, stringAt } from '#kernel/json.ts';
import type { VaultVersion } from '#storage/vault-object-record.ts';
import { insertVersion, updateVersion } from '#storage/vault-version-store.ts';
import { checkName, checkText, checkWindow, parseAttributes, parseTags } from './attributes.ts';
import { badParameter, notPermitted } from './faults.ts';
import { createObjects, type Objects } from './objects.ts';
import { changeVault, claimName, getVersion, lockLiving, newVersionId, openValue, type VaultDeps } from './vault-content.ts';
import type { VaultRef } from './vault-ref.ts';

export interface SecretValue {
  readonly version: VaultVersion;
  readonly value: string;
}

export interface Secrets extends Objects {
  /** Makes a new version. `body` is that of the request. */
  set(ctx: Context, vault: VaultRef, name: string, body: unknown): Promise<SecretValue>;
  update(ctx: Context, vault: VaultRef, name: string, version: string | undefined, body: unknown): Promise<VaultVersion>;
  /** The version with its value. Throws `Forbidden` for one that is disabled. */
  read(vault: VaultRef, name: string, version?: string): Promise<SecretValue>;
}

const MAX_VALUE_BYTES = 25 * 1024;
const MAX_CONTENT_TYPE = 255;

export function createSecrets(deps: VaultDeps): Secrets {
  const objects = createObjects(deps, 'secret');
  return {
    ...objects,
    async set(ctx, vault, name, body) {
      checkName('secret', name);
      const value = parseValue(body);
      const attributes = parseAttributes(isJsonObject(body) ? body['attributes'] : undefined);
      checkWindow(attributes.notBefore, attributes.expiresAt);
      const contentType = parseContentType(body);
      const tags = parseTags(isJsonObject(body) ? body['tags'] : undefined) ?? {};
      return changeVault(deps, vault, async ({ tx, seal }) => {
        const object = await claimName(tx, ctx, vault, 'secret', name);
        const version = newVersionId();
        const at = new Date(ctx.clock.now());
        await insertVersion(tx, object.id, {
          version,
          isEnabled: attributes.isEnabled ?? true,
          notBefore: attributes.notBefore,
          expiresAt: attributes.expiresAt,
          contentType,
          tags,
          details: {},
          sealed: seal({ kind: 'secret', name: object.name, version }, Buffer.from(value, 'utf8')),
          createdAt: at,
          updatedAt: at,
        });
        return { version: await getVersion(tx, vault, 'secret', name, version), value };
      });
    },
    async update(ctx, vault, name, version, body) {
      checkName('secret', name);
      if (isJsonObject(body) && body['value'] !== undefined) throw badParameter("Property 'value' cannot be updated; set the secret to make a new version.", 'value');
      const attributes = parseAttributes(isJsonObject(body) ? body['attributes'] : undefined);
      const contentType = parseContentType(body);
      const tags = parseTags(isJsonObject(body) ? body['tags'] : undefined);
      return changeVault(deps, vault, async ({ tx }) => {
        const object = await lockLiving(tx, vault, 'secret', name);
        const current = await getVersion(tx, vault, 'secret', name, version);
        const desired = { ...current, ...attributes, contentType: contentType ?? current.contentType, tags: tags ?? current.tags };
        checkWindow(desired.notBefore, desired.expiresAt);
        await updateVersion(tx, object.id, current.version, desired, new Date(ctx.clock.now()));
        return getVersion(tx, vault, 'secret', name, current.version);
      });
    },
    async read(vault, name, version) {
      const found = await objects.get(vault, name, version);
      // Azure: a secret outside of its nbf/exp window can be read; only a disabled one cannot.
      if (!found.isEnabled) throw notPermitted('SecretDisabled', 'Operation get is not allowed on a disabled secret.');
      return { version: found, value: (await openValue(deps, deps.database.sql, vault, found)).toString('utf8') };
    },
  };
}

function parseValue(body: unknown): string {
  const value = stringAt(body, 'value');
  if (value === undefined) throw badParameter("Property 'value' is missing; a string is expected.", 'value');
  const sizeBytes = Buffer.byteLength(value, 'utf8');
  if (sizeBytes > MAX_VALUE_BYTES) throw badParameter(`The value has ${sizeBytes} bytes; a secret has ${MAX_VALUE_BYTES} at most.`, 'value');
  return value;
}

function parseContentType(body: unknown): string | undefined {
  const value = isJsonObject(body) ? body['contentType'] : undefined;
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || value.length > MAX_CONTENT_TYPE) throw badParameter(`Property 'contentType' must be a string of up to ${MAX_CONTENT_TYPE} characters.`, 'contentType');
  checkText(value, 'contentType');
  return value;
}
