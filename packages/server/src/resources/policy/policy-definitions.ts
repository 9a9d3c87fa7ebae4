// Policy definitions: the built-in ones at the tenant, custom ones at the subscription.
// Source: Azure Policy REST, Policy Definitions, 2023-04-01; contracts of the rule in arm/policy/rule.ts.

import { Type } from 'typebox';
import { checkExpression, checkField, EFFECTS, readRule, testsOf } from '#arm/policy.ts';
import { type AnyResourceType, defineResourceType, type Reject } from '#arm/resource-type.ts';
import { Fault, isFault } from '#kernel/faults.ts';
import { isJsonObject, type JsonObject } from '#kernel/json.ts';
import { builtInPolicies } from './built-in-policies.ts';
import { POLICY_ASSIGNMENTS } from './policy-assignments.ts';
import { DeclaredParameters, misfit } from './policy-parameters.ts';

const MODES = ['All', 'Indexed'] as const;

export function policyDefinitions(types: () => readonly AnyResourceType[]) {
  return defineResourceType({
    type: 'Microsoft.Authorization/policyDefinitions',
    scope: 'any',
    kind: 'proxy',
    apiVersions: { since: '2015-10-01' },
    name: /^[^<>*%&:\\?.+/]{0,63}[^<>*%&:\\?.+/ ]$/,
    nameRule: 'has 1 to 64 characters other than < > * % & : \\ ? . + /, and does not end with a space',
    hasProvisioningState: false,
    answersDeleted: true,
    updatedStatus: 201,
    properties: Type.Object({
      displayName: Type.Optional(Type.String({ maxLength: 128 })),
      description: Type.Optional(Type.String({ maxLength: 512 })),
      policyType: Type.Optional(Type.String()),
      mode: Type.Enum([...MODES], { default: 'Indexed' }),
      metadata: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
      parameters: Type.Optional(DeclaredParameters),
      policyRule: Type.Object({ if: Type.Unknown(), then: Type.Unknown() }),
      version: Type.Optional(Type.String()),
      versions: Type.Optional(Type.Array(Type.String())),
    }),
    readOnly: ['/policyType', '/version', '/versions'],
    list: { inherited: true, pageSize: 1_000 },
    builtIn: (_ctx, parentId) => (/^(?:\/subscriptions\/[^/]+)?$/i.test(parentId) ? builtInPolicies : []),
    validate(_ctx, { desired, current, reject }) {
      if (!/^\/subscriptions\/[^/]+\/providers\//i.test(desired.id)) reject('id', 'policy definitions are made at the subscription.', 'InvalidPolicyDefinitionScope');
      if (builtInPolicies.some((policy) => policy.name === desired.name.toLowerCase())) reject('name', `'${desired.name}' is the name of a built-in policy definition; choose another.`);
      const declared: JsonObject = JSON.parse(JSON.stringify(desired.properties.parameters ?? {}));
      for (const [name, declaration] of Object.entries(declared)) {
        const fallback = isJsonObject(declaration) ? declaration['defaultValue'] : undefined;
        const wrong = fallback === undefined || !isJsonObject(declaration) ? undefined : misfit({ ...declaration }, fallback);
        if (wrong !== undefined) reject(`properties.parameters.${name}.defaultValue`, wrong, 'InvalidPolicyParameterValue');
      }
      checkRule(desired.properties.policyRule, declared, types(), reject);
      if (current !== undefined) checkChange(current.properties.parameters ?? {}, declared, reject);
    },
    prepare: async (_ctx, { desired }) => ({ ...desired, properties: { ...desired.properties, policyType: 'Custom', version: '1.0.0', versions: ['1.0.0'] } }),
    async mayDelete(_ctx, { resource, store }) {
      const { items } = await store.listBySubscription(POLICY_ASSIGNMENTS, resource.subscriptionId ?? '', { filters: { policyDefinitionId: resource.id }, top: 5 });
      if (items.length === 0) return;
      throw new Fault('conflict', 'PolicyDefinitionInUse', `The policy definition '${resource.name}' is assigned by ${items.map(({ id }) => `'${id}'`).join(', ')}. Delete the assignments first.`, {
        target: resource.id,
      });
    },
  });
}

function checkRule(policyRule: unknown, declared: JsonObject, types: readonly AnyResourceType[], reject: Reject): void {
  try {
    const rule = readRule(policyRule);
    const names = [rule.effect, ...testsOf(rule.when).flatMap(({ subject, target }) => [subject, target])].flatMap(checkExpression);
    const unknown = names.find((name) => !Object.keys(declared).some((known) => known.toLowerCase() === name.toLowerCase()));
    if (unknown !== undefined) reject('properties.policyRule', `it refers to the parameter '${unknown}', which is not declared.`, 'InvalidPolicyParameters');
    for (const { source, subject } of testsOf(rule.when)) if (source === 'field' && typeof subject === 'string' && !subject.startsWith('[')) checkField(subject, types);
    checkEffectChoices(rule.effect, declared, reject);
  } catch (error) {
    if (!isFault(error, 'invalid')) throw error;
    reject('properties.policyRule', error.message, error.code === 'InvalidTemplate' ? 'InvalidPolicyRule' : error.code);
  }
}

/** An effect by parameter: whatever may be chosen must be carried out. */
function checkEffectChoices(effect: string, declared: JsonObject, reject: Reject): void {
  const name = /^\[parameters\('([^']+)'\)\]$/i.exec(effect)?.[1]?.toLowerCase();
  const declaration = Object.entries(declared).find(([known]) => known.toLowerCase() === name)?.[1];
  const allowed: unknown = isJsonObject(declaration) ? declaration['allowedValues'] : undefined;
  const isCarriedOut = Array.isArray(allowed) && allowed.every((value: unknown) => EFFECTS.some((known) => known === String(value).toLowerCase()));
  if (effect.startsWith('[') && !isCarriedOut) reject('properties.policyRule.then.effect', `an effect by parameter needs allowedValues out of ${EFFECTS.join(', ')}.`, 'InvalidPolicyRule');
}

/** Azure: what is assigned must go on fitting. */
function checkChange(before: JsonObject | Readonly<Record<string, unknown>>, after: JsonObject, reject: Reject): void {
  const removed = Object.keys(before).filter((name) => after[name] === undefined);
  if (removed.length > 0) reject('properties.parameters', `the parameter(s) ${removed.join(', ')} cannot be removed from a definition.`, 'InvalidPolicyParameterUpdate');
  const bare = Object.entries(after).filter(([name, declaration]) => before[name] === undefined && !(isJsonObject(declaration) && declaration['defaultValue'] !== undefined));
  if (bare.length > 0) reject('properties.parameters', `the new parameter(s) ${bare.map(([name]) => name).join(', ')} need a default value.`, 'InvalidPolicyParameterUpdate');
}
