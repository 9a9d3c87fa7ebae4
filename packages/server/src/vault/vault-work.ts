// Work of vaults: rotates keys and renews certificates by their policies, and removes deleted objects when their days are over.

import type { Clock } from '#kernel/clock.ts';
import { isFault } from '#kernel/faults.ts';
import { stringAt } from '#kernel/json.ts';
import type { VaultVersion } from '#storage/vault-object-record.ts';
import { findVersion, purgeDueObject } from '#storage/vault-object-store.ts';
import { defineWork, type WorkKind } from '#work/define-work.ts';
import type { Certificates } from './certificates.ts';
import type { Keys } from './keys.ts';
import { rotationDue } from './rotation-policy.ts';
import type { VaultDeps } from './vault-content.ts';
import { PURGE_KIND, RENEW_KIND, ROTATE_KIND } from './work-kinds.ts';

const MAX_WAIT_MS = 24 * 3_600_000;

export function vaultWork(deps: VaultDeps, keys: Keys, certificates: Pick<Certificates, 'renew'>): readonly WorkKind[] {
  const { database } = deps;
  return [
    defineWork({
      kind: PURGE_KIND,
      async run(ctx, payload) {
        const dueAt = await database.transaction((tx) => purgeDueObject(tx, stringAt(payload, 'objectId') ?? '0', new Date(ctx.clock.now())));
        return dueAt === undefined ? 'done' : { againAfterMs: waitFor(dueAt, ctx.clock) };
      },
    }),
    defineWork({
      kind: RENEW_KIND,
      async run(ctx, payload) {
        const key = stringAt(payload, 'vaultKey') ?? '';
        try {
          const next = await certificates.renew(ctx, { key, name: key.slice(key.lastIndexOf('/') + 1) }, stringAt(payload, 'name') ?? '');
          return next === undefined ? 'done' : { againAfterMs: waitFor(next, ctx.clock) };
        } catch (error) {
          // Why: a deleted vault rests; when it is recovered, it is looked at within a day.
          if (!isFault(error, 'notFound')) throw error;
          return error.code === 'VaultNotFound' ? { againAfterMs: MAX_WAIT_MS } : 'done';
        }
      },
    }),
    defineWork({
      kind: ROTATE_KIND,
      async run(ctx, payload) {
        const key = stringAt(payload, 'vaultKey') ?? '';
        const name = stringAt(payload, 'name') ?? '';
        const isDue = (newest: VaultVersion): boolean => (rotationDue(newest)?.getTime() ?? Number.POSITIVE_INFINITY) <= ctx.clock.now();
        try {
          await keys.rotate(ctx, { key, name: key.slice(key.lastIndexOf('/') + 1) }, name, isDue);
        } catch (error) {
          // Why: a deleted key or vault rests; recovering the key plans again, and a recovered vault is looked at in a day.
          if (!isFault(error, 'notFound')) throw error;
          if (error.code === 'VaultNotFound' && (await findVersion(database.sql, key, 'key', name, undefined)) !== undefined) return { againAfterMs: MAX_WAIT_MS };
          return 'done';
        }
        const newest = await findVersion(database.sql, key, 'key', name, undefined);
        const next = newest === undefined || newest.object.deletedAt !== undefined ? undefined : rotationDue(newest);
        return next === undefined ? 'done' : { againAfterMs: waitFor(next, ctx.clock) };
      },
    }),
  ];
}

/** Why at most a day: the plan may have changed meanwhile, and a day is short against what is planned here. */
function waitFor(dueAt: Date, clock: Clock): number {
  return Math.min(Math.max(dueAt.getTime() - clock.now(), 1_000), MAX_WAIT_MS);
}
