// Wildcards, notActions, scopes, and the built-in roles read with them.

import { describe, expect, test } from 'vitest';
import { isWithinScope, matchesAction, parsePermissions, permits } from './permissions.ts';
import { builtInRoles, findBuiltInRole, roleIds } from './role-definitions.ts';

const WS = 'Microsoft.MachineLearningServices/workspaces';

describe('matchesAction', () => {
  test.each([
    ['*', 'Microsoft.Storage/storageAccounts/write', true],
    ['*/read', 'Microsoft.Storage/storageAccounts/read', true],
    ['*/read', 'Microsoft.Storage/storageAccounts/readonly', false],
    ['*/read', 'Microsoft.Storage/storageAccounts/listKeys/action', false],
    [`${WS}/*/write`, `${WS}/jobs/write`, true],
    [`${WS}/*/write`, `${WS}/models/versions/write`, true],
    [`${WS}/*/write`, `${WS}/write`, true],
    [`${WS}/*/write`, 'Microsoft.MachineLearningServices/workspacesX/write', false],
    [`${WS}/computes/*`, `${WS}/computes/start/action`, true],
    [`${WS}/computes/*`, `${WS}/jobs/read`, false],
    ['microsoft.keyvault/VAULTS/*', 'Microsoft.KeyVault/vaults/secrets/getSecret/action', true],
    [`${WS}/read`, `${WS}/read/more`, false],
    ['a.b/c/read', 'axb/c/read', false],
    ['', 'a/read', false],
    ['a*b*c', 'a1b2b3c', true],
    ['a*b*c', 'a1b2b3', false],
  ])('%s covers %s: %s', (pattern, action, expected) => {
    expect(matchesAction(pattern, action)).toBe(expected);
  });

  test('a hostile pattern takes no exponential time', () => {
    expect(matchesAction(`${'*a'.repeat(200)}b`, 'a'.repeat(5000))).toBe(false);
  });
});

describe('isWithinScope', () => {
  test.each([
    ['/subscriptions/s/resourceGroups/rg', '/', true],
    ['/subscriptions/s', '/subscriptions/s', true],
    ['/subscriptions/s/resourcegroups/RG/providers/x', '/subscriptions/S/resourceGroups/rg', true],
    ['/subscriptions/s/resourceGroups/rg2', '/subscriptions/s/resourceGroups/rg', false],
    ['/subscriptions/s', '/subscriptions/s/resourceGroups/rg', false],
    ['/', '/subscriptions/s', false],
    ['/', '/', true],
  ])('%s is below %s: %s', (scope, ancestor, expected) => {
    expect(isWithinScope(scope, ancestor)).toBe(expected);
  });
});

describe('permits', () => {
  const granting = (plane: 'action' | 'dataAction', action: string): readonly string[] => builtInRoles.filter((role) => permits(role.permissions, plane, action)).map((role) => role.roleName);

  test('notActions take back only within their own entry', () => {
    const entry = { actions: ['a/*'], notActions: ['a/delete'], dataActions: [], notDataActions: [] };
    expect(permits([entry], 'action', 'a/delete')).toBe(false);
    expect(permits([entry, { ...entry, actions: ['a/delete'], notActions: [] }], 'action', 'a/delete')).toBe(true);
  });
  test('actions grant no data, not even to Owner', () => {
    expect(granting('dataAction', 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read')).toEqual([
      'Storage Blob Data Owner',
      'Storage Blob Data Contributor',
      'Storage Blob Data Reader',
    ]);
    expect(granting('dataAction', 'Microsoft.KeyVault/vaults/secrets/getSecret/action')).toEqual([
      'Key Vault Administrator',
      'Key Vault Secrets Officer',
      'Key Vault Secrets User',
      'Key Vault Certificate User',
    ]);
  });
  test('a data scientist submits jobs and reads the workspace, but changes neither workspace nor compute', () => {
    const may = (action: string): boolean => permits(findBuiltInRole(roleIds.dataScientist)?.permissions ?? [], 'action', action);
    expect(may(`${WS}/jobs/write`)).toBe(true);
    expect(may(`${WS}/read`)).toBe(true);
    expect(may(`${WS}/write`)).toBe(false);
    expect(may(`${WS}/delete`)).toBe(false);
    expect(may(`${WS}/computes/write`)).toBe(false);
    expect(may(`${WS}/listKeys/action`)).toBe(false);
  });
  test('role assignments are for Owner and User Access Administrator', () => {
    expect(granting('action', 'Microsoft.Authorization/roleAssignments/write')).toEqual(['Owner', 'User Access Administrator', 'Role Based Access Control Administrator']);
  });
  test('every built-in role has an id of its own and is found in any letter case', () => {
    expect(builtInRoles.length).toBeGreaterThanOrEqual(15);
    expect(new Set(builtInRoles.map((role) => role.id)).size).toBe(builtInRoles.length);
    expect(new Set(builtInRoles.map((role) => role.roleName)).size).toBe(builtInRoles.length);
    expect(findBuiltInRole(roleIds.owner.toUpperCase())?.roleName).toBe('Owner');
  });
});

test('a custom definition with a wrong shape grants nothing', () => {
  expect(parsePermissions({ permissions: 'all' })).toEqual([]);
  expect(parsePermissions({ permissions: [{ actions: ['a/read', 7], notActions: null }, 'x'] })).toEqual([{ actions: ['a/read'], notActions: [], dataActions: [], notDataActions: [] }]);
});
