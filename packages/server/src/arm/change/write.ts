// Write: the one way a resource comes into being or changes. PUT, PATCH and the server's own writes end here.
//
//   load (own row + ancestors) > preconditions > draft > same as stored? > transaction { parent held, compare-and-set,
//   operation + work, onWrite, activity }     lost the race > from the beginning
//   an update with which nothing else is written: one statement, shared with others that come at the same time

import { randomUUID } from 'node:crypto';
import type { Context } from '#kernel/context.ts';
import { Fault, isFault } from '#kernel/faults.ts';
import { type JsonObject, jsonEqual } from '#kernel/json.ts';
import type { Tx } from '#storage/database.ts';
import { findRunningOperation, insertOperation, type NewOperation } from '#storage/operation-store.ts';
import { isBusy, type ResourceRecord } from '#storage/resource-record.ts';
import { insertResource, lockResource, recoverResources, type ResourceWrite, updateResource } from '#storage/resource-store.ts';
import { updateResourceAlone } from '#storage/resource-update-store.ts';
import { enqueueWork } from '#storage/work-store.ts';
import type { ArmDeps } from '../deps.ts';
import { makeDraft } from '../body/draft.ts';
import type { Foreseen } from '../body/foreseen.ts';
import type { Place } from '../address/place.ts';
import { isRowless } from './built-in.ts';
import { loadPlace } from './existence.ts';
import { beingDeleted, operationInProgress, resourceNotFound } from '../faults.ts';
import { activityOf, type Entry, recordActivity, systemDataOf } from './journal.ts';
import { newOperation } from '../operation.ts';
import { permissionOf } from '../permission.ts';
import { checkPreconditions, type Preconditions } from './preconditions.ts';
import type { AssignedPolicy } from '#storage/policy-store.ts';
import { findAssigned, passPolicies } from '../policy/gate.ts';
import { requireUnlocked } from './locks.ts';
import type { ItemPlace } from '../registry.ts';
import type { Draft } from '../resource-type.ts';
import { openSecrets, type Secrets, sealSecrets, splitSecrets } from '../body/secrets.ts';

export interface WriteInput extends Preconditions {
  readonly place: ItemPlace;
  readonly body: unknown;
  readonly isPatch: boolean;
  readonly query: URLSearchParams;
  readonly readOnly?: JsonObject | undefined;
  readonly tx?: Tx | undefined;
  /** The server's own: what it keeps in `properties` of a resource that is there is no matter of policies. */
  readonly isOwn?: boolean;
  /** A caller's: locks hold it. */
  readonly obeysLocks?: boolean;
}

export interface Written {
  readonly resource: ResourceRecord;
  readonly isCreated: boolean;
  readonly operation: NewOperation | undefined;
}

export interface Rehearsal {
  /** A group that is not there yet is made first. */
  readonly isGroupComing?: boolean | undefined;
  /** It waits for others that are made first: what encloses it may be missing. */
  readonly foreseen?: Foreseen | undefined;
}

interface Plan {
  readonly place: ItemPlace;
  readonly desired: Draft<JsonObject>;
  /** Its secrets; sealed before the transaction, for the key may lie in a vault. */
  readonly sealed: Buffer | undefined;
  /** What compare-and-set compares with: the living or the soft-deleted row. */
  readonly current: ResourceRecord | undefined;
  readonly isRecovery: boolean;
  readonly provisions: boolean;
  /** What policies that only audit say of it. */
  readonly audits: readonly Entry[];
}

const MAX_RACES = 20;

/** Does not authorise. Identical to what is stored: nothing is written. */
export async function writeResource(deps: ArmDeps, ctx: Context, input: WriteInput): Promise<Written> {
  for (let race = 0; race < MAX_RACES; race += 1) {
    const planned = await planWrite(deps, ctx, input);
    if ('resource' in planned) return planned;
    const written = await commitPlan(deps, ctx, input.tx, planned);
    if (written !== 'raced') return written;
    if (input.tx !== undefined) break;
  }
  throw new Fault('conflict', 'Conflict', `'${input.place.id}' is being changed by others at the same time. Try again.`, { target: input.place.id });
}

interface Drafted {
  readonly living: ResourceRecord | undefined;
  readonly current: ResourceRecord | undefined;
  readonly currentSecrets: Secrets;
  readonly draft: Draft<JsonObject>;
  readonly isRecovery: boolean;
  /** The parent has to be made first. */
  readonly createsParent: boolean;
  /** Undefined: not asked for yet. */
  readonly policies: readonly AssignedPolicy[] | undefined;
}

