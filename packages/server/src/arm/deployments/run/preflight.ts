// Preflight: what the resources of a deployment would be refused with, before anything is made. Each is checked as the PUT
// that it stands for; what waits for others in the template, as far as it cannot turn out otherwise.

import type { Context } from '#kernel/context.ts';
import { Fault, type FaultDetail, isFault } from '#kernel/faults.ts';
import { stringAt } from '#kernel/json.ts';
import { type Foreseen, touches } from '../../body/foreseen.ts';
import { isFinal } from '../../operation.ts';
import type { CheckOptions, Resources } from '../../resources.ts';
import { memberOf } from '../language/call.ts';
import { INVALID_DEPLOYMENT, invalidDeployment } from '../language/faults.ts';
import { RuntimeNeeded } from '../language/scope.ts';
import { evaluateValue } from '../template/evaluate-value.ts';
import { scopeInside } from '../template/plan.ts';
import { DEPLOYMENT_TYPE, type PlannedResource } from '../template/planned-resource.ts';
import { resourceBody } from '../template/resource-body.ts';
import { concealer } from '../template/secure-values.ts';
import { acceptDeployment, type AcceptDeps, type Accepted, type DeploymentRequest } from './accept.ts';
import { MAX_DEPTH, nestedRequest, unread } from './nested.ts';
import { type PartialBody, partialBody } from './partial-body.ts';
import { runtimeScope } from './source.ts';
import { BUSY } from './steps.ts';
import { unknownTypesWithin } from './known-types.ts';

const AT_ONCE = 8;
const LEVELS = ['Template', 'Provider', 'ProviderNoRbac'] as const;
type Level = (typeof LEVELS)[number];

/** Throws `InvalidTemplateDeployment` with a detail for each resource that would be refused. */
export async function checkDeployment(deps: AcceptDeps, ctx: Context, store: Resources, request: DeploymentRequest): Promise<Accepted> {
  const accepted = await acceptDeployment(deps, ctx, request);
  const details = await preflight(deps, ctx, store, request, accepted);
  if (details.length > 0) throw invalidDeployment(details);
  return accepted;
}

export async function preflight(deps: AcceptDeps, ctx: Context, store: Resources, request: DeploymentRequest, accepted: Accepted): Promise<readonly FaultDetail[]> {
  const level = levelOf(request);
  return level === 'Template' ? [] : checkAll({ deps, ctx, store, level }, accepted, { depth: 0, isPending: false, isGroupComing: request.comingGroup !== undefined });
}

/** Source: schemas/types/2025-04-01/Microsoft.Resources.deployments.types.json (validationLevel). */
function levelOf({ properties }: DeploymentRequest): Level {
  const given = memberOf(properties, 'validationLevel') ?? 'Provider';
  const level = LEVELS.find((known) => typeof given === 'string' && known.toLowerCase() === given.toLowerCase());
  if (level !== undefined) return level;
  throw new Fault('invalid', 'InvalidValidationLevel', `The validation level '${String(given).slice(0, 40)}' is not valid; accepted: ${LEVELS.join(', ')}.`, { target: 'properties.validationLevel' });
}

interface Run {
  readonly deps: AcceptDeps;
  readonly ctx: Context;
  readonly store: Resources;
  readonly level: Level;
}

interface Around {
  readonly depth: number;
  /** The deployment waits for others itself. */
  readonly isPending: boolean;
  readonly isGroupComing: boolean;
}

async function checkAll(run: Run, accepted: Accepted, around: Around): Promise<readonly FaultDetail[]> {
  const wanted = accepted.plan.resources.filter(({ isWanted, isExisting }) => isWanted && !isExisting);
  const found: FaultDetail[] = [];
  for (let start = 0; start < wanted.length; start += AT_ONCE) {
    const details = await Promise.all(wanted.slice(start, start + AT_ONCE).map((member) => check(run, accepted, member, around)));
    found.push(...details.flat());
  }
  return concealed(found, concealer(accepted.source));
}

/** Messages quote values. */
function concealed(details: readonly FaultDetail[], conceal: ReturnType<typeof concealer>): readonly FaultDetail[] {
  return details.map((detail) => ({ ...detail, message: String(conceal(detail.message)), ...(detail.details === undefined ? {} : { details: concealed(detail.details, conceal) }) }));
}

