// Move: resources to another resource group, with everything below them, in one transaction. Their ids change, so what is
// bound to an id is bound anew (secrets, principals, claims of subnets), and resources that refer to them refer to the new id.
// Source: Resource Manager REST, Resources - Move Resources; Azure "Move resources to a new resource group or subscription".

import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';
import type { Sql, Tx } from '#storage/database.ts';
import { findTakenKeys, listSealed, renameSubtree, replaceReferences, replaceSealed, takeReferring } from '#storage/move-store.ts';
import { isBusy, type ResourceRecord } from '#storage/resource-record.ts';
import { findResources, lockResource } from '#storage/resource-store.ts';
import type { ArmDeps } from '../deps.ts';
import { operationInProgress, resourceNotFound } from '../faults.ts';
import { type ItemPlace } from '../registry.ts';
import { requireUnlocked } from './locks.ts';
import { recordActivity } from './journal.ts';
import { findAssigned, passPolicies } from '../policy/gate.ts';

export interface MoveInput {
  /** Of the group they are in. */
  readonly group: Pick<ResourceRecord, 'id' | 'key' | 'name' | 'subscriptionId'>;
  readonly ids: readonly string[];
  readonly targetGroupId: string;
}

interface Move {
  readonly resource: ResourceRecord;
  readonly from: ItemPlace;
  readonly to: ItemPlace;
}

const WRITE_GROUP = 'Microsoft.Resources/subscriptions/resourceGroups/write';
const PAGE = 100;

/** Throws what stands against the move. `authorise`: whether the caller may write the group that they go to. */
export async function planMove(deps: ArmDeps, ctx: Context, db: Sql, input: MoveInput, options: { readonly authorise: boolean }): Promise<readonly Move[]> {
  const places = input.ids.map((id) => placeInGroup(deps, id, input.group));
  const target = targetOf(deps, input, places);
  if (options.authorise) await deps.authorizer.require(ctx, WRITE_GROUP, target.id);
  const found = await findResources(db, [target.key, ...places.map(({ key }) => key)]);
  const targetGroup = found.get(target.key);
  if (targetGroup === undefined) throw resourceNotFound(target);
  if (isBusy(targetGroup)) throw operationInProgress(targetGroup.id, targetGroup.provisioningState);
  const unmovable = [...new Set(places.filter(({ type }) => type.isMovable !== true).map(({ type }) => type.type))];
  const moves = places.map((from): Move => {
    const resource = found.get(from.key);
    if (resource === undefined) throw resourceNotFound(from);
    if (isBusy(resource)) throw operationInProgress(resource.id, resource.provisioningState);
    return { resource, from, to: deps.registry.childOf(deps.registry.placeOf(targetGroup.id), from.type, resource.name) };
  });
  if (unmovable.length > 0)
    throw new Fault('conflict', 'ResourceMoveNotSupported', `Resource move is not supported for resources that have types '${unmovable.join(', ')}'. Create them anew in '${targetGroup.id}'.`, {
      target: 'resources',
    });
  const taken = await findTakenKeys(
    db,
    moves.map(({ to }) => to.key),
  );
  if (taken.length > 0) throw moveRefused(`'${taken.join("', '")}' exists already, or was deleted and can be recovered.`);
  await requireUnlocked(db, 'write', target);
  for (const { from, to, resource } of moves) {
    await requireUnlocked(db, 'delete', from);
    await passPolicies(deps, ctx, db, to, { ...resource, id: to.id, key: to.key }, await findAssigned(db, to));
  }
  return moves;
}

/** At least once: what was moved already stays where it is. */
export async function moveResources(deps: ArmDeps, ctx: Context, input: MoveInput): Promise<void> {
  await deps.database.transaction(async (tx) => {
    if (await isDone(deps, tx, input)) return;
    const moves = await planMove(deps, ctx, tx, input, { authorise: false });
    const at = new Date(ctx.clock.now());
    for (const move of moves) await moveOne(deps, tx, move, at);
    await rewriteReferences(tx, input, moves, at);
    for (const { resource, from, to } of moves) {
      const action = 'Microsoft.Resources/subscriptions/resourceGroups/moveResources/action';
      for (const place of [{ key: from.key, id: resource.id }, to])
        await recordActivity(tx, ctx, { key: place.key, id: place.id, action, status: 'Succeeded', detail: { from: resource.id, to: to.id } });
    }
  });
}

async function isDone(deps: ArmDeps, tx: Tx, { ids, targetGroupId }: MoveInput): Promise<boolean> {
  const places = ids.map((id) => deps.registry.placeOf(id));
  const target = deps.registry.placeOf(targetGroupId);
  const there = places.map((place) => deps.registry.childOf(target, place.type, place.name).key);
  const found = await findResources(tx, [...places.map(({ key }) => key), ...there]);
  return there.every((key) => found.has(key)) && places.every(({ key }) => !found.has(key));
}