/** Throws what a write would be refused with, and writes nothing. */
export async function rehearseWrite(deps: ArmDeps, ctx: Context, input: WriteInput, rehearsal: Rehearsal): Promise<void> {
  const { place } = input;
  const { living, draft, policies = [] } = await draftWrite(deps, ctx, input, rehearsal);
  if (living !== undefined && isBusy(living)) throw operationInProgress(living.id, living.provisioningState);
  const { properties } = splitSecrets(draft.properties, place.type.secrets ?? []);
  await passPolicies(deps, ctx, deps.database.sql, place, { ...draft, properties }, policies, rehearsal.foreseen !== undefined);
}

/** Loads, checks what can be checked before the body, and makes the draft. */
async function draftWrite(deps: ArmDeps, ctx: Context, input: WriteInput, rehearsal: Rehearsal = {}): Promise<Drafted> {
  const { place } = input;
  const { type } = place;
  const db = input.tx ?? deps.database.sql;
  // Why at once: each waits for a statement that others share.
  const [loaded, policies] = await Promise.all([
    loadPlace(ctx, db, place),
    input.isOwn === true ? undefined : findAssigned(db, place),
    input.obeysLocks === true ? requireUnlocked(db, 'write', place) : undefined,
  ]);
  const createsParent = type.createsParent !== undefined && !input.isPatch && loaded.lacksOnlyParent();
  const isInComingGroup = rehearsal.isGroupComing === true && place.parent?.root === 'group' && loaded.lacksOnlyParent();
  if (!createsParent && !isInComingGroup && rehearsal.foreseen === undefined) loaded.checkAncestors();
  if (input.isOwn !== true) loaded.admit(type);
  const living = loaded.resource;
  if (living?.etag === 'built-in') throw new Fault('conflict', 'ResourceIsBuiltIn', `'${living.id}' is built in and cannot be changed.`, { target: living.id });
  checkPreconditions(input, living);
  if (living === undefined && input.isPatch) throw resourceNotFound(place);
  loaded.checkAncestorsStay();
  if (living?.provisioningState === 'Deleting') throw beingDeleted(place);
  if (living === undefined) checkName(place);

  const current = living ?? loaded.deleted;
  const currentSecrets = await openSecrets(deps.seals, current);
  const draft = await makeDraft(ctx, { ...input, current, currentSecrets, readOnly: input.readOnly, store: deps.store, foreseen: rehearsal.foreseen });
  const isRecovery = living === undefined && loaded.deleted !== undefined;
  if (isRecovery && type.softDelete?.recoverWhen?.(draft) !== true) throw softDeleted(loaded.deleted);
  return { living, current, currentSecrets, draft, isRecovery, createsParent, policies };
}

async function planWrite(deps: ArmDeps, ctx: Context, input: WriteInput): Promise<Plan | Written> {
  const { place } = input;
  const { type } = place;
  const db = input.tx ?? deps.database.sql;
  const { living, current, currentSecrets, draft, isRecovery, createsParent, policies } = await draftWrite(deps, ctx, input);
  const { properties, secrets } = splitSecrets(draft.properties, type.secrets ?? []);
  const desired = { ...draft, properties };
  const isSame = current !== undefined && !isRecovery && isSameContent(desired, current) && jsonEqual(secrets, currentSecrets);
  const hasFailed = current?.provisioningState === 'Failed' || current?.provisioningState === 'Canceled';
  if (isSame && !(hasFailed && type.provision !== undefined)) {
    const operation = isBusy(current) ? await findRunningOperation(db, current.key) : undefined;
    return { resource: current, isCreated: false, operation };
  }
  if (living !== undefined && isBusy(living)) throw operationInProgress(living.id, living.provisioningState);
  const changesMatter = current === undefined || hasFailed || !jsonEqual(properties, current.properties) || !jsonEqual(secrets, currentSecrets);
  const isOwnMatter = input.isOwn === true && living !== undefined && isSameContent({ ...desired, properties: living.properties }, living);
  const audits = isOwnMatter ? [] : await passPolicies(deps, ctx, db, place, desired, policies ?? (await findAssigned(db, place)));
  if (createsParent) await createParent(deps, ctx, input, draft);
  const provisions = type.provision !== undefined && (type.provision.when?.({ desired: draft, current, query: input.query }) ?? changesMatter);
  return { place, desired, sealed: await sealSecrets(deps.seals, place.key, secrets), current, isRecovery, provisions, audits };
}

/** The parent that the type makes by itself, unless somebody made it meanwhile. */
async function createParent(deps: ArmDeps, ctx: Context, { place, tx }: WriteInput, draft: Draft<unknown>): Promise<void> {
  const { parent, type } = place;
  if (parent?.type === undefined || type.createsParent === undefined) return;
  const body = type.createsParent(draft);
  await writeResource(deps, ctx, { place: { ...parent, type: parent.type }, body, isPatch: false, query: new URLSearchParams(), ifNoneMatch: '*', tx }).catch((error: unknown) => {
    if (!isFault(error, 'precondition')) throw error;
  });
}

