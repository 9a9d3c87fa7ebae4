// $filter: the forms that az, azuread and the SDKs send, and what is refused.

import { expect, test } from 'vitest';
import type { Criterion } from '#storage/directory-store.ts';
import { parseFilter } from './filter.ts';

const fields = { displayName: 'text', appId: 'text', mailNickname: 'text', accountEnabled: 'flag', identifierUris: 'list' } as const;
const eq = (field: string, value: string | boolean | null): Criterion => ({ kind: 'compare', field, operator: 'eq', values: [value] });

test.each<[string, Criterion]>([
  ["displayName eq 'Azure Cosmos DB'", eq('displayName', 'Azure Cosmos DB')],
  ["displayname eq 'it''s'", eq('displayName', "it's")],
  ['appId eq 04b07795-8ddb-461a-bbee-02f9e1bf7b46', eq('appId', '04b07795-8ddb-461a-bbee-02f9e1bf7b46')],
  ['accountEnabled eq true', eq('accountEnabled', true)],
  ['mailNickname eq null', eq('mailNickname', null)],
  ["startswith(displayName,'ada')", { kind: 'compare', field: 'displayName', operator: 'startswith', values: ['ada'] }],
  ["displayName in ('a', 'b')", { kind: 'compare', field: 'displayName', operator: 'in', values: ['a', 'b'] }],
  ["identifierUris/any(s:s eq 'api://x')", { kind: 'has', field: 'identifierUris', value: 'api://x' }],
  ["displayName eq 'a' and mailNickname eq 'b'", { kind: 'and', parts: [eq('displayName', 'a'), eq('mailNickname', 'b')] }],
  ["not (displayName eq 'a' or appId eq 'b')", { kind: 'not', part: { kind: 'or', parts: [eq('displayName', 'a'), eq('appId', 'b')] } }],
])('%s', (text, criterion) => {
  expect(parseFilter(text, fields)).toEqual(criterion);
});

test.each([
  'displayName',
  'displayName eq',
  "nobody eq 'x'",
  "displayName gt 'x'",
  "identifierUris eq 'x'",
  "displayName/any(x:x eq 'y')",
  "displayName eq 'a' extra",
  "displayName eq 'a",
  '((',
  "startswith(displayName;'x')",
  "displayName eq 'a' and",
  'not',
  '',
])('refused: %s', (text) => {
  expect(() => parseFilter(text, fields)).toThrow(/Unsupported or invalid query filter clause/);
});