async function check(run: Run, accepted: Accepted, member: PlannedResource, around: Around): Promise<readonly FaultDetail[]> {
  const { ctx, store } = run;
  let unknown: readonly string[] = [];
  try {
    const known = await bodyOf(accepted, member);
    unknown = known.unknown;
    const isPending = around.isPending || waits(accepted, member, known);
    const foreseen: Foreseen | undefined = isPending || unknown.length > 0 ? { unknown } : undefined;
    const isNested = member.type.toLowerCase() === DEPLOYMENT_TYPE;
    if (isNested && unknown.length > 0) return checkModule(run, accepted, member);
    if (isNested) return await checkNested(run, accepted, member, known, { ...around, isPending });
    await store.check(ctx, member.id, known.body, { ...howOf(run, member, around), ...(foreseen === undefined ? {} : { foreseen }) });
    return [];
  } catch (error) {
    if (!isFinal(error)) throw error;
    if (touches(unknown, error.target) || (error.kind === 'conflict' && BUSY.has(error.code))) return [];
    // Why: what is wrong inside a module is told without the sentence that something is.
    return error.code === INVALID_DEPLOYMENT && error.details.length > 0 ? error.details : [detailOf(error, member)];
  }
}

function howOf({ level }: Run, { apiVersion }: PlannedResource, { isGroupComing }: Around): CheckOptions {
  return { apiVersion, isGroupComing, ...(level === 'ProviderNoRbac' ? { as: 'system' as const } : {}) };
}

/** Source of the shape: Azure names the resource in `target`, and what is wrong with its body below it. */
function detailOf(fault: Fault, { id }: PlannedResource): FaultDetail {
  const { code, message, details, additionalInfo } = fault;
  return { code, message, target: id, ...(details.length === 0 ? {} : { details }), ...(additionalInfo.length === 0 ? {} : { additionalInfo }) };
}

async function checkNested(run: Run, accepted: Accepted, member: PlannedResource, { body }: PartialBody, around: Around): Promise<readonly FaultDetail[]> {
  const { deps, ctx, store } = run;
  const location = stringAt(body, 'location');
  // Why without its properties: they are checked as a deployment of their own.
  await store.check(ctx, member.id, { properties: {}, ...(location === undefined ? {} : { location }) }, { ...howOf(run, member, around), foreseen: { unknown: ['properties'] } });
  if (around.depth >= MAX_DEPTH) return [];
  const request = nestedRequest(accepted, member, body);
  try {
    const inner = await acceptDeployment(deps, ctx, request);
    return await checkAll(run, inner, { depth: around.depth + 1, isPending: around.isPending, isGroupComing: request.comingGroup !== undefined });
  } catch (error) {
    // Why: the group may be made by what it waits for.
    if (around.isPending && isFault(error, 'notFound')) return [];
    throw error;
  }
}

/** Of a module that is given what is read later, the types are known. */
function checkModule({ deps }: Run, { source, plan }: Accepted, member: PlannedResource): readonly FaultDetail[] {
  const { name, declared } = member;
  return unknownTypesWithin(deps, { name, source: declared.source, path: declared.path }, scopeInside(runtimeScope(source, plan, unread), member));
}

async function bodyOf({ source, plan }: Accepted, member: PlannedResource): Promise<PartialBody> {
  const scope = scopeInside(runtimeScope(source, plan, unread), member);
  try {
    return { body: resourceBody(member, scope), unknown: [] };
  } catch (error) {
    if (!(error instanceof RuntimeNeeded)) throw error;
  }
  if (member.type.toLowerCase() === DEPLOYMENT_TYPE) return { body: {}, unknown: ['properties'] };
  return partialBody(
    member,
    async (value) => evaluateValue(value, scope, member.declared.path),
    (error) => error instanceof RuntimeNeeded,
  );
}

/** For something else that the template makes or changes: it says so, or names it in its body. */
function waits({ plan }: Accepted, member: PlannedResource, { body }: PartialBody): boolean {
  const text = JSON.stringify(body).toLowerCase();
  return plan.resources.some((other) => other.key !== member.key && other.isWanted && !other.isExisting && (member.dependsOn.includes(other.key) || text.includes(other.id.toLowerCase())));
}