function commitPlan(deps: ArmDeps, ctx: Context, tx: Tx | undefined, plan: Plan): Promise<Written | 'raced'> {
  if (tx !== undefined) return commitWrite(deps, tx, ctx, plan);
  const { current, desired } = plan;
  const { type } = plan.place;
  const isAlone = current !== undefined && !plan.isRecovery && !plan.provisions && plan.audits.length === 0 && (type.onWrite === undefined || type.needsOnWrite?.({ desired, current }) === false);
  if (isAlone) return commitUpdate(deps, ctx, plan, current);
  return deps.database.transaction((own) => commitWrite(deps, own, ctx, plan));
}

/** An update that nothing else belongs to. */
async function commitUpdate(deps: ArmDeps, ctx: Context, plan: Plan, current: ResourceRecord): Promise<Written | 'raced'> {
  const { place, desired } = plan;
  const activity = activityOf(ctx, { key: current.key, id: current.id, action: permissionOf(place.type, 'write'), status: 'Succeeded' });
  const resource = await updateResourceAlone(deps.database.sql, { content: desired, current, write: writeOf(ctx, plan), activity });
  return resource === undefined ? 'raced' : { resource, isCreated: false, operation: undefined };
}

function writeOf(ctx: Context, { current, sealed, provisions, isRecovery }: Plan): ResourceWrite {
  return {
    etag: randomUUID(),
    provisioningState: provisions ? (current === undefined || isRecovery ? 'Creating' : 'Updating') : 'Succeeded',
    systemData: systemDataOf(ctx, current?.systemData),
    sealed,
    at: new Date(ctx.clock.now()),
  };
}

async function commitWrite(deps: ArmDeps, tx: Tx, ctx: Context, plan: Plan): Promise<Written | 'raced'> {
  const { place, desired, current, provisions } = plan;
  const { type, parent } = place;
  const isCreated = current === undefined || plan.isRecovery;
  // Why: held until commit, so that no child appears under a parent that is being deleted.
  const enclosing = nearestRow(parent);
  if (isCreated && enclosing !== undefined) {
    const held = await lockResource(tx, enclosing.key, 'share');
    if (held === undefined || held.provisioningState === 'Deleting') return 'raced';
  }
  if (plan.isRecovery && (await recoverResources(tx, place.key)) === undefined) return 'raced';
  const write = writeOf(ctx, plan);
  const resource = current === undefined ? await insertResource(tx, desired, write) : await updateResource(tx, desired, current.etag, write);
  if (resource === undefined) {
    // Why: a joined transaction must not go on with a recovered but unwritten row.
    if (plan.isRecovery) throw new Fault('conflict', 'Conflict', `'${place.id}' was changed while it was recovered. Try again.`, { target: place.id });
    return 'raced';
  }
  const operation = provisions ? newOperation(ctx, resource, 'write') : undefined;
  if (operation !== undefined) {
    await insertOperation(tx, operation);
    await enqueueWork(tx, { kind: 'arm.provision', payload: { key: resource.key, operationId: operation.id }, correlationId: ctx.correlationId });
  }
  for (const audit of plan.audits) await recordActivity(tx, ctx, audit);
  await type.onWrite?.(tx, ctx, { resource, previous: plan.isRecovery ? undefined : current, store: deps.store });
  await recordActivity(tx, ctx, { key: resource.key, id: resource.id, action: permissionOf(type, 'write'), status: provisions ? 'Accepted' : 'Succeeded' });
  return { resource, isCreated, operation };
}

/** What encloses it and has a row. */
function nearestRow(place: Place | undefined): Place | undefined {
  if (place?.type === undefined) return undefined;
  return isRowless(place.type) ? nearestRow(place.parent) : place;
}

function checkName(place: ItemPlace): void {
  const { type, name } = place;
  if (type.name.test(name)) return;
  const noun = type.type.split('/').at(-1) ?? 'resource';
  throw new Fault('invalid', 'InvalidResourceName', `The name '${name.slice(0, 100)}' is not valid for ${noun}. A name ${type.nameRule}.`, { target: 'name' });
}

function isSameContent(desired: Draft<JsonObject>, current: ResourceRecord): boolean {
  return (
    desired.location === current.location &&
    desired.kind === current.kind &&
    jsonEqual(desired.tags, current.tags) &&
    jsonEqual(desired.sku, current.sku) &&
    jsonEqual(desired.identity, current.identity) &&
    jsonEqual(desired.members, current.members) &&
    jsonEqual(desired.properties, current.properties)
  );
}

function softDeleted(resource: ResourceRecord | undefined): Fault {
  const until = resource?.purgeAt === undefined ? '' : ` until ${resource.purgeAt.toISOString()}`;
  return new Fault('conflict', 'ResourceSoftDeleted', `'${resource?.id ?? ''}' was deleted and can be recovered${until}. Recover or purge it before using its name again.`, {
    target: resource?.id ?? '',
  });
}
