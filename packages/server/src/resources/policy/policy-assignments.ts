// Policy assignments: which definition holds at a scope and below it. What they keep from being written is in arm/policy/gate.ts.
// Source: Azure Policy REST, Policy Assignments, 2023-04-01.

import { Type } from 'typebox';
import { invalidFilter, pageSizeOf, parseODataFilter, queryValue, tokenOf } from '#arm/list-query.ts';
import { defineResourceType } from '#arm/resource-type.ts';
import { Fault } from '#kernel/faults.ts';
import { type JsonObject, objectAt } from '#kernel/json.ts';
import { scopesAt } from '#storage/child-store.ts';
import { listResources, type ResourceFilter } from '#storage/resource-list-store.ts';
import { findBuiltInPolicy } from './built-in-policies.ts';
import { checkGiven } from './policy-parameters.ts';

export const POLICY_ASSIGNMENTS = 'Microsoft.Authorization/policyAssignments';
const DEFINITION = { in: 'properties', path: ['policyDefinitionId'] } as const;

export const policyAssignments = defineResourceType({
  type: POLICY_ASSIGNMENTS,
  scope: 'any',
  kind: 'proxy',
  envelope: { location: 'optional' },
  apiVersions: { since: '2015-10-01' },
  name: /^[^<>*%&:\\?.+/]{0,63}[^<>*%&:\\?.+/ ]$/,
  nameRule: 'has 1 to 64 characters other than < > * % & : \\ ? . + /, and does not end with a space',
  hasProvisioningState: false,
  answersDeleted: true,
  updatedStatus: 201,
  properties: Type.Object({
    policyDefinitionId: Type.String({ minLength: 1 }),
    displayName: Type.Optional(Type.String({ maxLength: 128 })),
    description: Type.Optional(Type.String({ maxLength: 512 })),
    scope: Type.Optional(Type.String()),
    notScopes: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { maxItems: 400 })),
    parameters: Type.Optional(Type.Record(Type.String(), Type.Object({ value: Type.Unknown() }))),
    metadata: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    enforcementMode: Type.Enum(['Default', 'DoNotEnforce'], { default: 'Default' }),
    nonComplianceMessages: Type.Optional(Type.Array(Type.Object({ message: Type.String({ minLength: 1 }), policyDefinitionReferenceId: Type.Optional(Type.String()) }), { maxItems: 1000 })),
    definitionVersion: Type.Optional(Type.String()),
  }),
  readOnly: ['/scope'],
  immutable: ['/policyDefinitionId'],
  filters: { policyDefinitionId: { equals: '/policyDefinitionId' } },
  refuses: [
    { at: '/resourceSelectors', code: 'PolicyAssignmentSelectorsNotSupported', why: 'resource selectors are not evaluated by this server. Use notScopes instead.' },
    { at: '/overrides', code: 'PolicyAssignmentOverridesNotSupported', why: 'overrides of effects are not evaluated by this server. Give the effect as a parameter instead.' },
  ],
  async prepare(_ctx, { desired, store, reject }) {
    const { policyDefinitionId } = desired.properties;
    const scope = desired.id.slice(0, desired.id.toLowerCase().lastIndexOf('/providers/microsoft.authorization/'));
    if (scope === '') reject('id', 'policies are assigned at a subscription, a resource group or a resource.', 'InvalidPolicyAssignmentScope');
    if (/\/policySetDefinitions\//i.test(policyDefinitionId))
      throw new Fault('invalid', 'PolicySetDefinitionsNotSupported', `'${policyDefinitionId.slice(0, 300)}' is an initiative; this server assigns single policy definitions.`, {
        target: 'properties.policyDefinitionId',
      });
    const isDefinition = /\/providers\/Microsoft\.Authorization\/policyDefinitions\/[^/]+$/i.test(policyDefinitionId);
    const definition = findBuiltInPolicy(policyDefinitionId) ?? (isDefinition ? await store.find(policyDefinitionId) : undefined);
    if (definition === undefined)
      throw new Fault('notFound', 'PolicyDefinitionNotFound', `The policy definition '${policyDefinitionId.slice(0, 300)}' could not be found.`, { target: 'properties.policyDefinitionId' });
    const given: JsonObject = JSON.parse(JSON.stringify(desired.properties.parameters ?? {}));
    checkGiven(objectAt(definition.properties, 'parameters'), given, definition.name, reject);
    return { ...desired, properties: { ...desired.properties, policyDefinitionId: definition.id ?? policyDefinitionId, scope } };
  },
  // Azure: a list has what holds at the scope, and without atScope() also what is assigned below it.
  members: async (_ctx, { parentId, query, store, db }) => {
    const parentKey = parentId === '' ? '' : store.keyOf(parentId);
    const text = queryValue(query, '$filter')?.trim() ?? '';
    const filters: ResourceFilter[] = [];
    let reach: 'exact' | 'above' | 'all' = 'all';
    for (const term of text === '' ? [] : parseODataFilter(text)) {
      if ('call' in term && term.call === 'atscope') reach = 'above';
      else if ('call' in term && term.call === 'atexactscope') reach = 'exact';
      else if ('field' in term && term.field === 'policydefinitionid' && 'equals' in term) filters.push({ target: DEFINITION, oneOf: term.equals });
      else throw invalidFilter(text, "accepted: atScope(), atExactScope(), policyDefinitionId eq '{id}'");
    }
    const after = tokenOf(query);
    return listResources(db, {
      types: [POLICY_ASSIGNMENTS.toLowerCase()],
      within: reach === 'exact' ? { parentKey } : { atOrAbove: scopesAt(parentKey), ...(reach === 'all' ? { orBelow: parentKey } : {}) },
      filters,
      limit: pageSizeOf(query, ['$top'], 100),
      ...(after === undefined ? {} : { after }),
    });
  },
});
