import { expect, test } from 'vitest';
import { ancestorsOf, groupOf, parentOf, resourcePage, scopeWord, typeOf } from './resource-id.ts';

const GROUP = '/subscriptions/s/resourceGroups/g';
const JOB = `${GROUP}/providers/Microsoft.MachineLearningServices/workspaces/w/jobs/j`;
const LOCK = `${GROUP}/providers/Microsoft.Storage/storageAccounts/a/providers/Microsoft.Authorization/locks/l`;

test('an id tells its type', () => {
  expect(typeOf('/subscriptions/s')).toBe('Microsoft.Resources/subscriptions');
  expect(typeOf(GROUP)).toBe('Microsoft.Resources/resourceGroups');
  expect(typeOf(JOB)).toBe('Microsoft.MachineLearningServices/workspaces/jobs');
  expect(typeOf(LOCK)).toBe('Microsoft.Authorization/locks');
});

test('an id leads upwards, also out of an extension', () => {
  expect(parentOf('/subscriptions/s')).toBeUndefined();
  expect(parentOf(LOCK)).toBe(`${GROUP}/providers/Microsoft.Storage/storageAccounts/a`);
  expect(ancestorsOf(JOB).map(({ name }) => name)).toEqual(['s', 'g', 'w']);
  expect([groupOf(JOB), groupOf('/subscriptions/s/providers/A.B/c/d')]).toEqual(['g', '']);
});

test('a page address keeps names of any script', () => {
  expect(resourcePage('/subscriptions/s/resourceGroups/prüf ung', 'json')).toBe('/resource/subscriptions/s/resourceGroups/pr%C3%BCf%20ung?tab=json');
});

test('a scope is here, above or elsewhere', () => {
  expect([scopeWord(GROUP.toUpperCase(), GROUP), scopeWord('/', GROUP), scopeWord(GROUP, JOB), scopeWord(JOB, GROUP)]).toEqual(['here', 'inherited', 'inherited', 'elsewhere']);
});
