// Objects: what secrets and keys have in common: lists, versions, delete, recover, purge, backup, restore.
//
//   living --delete--> deleted --recover--> living        deleted --purge, or its days are over--> gone

import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { decodeCursor, encodeCursor, type Page } from '#kernel/page.ts';
import type { VaultObject, VaultObjectKind, VaultVersion } from '#storage/vault-object-record.ts';
import {
  claimObject,
  findVersion,
  listObjects,
  listVersions,
  lockObject,
  markObjectDeleted,
  purgeObject,
  recoverObject,
  setCertificatePolicy,
  setRotationPolicy,
} from '#storage/vault-object-store.ts';
import { insertVersion } from '#storage/vault-version-store.ts';
import { enqueueWork } from '#storage/work-store.ts';
import { checkName } from './attributes.ts';
import { badParameter, deletedNotFound, notPermitted, nameIsHeld, objectNotFound, withInner } from './faults.ts';
import { changeVault, getVersion, kindsWith, lockLiving, placeOf, type VaultDeps } from './vault-content.ts';
import type { VaultRef } from './vault-ref.ts';
import { PURGE_KIND, RENEW_KIND, ROTATE_KIND } from './work-kinds.ts';

export interface PageQuery {
  readonly limit: number;
  /** As an earlier page gave it. */
  readonly next?: string | undefined;
}

export interface Objects {
  list(vault: VaultRef, query: PageQuery & { readonly isDeleted: boolean }): Promise<Page<VaultVersion>>;
  listVersions(vault: VaultRef, name: string, query: PageQuery): Promise<Page<VaultVersion>>;
  get(vault: VaultRef, name: string, version?: string): Promise<VaultVersion>;
  getDeleted(vault: VaultRef, name: string): Promise<VaultVersion>;
  delete(ctx: Context, vault: VaultRef, name: string): Promise<VaultVersion>;
  recover(ctx: Context, vault: VaultRef, name: string): Promise<VaultVersion>;
  purge(ctx: Context, vault: VaultRef, name: string): Promise<void>;
  /** All versions, sealed for this installation and subscription only. */
  backup(vault: VaultRef, name: string): Promise<Buffer>;
  restore(ctx: Context, vault: VaultRef, backup: Buffer): Promise<VaultVersion>;
}

const DAY_MS = 86_400_000;
const BACKUP_PAGE = 200;

