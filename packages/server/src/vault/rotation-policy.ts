// RotationPolicy: when a key gets a new version by itself, and when a version ends.
// Source: Key Vault REST, KeyRotationPolicy; "Configure cryptographic key auto-rotation" (limits).

import type { Context } from '#kernel/context.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { Tx } from '#storage/database.ts';
import type { VaultVersion } from '#storage/vault-object-record.ts';
import { setRotationPolicy } from '#storage/vault-object-store.ts';
import { enqueueWork } from '#storage/work-store.ts';
import { checkName } from './attributes.ts';
import { badParameter } from './faults.ts';
import { addDuration, daysOf, parseDuration } from './iso-duration.ts';
import { changeVault, getVersion, lockLiving, type VaultDeps } from './vault-content.ts';
import type { VaultRef } from './vault-ref.ts';
import { ROTATE_KIND } from './work-kinds.ts';

const LEAST_DAYS = 7;
const LEAST_EXPIRY_DAYS = 28;

/** Azure: what a key has whose policy was never set. */
const DEFAULT_POLICY: JsonObject = { lifetimeActions: [{ trigger: { timeBeforeExpiry: 'P30D' }, action: { type: 'Notify' } }], attributes: {} };

export function policyOf(key: VaultVersion): JsonObject {
  return key.object.rotationPolicy ?? DEFAULT_POLICY;
}

/** Stores the policy of the request and plans by it. */
export async function putRotationPolicy(deps: VaultDeps, ctx: Context, vault: VaultRef, name: string, body: unknown): Promise<VaultVersion> {
  checkName('key', name);
  const parsed = parsePolicy(body);
  return changeVault(deps, vault, async ({ tx }) => {
    const object = await lockLiving(tx, vault, 'key', name);
    const now = Math.floor(ctx.clock.now() / 1000);
    const created = objectAt(object.rotationPolicy, 'attributes')['created'] ?? now;
    await setRotationPolicy(tx, object.id, { ...parsed, attributes: { ...objectAt(parsed, 'attributes'), created, updated: now } });
    const newest = await getVersion(tx, vault, 'key', name);
    await scheduleRotation(tx, ctx, newest);
    return newest;
  });
}

/** When the newest version is to be followed by the next; undefined: never. */
export function rotationDue(newest: VaultVersion): Date | undefined {
  const actions = newest.object.rotationPolicy?.['lifetimeActions'];
  for (const action of Array.isArray(actions) ? actions : []) {
    if (objectAt(action, 'action')['type'] !== 'Rotate') continue;
    const afterCreate = stringAt(objectAt(action, 'trigger'), 'timeAfterCreate');
    if (afterCreate !== undefined) return addDuration(newest.createdAt, parseDuration(afterCreate, 'timeAfterCreate'), 1);
    const beforeExpiry = stringAt(objectAt(action, 'trigger'), 'timeBeforeExpiry');
    if (beforeExpiry !== undefined && newest.expiresAt !== undefined) return addDuration(newest.expiresAt, parseDuration(beforeExpiry, 'timeBeforeExpiry'), -1);
  }
  return undefined;
}

/** When a version made at this time expires by the policy. */
export function expiryOf(policy: JsonObject | undefined, at: Date): Date | undefined {
  const expiry = stringAt(objectAt(policy, 'attributes'), 'expiryTime');
  return expiry === undefined ? undefined : addDuration(at, parseDuration(expiry, 'expiryTime'), 1);
}

/** Plans the rotation of the newest version in the transaction that made it, or changed what it follows from. */
export async function scheduleRotation(tx: Tx, ctx: Context, newest: VaultVersion): Promise<void> {
  const due = rotationDue(newest);
  if (due === undefined) return;
  const { object } = newest;
  await enqueueWork(tx, {
    kind: ROTATE_KIND,
    payload: { vaultKey: object.vaultKey, name: object.name },
    dedupeKey: object.id,
    correlationId: ctx.correlationId,
    delayMs: Math.max(0, due.getTime() - ctx.clock.now()),
  });
}

function parsePolicy(body: unknown): JsonObject {
  if (!isJsonObject(body)) throw badParameter('The body is missing; a rotation policy is expected.');
  const expiryTime = stringAt(objectAt(body, 'attributes'), 'expiryTime');
  const expiryDays = expiryTime === undefined ? undefined : daysOf(parseDuration(expiryTime, 'attributes.expiryTime'));
  if (expiryDays !== undefined && expiryDays < LEAST_EXPIRY_DAYS) throw badParameter(`attributes.expiryTime is '${expiryTime}'; at least P${LEAST_EXPIRY_DAYS}D is accepted.`, 'attributes.expiryTime');
  const given = body['lifetimeActions'] ?? [];
  if (!Array.isArray(given) || given.length > 2) throw badParameter("Property 'lifetimeActions' must be a list of up to two actions.", 'lifetimeActions');
  const lifetimeActions = given.map((action) => parseAction(action, expiryDays));
  const types = lifetimeActions.map((action) => objectAt(action, 'action')['type']);
  if (new Set(types).size < types.length) throw badParameter('There is more than one lifetime action of one type.', 'lifetimeActions');
  return { lifetimeActions, attributes: expiryTime === undefined ? {} : { expiryTime } };
}

function parseAction(value: unknown, expiryDays: number | undefined): JsonObject {
  const type = ['Rotate', 'Notify'].find((known) => known.toLowerCase() === stringAt(objectAt(value, 'action'), 'type')?.toLowerCase());
  if (type === undefined) throw badParameter(`A lifetime action is of type ${JSON.stringify(objectAt(value, 'action')['type'])}; Rotate and Notify are accepted.`, 'lifetimeActions.action.type');
  const trigger = objectAt(value, 'trigger');
  const afterCreate = stringAt(trigger, 'timeAfterCreate');
  const beforeExpiry = stringAt(trigger, 'timeBeforeExpiry');
  const time = afterCreate ?? beforeExpiry;
  if (time === undefined || (afterCreate !== undefined && beforeExpiry !== undefined))
    throw badParameter('The trigger of a lifetime action has either timeAfterCreate or timeBeforeExpiry.', 'lifetimeActions.trigger');
  if (type === 'Notify' && afterCreate !== undefined) throw badParameter('A Notify action is triggered by timeBeforeExpiry.', 'lifetimeActions.trigger');
  const days = daysOf(parseDuration(time, 'lifetimeActions.trigger'));
  if (days < LEAST_DAYS) throw badParameter(`The trigger of a lifetime action is '${time}'; at least P${LEAST_DAYS}D is accepted.`, 'lifetimeActions.trigger');
  if (type === 'Rotate' && beforeExpiry !== undefined && expiryDays === undefined) throw badParameter('A rotation before expiry needs attributes.expiryTime.', 'attributes.expiryTime');
  if (expiryDays !== undefined && days > expiryDays - (afterCreate === undefined ? 0 : LEAST_DAYS))
    throw badParameter(`The trigger '${time}' does not come at least ${LEAST_DAYS} days before the expiry.`, 'lifetimeActions.trigger');
  return { trigger: afterCreate === undefined ? { timeBeforeExpiry: time } : { timeAfterCreate: time }, action: { type } };
}
