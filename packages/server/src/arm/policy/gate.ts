// The gate that every write passes, whoever makes it: the policies assigned at the scope of a resource and above it.
// Source: Azure Policy, "Policy effects: deny, audit, disabled"; observed: RequestDisallowedByPolicy.

import type { Context } from '#kernel/context.ts';
import { Fault, isFault } from '#kernel/faults.ts';
import { isJsonObject, type Json, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { Sql } from '#storage/database.ts';
import { type AssignedPolicy, findPolicyAssignments } from '#storage/policy-store.ts';
import type { ResourceContent, ResourceRecord } from '#storage/resource-record.ts';
import { findResources } from '#storage/resource-store.ts';
import { memberRules } from '../body/envelope-members.ts';
import { builtInAt } from '../change/built-in.ts';
import type { Entry } from '../change/journal.ts';
import type { ArmDeps } from '../deps.ts';
import type { ItemPlace } from '../registry.ts';
import { evaluateCondition, type Verdict } from './evaluate.ts';
import { type PolicyParameters, resolveValue } from './expression.ts';
import type { PolicySubject } from './field.ts';
import { isList, readEffect, readRule } from './rule.ts';

const GROUPS = 'Microsoft.Resources/subscriptions/resourceGroups';
/** Never judged, so that a policy cannot keep anybody from mending policies, or from deploying. */
const EXEMPT = /^microsoft\.(?:authorization\/(?:policy|locks)|resources\/(?:deployments|tags))/i;

interface Violation {
  readonly assignment: AssignedPolicy;
  readonly definition: ResourceRecord;
  readonly effect: 'deny' | 'audit';
  readonly evaluated: readonly JsonObject[];
}

/** Those that judge the place, and what is below it. */
export async function findAssigned(db: Sql, place: ItemPlace): Promise<readonly AssignedPolicy[]> {
  if (EXEMPT.test(place.type.type)) return [];
  return (await findPolicyAssignments(db, place.key)).filter((assignment) => applies(assignment, place.key));
}

/**
 * Throws `forbidden`/`RequestDisallowedByPolicy` when a policy denies the resource as it would be stored; answers what
 * policies that only audit have to tell the activity log. `isForeseen`: the resource is not complete yet; only what
 * cannot turn out otherwise counts.
 */
export async function passPolicies(
  deps: Pick<ArmDeps, 'registry'>,
  ctx: Context,
  db: Sql,
  place: ItemPlace,
  desired: ResourceContent,
  assignments: readonly AssignedPolicy[],
  isForeseen = false,
): Promise<readonly Entry[]> {
  if (assignments.length === 0) return [];
  const definitions = await loadDefinitions(deps, ctx, db, assignments);
  const subject = subjectOf(place, desired);
  const violations = assignments.flatMap((assignment) => {
    const definition = definitions.get(stringAt(assignment.properties, 'policyDefinitionId')?.toLowerCase() ?? '');
    const found = definition === undefined || !isJudged(place, definition) ? undefined : judge(assignment, definition, subject);
    return found === undefined ? [] : [found];
  });
  const denials = violations.filter((violation) => violation.effect === 'deny' && (!isForeseen || isSure(violation)));
  if (denials.length > 0) throw disallowed(subject, denials);
  return violations.map((violation) => ({
    key: place.key,
    id: desired.id,
    action: 'Microsoft.Authorization/policies/audit/action',
    status: 'Succeeded',
    detail: { policies: [identify(violation)] },
  }));
}

/** Whether it says nothing of a property that has no value yet, or that of an expression. */
function isSure({ evaluated }: Violation): boolean {
  return evaluated.every(({ expressionKind, expression, expressionValue: value }) => {
    if (expressionKind !== 'Field') return expressionKind === 'Value';
    return String(expression).includes('/') ? value !== undefined && !isUnevaluated(value) : !isUnevaluated(value);
  });
}

function isUnevaluated(value: Json | undefined): boolean {
  // Why an empty list: what has no members yet may get some.
  if (isList(value)) return value.length === 0 || value.some(isUnevaluated);
  return typeof value === 'string' && value.startsWith('[');
}

function applies({ properties }: AssignedPolicy, key: string): boolean {
  if (stringAt(properties, 'enforcementMode')?.toLowerCase() === 'donotenforce') return false;
  const notScopes = properties['notScopes'];
  return !(isList(notScopes) && notScopes.some((scope) => `${key}/`.startsWith(`${String(scope).toLowerCase().replace(/\/$/, '')}/`)));
}

async function loadDefinitions(deps: Pick<ArmDeps, 'registry'>, ctx: Context, db: Sql, assignments: readonly AssignedPolicy[]): Promise<ReadonlyMap<string, ResourceRecord>> {
  const ids = new Set(assignments.map(({ properties }) => stringAt(properties, 'policyDefinitionId')?.toLowerCase() ?? ''));
  const places = [...ids].map((id) => ({ id, place: deps.registry.placeOf(id) }));
  const stored = await findResources(
    db,
    places.map(({ place }) => place.key),
  );
  return new Map(places.flatMap(({ id, place }) => [stored.get(place.key) ?? builtInAt(ctx, place)].flatMap((found) => (found === undefined ? [] : [[id, found] as const]))));
}

/** Mode Indexed looks at what has tags and a location only. */
function isJudged(place: ItemPlace, definition: ResourceRecord): boolean {
  if (stringAt(definition.properties, 'mode')?.toLowerCase() === 'all') return true;
  const rules = memberRules(place.type);
  return place.root === undefined && rules.tags && rules.location !== undefined;
}

function subjectOf(place: ItemPlace, desired: ResourceContent): PolicySubject {
  const { id, name, location, kind, tags, sku, identity, properties } = desired;
  return { id, name, nestedName: place.nestedName, type: place.root === 'group' ? GROUPS : place.type.type, location, kind, tags, sku, identity, properties };
}

/** Undefined when the resource is as the policy wants it. */
function judge(assignment: AssignedPolicy, definition: ResourceRecord, subject: PolicySubject): Violation | undefined {
  const parameters = parametersOf(assignment, definition);
  try {
    const rule = readRule(definition.properties['policyRule']);
    const effect = readEffect(resolveValue(rule.effect, parameters));
    if (effect === 'disabled') return undefined;
    const verdict: Verdict = evaluateCondition(rule.when, subject, parameters);
    return verdict.holds ? { assignment, definition, effect, evaluated: verdict.evaluated } : undefined;
  } catch (error) {
    // Azure: a rule that cannot be evaluated denies.
    if (!isFault(error, 'invalid')) throw error;
    return { assignment, definition, effect: 'deny', evaluated: [{ result: 'Error', expressionKind: 'Value', expression: error.message }] };
  }
}

function parametersOf(assignment: AssignedPolicy, definition: ResourceRecord): PolicyParameters {
  const values = new Map<string, Json>();
  for (const [name, declared] of Object.entries(objectAt(definition.properties, 'parameters'))) {
    const fallback = isJsonObject(declared) ? declared['defaultValue'] : undefined;
    if (fallback !== undefined) values.set(name.toLowerCase(), fallback);
  }
  for (const [name, given] of Object.entries(objectAt(assignment.properties, 'parameters'))) {
    const value = isJsonObject(given) ? given['value'] : undefined;
    if (value !== undefined) values.set(name.toLowerCase(), value);
  }
  return values;
}

function disallowed(subject: PolicySubject, violations: readonly Violation[]): Fault {
  const reasons = violations.flatMap(({ assignment }) => reasonsOf(assignment));
  const why = reasons.length === 0 ? `Policy identifiers: '${JSON.stringify(violations.map(identify))}'.` : `Reasons: '${reasons.join("','")}'. See error details for policy resource IDs.`;
  return new Fault('forbidden', 'RequestDisallowedByPolicy', `Resource '${subject.name}' was disallowed by policy. ${why}`, {
    target: subject.name,
    additionalInfo: violations.map((violation) => ({ type: 'PolicyViolation', info: infoOf(violation) })),
  });
}

function reasonsOf({ properties }: AssignedPolicy): readonly string[] {
  const messages = properties['nonComplianceMessages'];
  return isList(messages) ? messages.flatMap((given) => stringAt(given, 'message') ?? []) : [];
}

function identify({ assignment, definition }: Violation): JsonObject {
  const policyAssignment = { name: stringAt(assignment.properties, 'displayName') ?? assignment.name, id: assignment.id };
  return { policyAssignment, policyDefinition: { name: stringAt(definition.properties, 'displayName') ?? definition.name, id: definition.id } };
}

function infoOf({ assignment, definition, effect, evaluated }: Violation): JsonObject {
  const displayName = stringAt(assignment.properties, 'displayName');
  return {
    evaluationDetails: { evaluatedExpressions: evaluated },
    policyDefinitionId: definition.id,
    policyDefinitionName: definition.name,
    policyDefinitionDisplayName: stringAt(definition.properties, 'displayName') ?? definition.name,
    policyDefinitionEffect: effect,
    policyAssignmentId: assignment.id,
    policyAssignmentName: assignment.name,
    ...(displayName === undefined ? {} : { policyAssignmentDisplayName: displayName }),
    policyAssignmentScope: assignment.id.slice(0, assignment.id.toLowerCase().lastIndexOf('/providers/')),
    policyAssignmentParameters: objectAt(assignment.properties, 'parameters'),
  };
}
