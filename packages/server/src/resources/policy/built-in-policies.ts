// Built-in policy definitions: those about tags, locations and types, by the ids that they have in Azure.
// Source: Azure Policy built-in definitions, categories Tags and General.

import type { BuiltIn } from '#arm/resource-type.ts';
import type { Json, JsonObject } from '#kernel/json.ts';

const GROUP = { field: 'type', equals: 'Microsoft.Resources/subscriptions/resourceGroups' };
const TAG = "[concat('tags[', parameters('tagName'), ']')]";
const tagName = text('Tag Name', "Name of the tag, such as 'environment'");
const tagValue = text('Tag Value', "Value of the tag, such as 'production'");
const places = { type: 'Array', metadata: { displayName: 'Allowed locations', description: 'The locations that may be chosen.', strongType: 'location' } };
const types = { type: 'Array', metadata: { displayName: 'Allowed resource types', description: 'The types that may be deployed.', strongType: 'resourceTypes' } };

export const builtInPolicies: readonly BuiltIn[] = [
  define('871b6d14-10aa-478d-b590-94f262ecfa99', 'Require a tag on resources', 'Tags', 'Indexed', { tagName }, { field: TAG, exists: 'false' }),
  define('1e30110a-5ceb-460c-a204-c1c3969c6d62', 'Require a tag and its value on resources', 'Tags', 'Indexed', { tagName, tagValue }, { not: { field: TAG, equals: "[parameters('tagValue')]" } }),
  define('96670d01-0a4d-4649-9c89-2d3abc0a5025', 'Require a tag on resource groups', 'Tags', 'All', { tagName }, { allOf: [GROUP, { field: TAG, exists: 'false' }] }),
  define(
    '8ce3da23-7156-49e4-b145-24f95f9dcb46',
    'Require a tag and its value on resource groups',
    'Tags',
    'All',
    { tagName, tagValue },
    {
      allOf: [GROUP, { not: { field: TAG, equals: "[parameters('tagValue')]" } }],
    },
  ),
  define(
    'e56962a6-4747-49cd-b67b-bf8b01975c4c',
    'Allowed locations',
    'General',
    'Indexed',
    { listOfAllowedLocations: places },
    {
      allOf: [
        { field: 'location', notIn: "[parameters('listOfAllowedLocations')]" },
        { field: 'location', notEquals: 'global' },
      ],
    },
  ),
  define(
    'e765b5de-1225-4ba3-bd56-1ac6695af988',
    'Allowed locations for resource groups',
    'General',
    'All',
    { listOfAllowedLocations: places },
    {
      allOf: [GROUP, { field: 'location', notIn: "[parameters('listOfAllowedLocations')]" }],
    },
  ),
  define(
    'a08ec900-254a-4555-9bf5-e42af04b5c5c',
    'Allowed resource types',
    'General',
    'Indexed',
    { listOfResourceTypesAllowed: types },
    { field: 'type', notIn: "[parameters('listOfResourceTypesAllowed')]" },
  ),
];

/** By an id at any scope. */
export function findBuiltInPolicy(id: string): BuiltIn | undefined {
  const name = /^(?:\/subscriptions\/[^/]+)?\/providers\/Microsoft\.Authorization\/policyDefinitions\/([^/]+)$/i.exec(id)?.[1]?.toLowerCase();
  return builtInPolicies.find((policy) => policy.name === name);
}

function define(name: string, displayName: string, category: string, mode: string, parameters: JsonObject, condition: Json): BuiltIn {
  return {
    name,
    id: `/providers/Microsoft.Authorization/policyDefinitions/${name}`,
    properties: {
      displayName,
      description: `${displayName}: what is created or changed otherwise is denied.`,
      policyType: 'BuiltIn',
      mode,
      metadata: { version: '1.0.0', category },
      parameters,
      policyRule: { if: condition, then: { effect: 'deny' } },
      version: '1.0.0',
      versions: ['1.0.0'],
    },
  };
}

function text(displayName: string, description: string): JsonObject {
  return { type: 'String', metadata: { displayName, description } };
}
