// What a job's token may do, at most.

import { describe, expect, test } from 'vitest';
import { jobKeyOf, jobMay } from './job-permissions.ts';

const ws = '/subscriptions/s/resourcegroups/rg/providers/microsoft.machinelearningservices/workspaces/w';
const storage = '/subscriptions/s/resourcegroups/rg/providers/microsoft.storage/storageaccounts/acct';
const job = jobKeyOf(ws, 'Train-1');
const A = 'Microsoft.MachineLearningServices/workspaces';
const B = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs';

describe('jobMay', () => {
  test.each([
    ['action', `${A}/read`, ws, true],
    ['action', `${A}/models/versions/read`, `${ws}/models/m/versions/1`, true],
    ['action', `${A}/experiments/runs/write`, ws, true],
    ['action', `${A}/experiments/runs/write`, ws.toUpperCase(), true],
    ['action', `${A}/models/versions/write`, `${ws}/models/m/versions/1`, true],
    ['action', `${A}/jobs/read`, `${ws}/jobs/other`, true],
    ['action', `${A}/jobs/write`, job, true],
    ['action', `${A}/jobs/cancel/action`, job, true],
    ['action', `${A}/jobs/write`, `${ws}/jobs/other`, false],
    ['action', `${A}/jobs/write`, `${ws}/jobs/train-1`, false],
    ['action', `${A}/jobs/write`, ws, false],
    ['action', `${A}/experiments/runs/write`, `${ws}/jobs/other`, false],
    ['action', `${A}/experiments/runs/delete`, ws, false],
    ['action', `${A}/listKeys/action`, ws, false],
    ['action', `${A}/datastores/listSecrets/action`, `${ws}/datastores/d`, false],
    ['action', `${A}/computes/write`, `${ws}/computes/c`, false],
    ['action', `${A}/read`, `${ws}2`, false],
    ['action', `${A}/experiments/runs/write`, `${ws}2`, false],
    ['action', 'Microsoft.Authorization/roleAssignments/write', ws, false],
    ['action', 'Microsoft.Resources/subscriptions/resourceGroups/read', '/subscriptions/s/resourcegroups/rg', false],
    ['dataAction', `${B}/write`, `${storage}/blobservices/default/containers/c`, true],
    ['dataAction', `${B}/delete`, `${storage}/blobservices/default/containers/c`, false],
    ['dataAction', `${B}/read`, `${storage}2`, false],
    ['action', 'Microsoft.Storage/storageAccounts/listKeys/action', storage, false],
  ] as const)('%s %s at %s: %s', (plane, action, scope, expected) => {
    expect(jobMay(job, plane, action, scope, storage)).toBe(expected);
  });
});