async function moveOne(deps: ArmDeps, tx: Tx, { resource, from, to }: Move, at: Date): Promise<void> {
  const held = await lockResource(tx, from.key, 'update');
  if (held === undefined || to.parent === undefined || (await lockResource(tx, to.parent.key, 'share')) === undefined)
    throw new Fault('conflict', 'Conflict', `'${resource.id}' is being changed by others at the same time. Try again.`, { target: resource.id });
  for (const { key, secrets } of await listSealed(tx, from.key)) {
    const text = await deps.seals.open(key, secrets);
    await replaceSealed(tx, { key, secrets: await deps.seals.seal(`${to.key}${key.slice(from.key.length)}`, text) });
  }
  await renameSubtree(tx, { from: { key: from.key, id: resource.id }, to, parentKey: to.parent.key, resourceGroup: to.group?.toLowerCase() ?? '', at });
}

async function rewriteReferences(tx: Tx, { group }: MoveInput, moves: readonly Move[], at: Date): Promise<void> {
  const changes = moves.map(({ from, to }) => ({ from: from.key, to: to.id }));
  let after = '';
  for (;;) {
    const rows = await takeReferring(tx, group.subscriptionId ?? '', `${group.key}/providers/`, after, PAGE);
    for (const row of rows) {
      const identity = row.identity === null ? null : asObject(withNewIds(row.identity, changes));
      const next = { ...row, properties: asObject(withNewIds(row.properties, changes)), identity, members: asObject(withNewIds(row.members, changes)) };
      if (JSON.stringify([next.properties, identity, next.members]) !== JSON.stringify([row.properties, row.identity, row.members])) await replaceReferences(tx, next, at);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.key;
  }
}

/** Texts and keys of objects that are one of the ids, or an id below it. */
function withNewIds(value: Json, changes: readonly { readonly from: string; readonly to: string }[]): Json {
  const renamed = (text: string): string => {
    const lower = text.toLowerCase();
    const change = changes.find(({ from }) => lower === from || lower.startsWith(`${from}/`));
    return change === undefined ? text : `${change.to}${text.slice(change.from.length)}`;
  };
  if (typeof value === 'string') return renamed(value);
  if (isJsonObject(value)) return Object.fromEntries(Object.entries(value).map(([name, item]) => [renamed(name), item === undefined ? null : withNewIds(item, changes)]));
  return value !== null && typeof value === 'object' ? value.map((item) => withNewIds(item, changes)) : value;
}

function asObject(value: Json): JsonObject {
  return isJsonObject(value) ? value : {};
}

function placeInGroup(deps: ArmDeps, id: string, group: MoveInput['group']): ItemPlace {
  const outside = new Fault('invalid', 'ResourcesNotInSameResourceGroup', `'${id.slice(0, 300)}' is not in the resource group '${group.name}'; all resources of a move are in one group.`, {
    target: 'resources',
  });
  if (!id.toLowerCase().startsWith(`${group.key}/providers/`)) throw outside;
  const place = deps.registry.placeOf(id);
  if (place.parent?.root !== 'group')
    throw new Fault('invalid', 'ResourceNotTopLevel', `'${id.slice(0, 300)}' is not a top-level resource; it moves with the resource that it belongs to.`, { target: 'resources' });
  return place;
}

function targetOf(deps: ArmDeps, { group, targetGroupId }: MoveInput, places: readonly ItemPlace[]): ItemPlace {
  const [, subscription] = /^\/subscriptions\/([^/]+)\/resourceGroups\/[^/]+$/i.exec(targetGroupId) ?? [];
  if (subscription === undefined) throw new Fault('invalid', 'InvalidTargetResourceGroup', `'${targetGroupId.slice(0, 300)}' is not the id of a resource group.`, { target: 'targetResourceGroup' });
  const types = [...new Set(places.map(({ type }) => type.type))].join(', ');
  if (subscription.toLowerCase() !== group.subscriptionId)
    throw new Fault('conflict', 'ResourceMoveNotSupported', `Resources of the types ${types} cannot be moved to another subscription.`, { target: 'targetResourceGroup' });
  const target = deps.registry.placeOf(targetGroupId);
  if (target.key === group.key) throw new Fault('invalid', 'InvalidTargetResourceGroup', 'The source and the target resource group of a move are the same.', { target: 'targetResourceGroup' });
  return target;
}

function moveRefused(why: string): Fault {
  return new Fault('conflict', 'ResourceMoveProviderValidationFailed', `Resource move validation failed: ${why}`, { target: 'resources' });
}