export function createObjects(deps: VaultDeps, kind: VaultObjectKind): Objects {
  const { database } = deps;
  const { sql } = database;

  async function getDeleted(vault: VaultRef, name: string): Promise<VaultVersion> {
    checkName(kind, name);
    const found = await findVersion(sql, vault.key, kind, name, undefined);
    if (found?.object.deletedAt === undefined) throw deletedNotFound(kind, name);
    return found;
  }

  return {
    async list(vault, query) {
      const rows = await listObjects(sql, vault.key, kind, { isDeleted: query.isDeleted, after: positionOf(query.next, /^[0-9a-z-]*$/), limit: query.limit + 1 });
      return pageOf(rows, query.limit, (row) => row.object.name.toLowerCase());
    },
    async listVersions(vault, name, query) {
      checkName(kind, name);
      const after = positionOf(query.next, /^\d{0,18}$/);
      const rows = await listVersions(sql, vault.key, kind, name, { after: after === '' ? '0' : after, limit: query.limit + 1 });
      if (rows.length === 0 && query.next === undefined) throw objectNotFound(kind, name);
      return pageOf(rows, query.limit, (row) => row.seq);
    },
    async get(vault, name, version) {
      checkName(kind, name);
      return getVersion(sql, vault, kind, name, version);
    },
    getDeleted,
    delete: (ctx, vault, name) =>
      changeVault(deps, vault, async ({ tx }) => {
        checkName(kind, name);
        await lockLiving(tx, vault, kind, name);
        if (kind !== 'certificate' && (await findVersion(tx, vault.key, kind, name, undefined))?.details['managed'] === true)
          throw notPermitted('ForbiddenByPolicy', `Operation "delete" is not allowed on the ${kind} '${name}': it belongs to the certificate of that name; delete that.`);
        const at = new Date(ctx.clock.now());
        const lifeMs = vault.retentionDays * DAY_MS;
        for (const each of kindsWith(kind)) {
          const object = await lockObject(tx, vault.key, each, name);
          if (object === undefined || object.deletedAt !== undefined) continue;
          await markObjectDeleted(tx, object.id, at, new Date(at.getTime() + lifeMs));
          await enqueueWork(tx, { kind: PURGE_KIND, payload: { objectId: object.id }, dedupeKey: object.id, correlationId: ctx.correlationId, delayMs: lifeMs + 1_000 });
        }
        const deleted = await findVersion(tx, vault.key, kind, name, undefined);
        if (deleted === undefined) throw objectNotFound(kind, name);
        return deleted;
      }),
    recover: (ctx, vault, name) =>
      changeVault(deps, vault, async ({ tx }) => {
        checkName(kind, name);
        const object = await lockObject(tx, vault.key, kind, name);
        if (object?.deletedAt === undefined) throw deletedNotFound(kind, name);
        if (kind !== 'certificate' && (await findVersion(tx, vault.key, kind, name, undefined))?.details['managed'] === true)
          throw notPermitted('ForbiddenByPolicy', `The ${kind} '${name}' belongs to the certificate of that name; recover that.`);
        for (const each of kindsWith(kind)) {
          const linked = await lockObject(tx, vault.key, each, name);
          if (linked !== undefined) await recoverObject(tx, linked.id);
        }
        if (kind === 'certificate') await enqueueWork(tx, { kind: RENEW_KIND, payload: { vaultKey: vault.key, name: object.name }, dedupeKey: object.id, correlationId: ctx.correlationId });
        if (object.rotationPolicy !== undefined)
          await enqueueWork(tx, { kind: ROTATE_KIND, payload: { vaultKey: vault.key, name: object.name }, dedupeKey: object.id, correlationId: ctx.correlationId });
        return getVersion(tx, vault, kind, name);
      }),
    purge: (_ctx, vault, name) =>
      changeVault(deps, vault, async ({ tx }) => {
        checkName(kind, name);
        const object = await lockObject(tx, vault.key, kind, name);
        if (object?.deletedAt === undefined) throw deletedNotFound(kind, name);
        if (vault.isPurgeProtected)
          throw notPermitted(
            'ForbiddenByPolicy',
            `Operation "purge" is not enabled for this vault: purge protection is on. The ${kind} goes by itself at ${object.purgeAt?.toISOString() ?? 'the end of its retention'}.`,
          );
        if (kind !== 'certificate' && (await findVersion(tx, vault.key, kind, name, undefined))?.details['managed'] === true)
          throw notPermitted('ForbiddenByPolicy', `The ${kind} '${name}' belongs to the certificate of that name; purge that.`);
        for (const each of kindsWith(kind)) {
          const linked = await lockObject(tx, vault.key, each, name);
          if (linked?.deletedAt !== undefined) await purgeObject(tx, linked.id);
        }
      }),
    backup: (vault, name) =>
      changeVault(deps, vault, async ({ tx, open }) => {
        checkName(kind, name);
        const parts: Record<string, JsonObject> = {};
        let spelled = name;
        for (const each of kindsWith(kind)) {
          const versions: JsonObject[] = [];
          let object: VaultObject | undefined;
          let after = '0';
          for (;;) {
            const rows = await listVersions(tx, vault.key, each, name, { after, limit: BACKUP_PAGE });
            for (const row of rows) {
              versions.push(writeVersion(row, open(placeOf(row), row.sealed)));
              after = row.seq;
              object = row.object;
            }
            if (rows.length < BACKUP_PAGE) break;
          }
          if (object === undefined) throw objectNotFound(kind, name);
          spelled = object.name;
          parts[each] = { versions, rotationPolicy: object.rotationPolicy, policy: object.policy };
        }
        return deps.envelope.seal(JSON.stringify({ name: spelled, parts }), backupPlace(kind, vault));
      }),
    async restore(ctx, vault, backup) {
      const saved = readBackup(deps, kind, vault, backup);
      const name = stringAt(saved, 'name') ?? '';
      checkName(kind, name);
      return changeVault(deps, vault, async ({ tx, seal }) => {
        for (const each of kindsWith(kind)) {
          const part = objectAt(objectAt(saved, 'parts'), each);
          const known = await lockObject(tx, vault.key, each, name);
          if (known?.deletedAt !== undefined) throw nameIsHeld(each, name);
          if (known !== undefined)
            throw new Fault('conflict', 'Conflict', `There was a conflict restoring the ${kind} '${name}' to '${vault.uri}' because the ${each} already exists in this vault.`, { target: name });
          const object = await claimObject(tx, vault.key, each, name, new Date(ctx.clock.now()));
          if ((await findVersion(tx, vault.key, each, name, undefined)) !== undefined)
            throw withInner('conflict', 'Conflict', 'ObjectIsBeingRestored', `The ${each} '${name}' is being made by another request.`);
          const versions = part['versions'];
          for (const one of Array.isArray(versions) ? versions : []) {
            const { version, value } = readVersion(one);
            await insertVersion(tx, object.id, { ...version, sealed: seal({ kind: each, name: object.name, version: version.version }, value) });
          }
          if (isJsonObject(part['rotationPolicy'])) {
            await setRotationPolicy(tx, object.id, part['rotationPolicy']);
            await enqueueWork(tx, { kind: ROTATE_KIND, payload: { vaultKey: vault.key, name }, dedupeKey: object.id, correlationId: ctx.correlationId });
          }
          if (isJsonObject(part['policy'])) {
            await setCertificatePolicy(tx, object.id, part['policy']);
            await enqueueWork(tx, { kind: RENEW_KIND, payload: { vaultKey: vault.key, name }, dedupeKey: object.id, correlationId: ctx.correlationId });
          }
        }
        return getVersion(tx, vault, kind, name);
      });
    },
  };
}

