// Issuers: certificate authorities that a vault knows, with their accounts. Nothing is asked of them by this server.
// Source: Key Vault REST, "Set certificate issuer" and its siblings.

import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { decodeCursor, encodeCursor, type Page } from '#kernel/page.ts';
import { deleteIssuer, findIssuer, listIssuers, putIssuer, type VaultIssuer } from '#storage/vault-issuer-store.ts';
import { checkName, checkText, parseAttributes } from './attributes.ts';
import { badParameter } from './faults.ts';
import type { PageQuery } from './objects.ts';
import { changeVault, type VaultDeps } from './vault-content.ts';
import type { VaultRef } from './vault-ref.ts';

export interface Issuers {
  get(vault: VaultRef, name: string): Promise<VaultIssuer>;
  list(vault: VaultRef, query: PageQuery): Promise<Page<VaultIssuer>>;
  /** `isPatch`: what is left out stays. */
  put(ctx: Context, vault: VaultRef, name: string, body: unknown, isPatch: boolean): Promise<VaultIssuer>;
  delete(vault: VaultRef, name: string): Promise<VaultIssuer>;
}

export function createIssuers(deps: VaultDeps): Issuers {
  const { sql } = deps.database;

  async function get(vault: VaultRef, name: string): Promise<VaultIssuer> {
    checkName('issuer', name);
    const found = await findIssuer(sql, vault.key, name);
    if (found === undefined) throw new Fault('notFound', 'CertificateIssuerNotFound', `Issuer not found: ${name}.`);
    return found;
  }

  return {
    get,
    async list(vault, query) {
      const after = query.next === undefined || query.next === '' ? '' : String(decodeCursor(query.next, 1)[0]);
      const rows = await listIssuers(sql, vault.key, { after, limit: query.limit + 1 });
      const items = rows.slice(0, query.limit);
      const last = items.at(-1);
      return rows.length > query.limit && last !== undefined ? { items, next: encodeCursor([last.name.toLowerCase()]) } : { items };
    },
    async put(ctx, vault, name, body, isPatch) {
      checkName('issuer', name);
      if (name === 'Self' || name === 'Unknown') throw badParameter(`'${name}' is an issuer of every vault; choose another name.`, 'issuer-name');
      const before = isPatch ? await get(vault, name) : await findIssuer(sql, vault.key, name);
      const { issuer, password } = parseIssuer(body, isPatch ? before?.body : undefined);
      return changeVault(deps, vault, async ({ tx, seal }) => {
        const at = new Date(ctx.clock.now());
        const sealed = password === undefined ? (isPatch ? before?.sealed : undefined) : seal({ kind: 'certificate', name: `issuers/${name}`, version: 'password' }, Buffer.from(password, 'utf8'));
        const made: VaultIssuer = { name: before?.name ?? name, body: issuer, sealed, createdAt: before?.createdAt ?? at, updatedAt: at };
        await putIssuer(tx, vault.key, made);
        return made;
      });
    },
    async delete(vault, name) {
      const found = await get(vault, name);
      await changeVault(deps, vault, ({ tx }) => deleteIssuer(tx, vault.key, name));
      return found;
    },
  };
}

function parseIssuer(body: unknown, current: JsonObject | undefined): { readonly issuer: JsonObject; readonly password: string | undefined } {
  if (!isJsonObject(body)) throw badParameter('The body is missing; an issuer is expected.');
  const provider = stringAt(body, 'provider') ?? stringAt(current, 'provider');
  if (provider === undefined || provider === '') throw badParameter("Property 'provider' is missing; the name of a certificate authority is expected.", 'provider');
  checkText(provider, 'provider');
  const accountId = stringAt(objectAt(body, 'credentials'), 'account_id') ?? stringAt(objectAt(current, 'credentials'), 'account_id');
  const organization = isJsonObject(body['org_details']) ? parseOrganization(body['org_details']) : current?.['org_details'];
  const isEnabled = parseAttributes(body['attributes']).isEnabled ?? (current === undefined ? true : objectAt(current, 'attributes')['enabled'] !== false);
  return {
    issuer: {
      provider,
      ...(accountId === undefined ? {} : { credentials: { account_id: accountId } }),
      ...(organization === undefined ? {} : { org_details: organization }),
      attributes: { enabled: isEnabled },
    },
    password: stringAt(objectAt(body, 'credentials'), 'pwd'),
  };
}

function parseOrganization(value: JsonObject): JsonObject {
  const admins = value['admin_details'] ?? [];
  if (!Array.isArray(admins) || admins.length > 50) throw badParameter("Property 'org_details.admin_details' must be a list of up to 50 contacts.", 'org_details.admin_details');
  const id = stringAt(value, 'id');
  const texts = (each: unknown): JsonObject =>
    Object.fromEntries(
      ['first_name', 'last_name', 'email', 'phone'].flatMap((member) => (typeof objectAt({ each }, 'each')[member] === 'string' ? [[member, objectAt({ each }, 'each')[member]] as const] : [])),
    );
  return { ...(id === undefined ? {} : { id }), admin_details: admins.map(texts) };
}
