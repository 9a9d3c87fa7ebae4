// Remove: the one way a resource goes. At once in one transaction, or in the background where something has to be
// taken down or the subtree has no bound.
//
//   living --delete--> gone                       living --delete (soft)--> hidden --recover--> living
//   living --delete--> Deleting --work--> gone                              hidden --purge, or time--> gone

import { randomUUID } from 'node:crypto';
import type { Context } from '#kernel/context.ts';
import { Fault, type FaultDetail } from '#kernel/faults.ts';
import type { Tx } from '#storage/database.ts';
import { findRunningOperation, insertOperation, type NewOperation, type Operation } from '#storage/operation-store.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import { type DeletedToo, deleteResources, findResource, hasDescendant, lockResource, softDeleteResources, takeDescendants, updateResourceState } from '#storage/resource-store.ts';
import { enqueueWork } from '#storage/work-store.ts';
import type { ArmDeps } from '../deps.ts';
import { recordActivity, systemDataOf } from './journal.ts';
import { newOperation } from '../operation.ts';
import { permissionOf } from '../permission.ts';
import { checkPreconditions } from './preconditions.ts';
import type { ItemPlace } from '../registry.ts';
import type { AnyResourceType } from '../resource-type.ts';

export interface RemoveInput {
  readonly place: ItemPlace;
  readonly query: URLSearchParams;
  readonly ifMatch?: string | undefined;
  /** Even a type that can be recovered goes for good. */
  readonly purge: boolean;
}

export type Removed = 'absent' | 'removed' | { readonly operation: NewOperation | undefined };

const BATCH = 200;
const MAX_RACES = 20;

/** Does not authorise. */
export async function removeResource(deps: ArmDeps, ctx: Context, input: RemoveInput): Promise<Removed> {
  const { place } = input;
  const { type } = place;
  const db = deps.database.sql;
  for (let race = 0; race < MAX_RACES; race += 1) {
    const resource = await findResource(db, place.key);
    if (resource === undefined) return input.purge && (await purgeResource(deps, ctx, place.key, () => true)) ? 'removed' : 'absent';
    checkPreconditions({ ifMatch: input.ifMatch }, resource);
    if (resource.provisioningState === 'Deleting') return { operation: await findRunningOperation(db, resource.key) };
    await type.mayDelete?.(ctx, { resource, store: deps.store, db, query: input.query });
    const isBackground = await isLong(deps, type, resource.key);
    const removed = await deps.database.transaction((tx) => (isBackground ? beginRemoval(deps, tx, ctx, place, resource, input.purge) : removeNow(deps, tx, ctx, place, resource, input.purge)));
    if (removed !== 'raced') return removed;
  }
  throw new Fault('conflict', 'Conflict', `'${place.id}' is being changed by others at the same time. Try again.`, { target: place.id });
}

async function isLong(deps: ArmDeps, type: AnyResourceType, key: string): Promise<boolean> {
  if (type.deletesInBackground === true || type.deprovision !== undefined) return true;
  const heavy = deps.registry.descendantsOf(type).filter((below) => below.deprovision !== undefined);
  return hasDescendant(
    deps.database.sql,
    key,
    heavy.map((below) => below.type.toLowerCase()),
  );
}

async function beginRemoval(deps: ArmDeps, tx: Tx, ctx: Context, place: ItemPlace, resource: ResourceRecord, purge: boolean): Promise<Removed | 'raced'> {
  const { type } = place;
  const deleting = await updateResourceState(tx, resource.key, resource.etag, {
    etag: randomUUID(),
    provisioningState: 'Deleting',
    systemData: systemDataOf(ctx, resource.systemData),
    at: new Date(ctx.clock.now()),
  });
  if (deleting === undefined) return 'raced';
  await requireFree(deps, tx, place);
  const operation = newOperation(ctx, deleting, 'delete');
  await insertOperation(tx, operation);
  await enqueueWork(tx, { kind: 'arm.delete', payload: { key: resource.key, operationId: operation.id, purge }, correlationId: ctx.correlationId });
  await recordActivity(tx, ctx, { key: resource.key, id: resource.id, action: permissionOf(type, 'delete'), status: 'Accepted' });
  return { operation };
}

async function removeNow(deps: ArmDeps, tx: Tx, ctx: Context, place: ItemPlace, resource: ResourceRecord, purge: boolean): Promise<Removed | 'raced'> {
  const { type } = place;
  const held = await lockResource(tx, resource.key, 'update');
  if (held?.etag !== resource.etag) return 'raced';
  const how = removalOf(type, purge, new Date(ctx.clock.now()));
  const deleted = deletedToo(deps, how);
  let batch = await takeDescendants(tx, resource.key, BATCH, deleted);
  if (batch.length > 0) await requireFree(deps, tx, place);
  while (batch.length > 0) {
    await removeBatch(deps, tx, ctx, batch, how);
    batch = await takeDescendants(tx, resource.key, BATCH, deleted);
  }
  await removeRoot(deps, tx, ctx, type, held, how);
  return 'removed';
}