function positionOf(next: string | undefined, form: RegExp): string {
  const position = next === undefined || next === '' ? '' : String(decodeCursor(next, 1)[0]);
  if (!form.test(position)) throw badParameter('The $skiptoken is not one of this list.', '$skiptoken');
  return position;
}

function pageOf(rows: readonly VaultVersion[], limit: number, position: (row: VaultVersion) => string): Page<VaultVersion> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length > limit && last !== undefined ? { items, next: encodeCursor([position(last)]) } : { items };
}

function backupPlace(kind: VaultObjectKind, vault: VaultRef): string {
  // Azure: a backup can be restored in any vault of the same subscription.
  return `vault-backup:${kind}:${vault.subscriptionId.toLowerCase()}`;
}

function readBackup(deps: VaultDeps, kind: VaultObjectKind, vault: VaultRef, backup: Buffer): JsonObject {
  try {
    const saved: unknown = JSON.parse(deps.envelope.open(backup, backupPlace(kind, vault)));
    if (isJsonObject(saved)) return saved;
  } catch {
    // falls through to the fault below
  }
  throw badParameter(`The backup blob is not valid: it was not made as the backup of a ${kind} by this server in this subscription.`, 'value');
}

function writeVersion(row: VaultVersion, value: Buffer): JsonObject {
  const time = (at: Date | undefined): number | undefined => (at === undefined ? undefined : at.getTime());
  return {
    version: row.version,
    isEnabled: row.isEnabled,
    notBefore: time(row.notBefore),
    expiresAt: time(row.expiresAt),
    contentType: row.contentType,
    tags: row.tags,
    details: row.details,
    createdAt: row.createdAt.getTime(),
    updatedAt: row.updatedAt.getTime(),
    value: value.toString('base64'),
  };
}

function readVersion(saved: unknown) {
  const members: JsonObject = isJsonObject(saved) ? saved : {};
  const time = (name: string): Date | undefined => (typeof members[name] === 'number' ? new Date(members[name]) : undefined);
  const tags = Object.entries(isJsonObject(members['tags']) ? members['tags'] : {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return {
    version: {
      version: stringAt(members, 'version') ?? '',
      isEnabled: members['isEnabled'] === true,
      notBefore: time('notBefore'),
      expiresAt: time('expiresAt'),
      contentType: stringAt(members, 'contentType'),
      tags: Object.fromEntries(tags),
      details: isJsonObject(members['details']) ? members['details'] : {},
      createdAt: time('createdAt') ?? new Date(0),
      updatedAt: time('updatedAt') ?? new Date(0),
    },
    value: Buffer.from(stringAt(members, 'value') ?? '', 'base64'),
  };
}