/** Throws `conflict` while something elsewhere holds what is below: named one by one, as the first of them would refuse alone. */
async function requireFree(deps: ArmDeps, tx: Tx, place: ItemPlace): Promise<void> {
  const holds: FaultDetail[] = [];
  for (const type of deps.registry.descendantsOf(place.type)) holds.push(...((await type.heldBy?.(tx, place.key)) ?? []));
  const [first] = holds;
  if (first === undefined) return;
  if (place.root !== 'group') throw new Fault('conflict', first.code, first.message, { target: place.id, details: holds });
  const names = holds.flatMap(({ target }) => (target === undefined ? [] : [`'${target}'`])).join(',');
  throw new Fault('conflict', 'ResourceGroupDeletionBlocked', `Deletion of resource group '${place.name}' did not succeed as resources with identifiers ${names} are already in use.`, {
    target: place.id,
    details: holds,
  });
}

/** The last step of every delete: the resource itself, whose descendants are gone. */
export async function removeRoot(deps: ArmDeps, tx: Tx, ctx: Context, type: AnyResourceType, resource: ResourceRecord, how: Removal, by?: Operation): Promise<void> {
  await removeBatch(deps, tx, ctx, [resource], how);
  await recordActivity(tx, ctx, { key: resource.key, id: resource.id, action: permissionOf(type, 'delete'), status: 'Succeeded', by });
}

/** How the rows of one delete go. */
export interface Removal {
  /** The type whose soft delete they are part of; undefined: for good. */
  readonly soft: AnyResourceType | undefined;
  /** Whether types that survive their parent become recoverable instead. */
  readonly keepsSurvivors: boolean;
  /** One instant for all of one delete: they are recovered together by it. */
  readonly at: Date;
}

export function removalOf(type: AnyResourceType, purge: boolean, at: Date): Removal {
  return { soft: type.softDelete !== undefined && !purge ? type : undefined, keepsSurvivors: !purge, at };
}

/** Which soft-deleted resources go along: none with a soft delete, else all but those that survive. */
export function deletedToo(deps: ArmDeps, how: Removal): DeletedToo {
  if (how.soft !== undefined) return 'skip';
  if (!how.keepsSurvivors) return 'take';
  return { except: deps.registry.types.filter((type) => survivorOf(type) !== undefined).map((type) => type.type.toLowerCase()) };
}

/** Removes these rows with their hooks. */
export async function removeBatch(deps: ArmDeps, tx: Tx, ctx: Context, batch: readonly ResourceRecord[], how: Removal): Promise<void> {
  const gone: string[] = [];
  for (const resource of batch) {
    const type = deps.registry.typeNamed(resource.type);
    const keeper = keeperOf(type, how);
    await type.onDelete?.(tx, ctx, resource, keeper === undefined ? 'removed' : 'softDeleted');
    if (keeper === undefined) gone.push(resource.key);
    else await hide(tx, ctx, resource, type, keeper, how.at);
  }
  await deleteResources(tx, gone);
}

/** The type by whose soft delete a resource of this type stays recoverable; undefined: it goes for good. */
function keeperOf(type: AnyResourceType, how: Removal): AnyResourceType | undefined {
  if (how.soft === undefined) return how.keepsSurvivors ? survivorOf(type) : undefined;
  return how.soft.softDelete?.loses?.some((lost) => lost.toLowerCase() === type.type.toLowerCase()) === true ? undefined : how.soft;
}

async function hide(tx: Tx, ctx: Context, resource: ResourceRecord, type: AnyResourceType, keeper: AnyResourceType, at: Date): Promise<void> {
  const lifeMs = (keeper.softDelete?.daysOf?.(resource) ?? keeper.softDelete?.days ?? 0) * 86_400_000;
  await softDeleteResources(tx, [resource.key], at, new Date(at.getTime() + lifeMs));
  if (type !== keeper) return;
  await enqueueWork(tx, { kind: 'arm.purge', payload: { key: resource.key }, correlationId: ctx.correlationId, dedupeKey: resource.key, delayMs: lifeMs + 1_000 });
}

/** Removes soft-deleted resources for good, with everything below: what had to be taken down was, when they were deleted. False when there is none. */
export async function purgeResource(deps: ArmDeps, ctx: Context, key: string, isDue: (resource: ResourceRecord) => boolean): Promise<boolean> {
  return deps.database.transaction(async (tx) => {
    const resource = await findResource(tx, key, { includeDeleted: true });
    if (resource?.deletedAt === undefined || !isDue(resource)) return false;
    let batch = await takeDescendants(tx, key, BATCH, 'take');
    while (batch.length > 0) {
      await purgeBatch(deps, tx, ctx, batch);
      batch = await takeDescendants(tx, key, BATCH, 'take');
    }
    await purgeBatch(deps, tx, ctx, [resource]);
    await recordActivity(tx, ctx, { key, id: resource.id, action: permissionOf(deps.registry.typeNamed(resource.type), 'delete'), status: 'Succeeded', detail: { purged: true } });
    return true;
  });
}

async function purgeBatch(deps: ArmDeps, tx: Tx, ctx: Context, batch: readonly ResourceRecord[]): Promise<void> {
  for (const resource of batch) await deps.registry.typeNamed(resource.type).onDelete?.(tx, ctx, resource, 'removed');
  await deleteResources(
    tx,
    batch.map((resource) => resource.key),
  );
}

/** The type itself or the nearest ancestor that stays recoverable when what encloses it goes. */
function survivorOf(type: AnyResourceType): AnyResourceType | undefined {
  if (type.softDelete?.survivesParent === true) return type;
  return type.parent === undefined ? undefined : survivorOf(type.parent);
}
