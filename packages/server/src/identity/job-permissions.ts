// What the token of a running job may do, at most. A job gets the intersection of this rule with the rights of the
// principal it runs for, so it can never do more than its owner:
//   1. read anything of its own workspace;
//   2. write runs, metrics, artifacts and registered models of its workspace. Where the scope of a check is the workspace
//      (MLflow names the run in the body), tracking/run-access.ts holds the job to its own run;
//   3. write its own job and what is below it;
//   4. read and write, but not delete, blobs of the storage account of its workspace.
// Everything else is denied: other workspaces, other jobs, compute, keys and secrets, roles.

import { type ActionPlane, isWithinScope, permits } from './permissions.ts';
import type { RolePermission } from './role-definitions.ts';

const WORKSPACES = 'Microsoft.MachineLearningServices/workspaces';
const CONTAINERS = 'Microsoft.Storage/storageAccounts/blobServices/containers';

const inWorkspace: readonly RolePermission[] = [
  {
    actions: [
      `${WORKSPACES}/*/read`,
      `${WORKSPACES}/experiments/*/write`,
      `${WORKSPACES}/runs/*/write`,
      `${WORKSPACES}/metrics/*/write`,
      `${WORKSPACES}/artifacts/*/write`,
      `${WORKSPACES}/metadata/*/write`,
      `${WORKSPACES}/models/*/write`,
    ],
    notActions: [],
    dataActions: [],
    notDataActions: [],
  },
];
const onOwnJob: readonly RolePermission[] = [{ actions: [`${WORKSPACES}/jobs/*/write`, `${WORKSPACES}/jobs/*/action`], notActions: [], dataActions: [], notDataActions: [] }];
const inStorage: readonly RolePermission[] = [
  {
    actions: [`${CONTAINERS}/read`],
    notActions: [],
    dataActions: [`${CONTAINERS}/blobs/read`, `${CONTAINERS}/blobs/write`, `${CONTAINERS}/blobs/add/action`],
    notDataActions: [],
  },
];

/** Key of the job resource. Job names keep their case, the rest does not. */
export function jobKeyOf(workspaceKey: string, jobName: string): string {
  return `${workspaceKey.toLowerCase()}/jobs/${jobName}`;
}

/** The workspace of a job key. */
export function workspaceKeyOf(jobKey: string): string {
  return jobKey.slice(0, jobKey.indexOf('/jobs/'));
}

/** Whether the rule above lets the job do it. `storageKey`: the storage account of its workspace. */
export function jobMay(jobKey: string, plane: ActionPlane, action: string, scope: string, storageKey: string | undefined): boolean {
  const workspaceKey = workspaceKeyOf(jobKey);
  if (workspaceKey === '') return false;
  if (isWithinScope(scope, workspaceKey)) {
    const isReading = permits(inWorkspace, plane, action) && action.toLowerCase().endsWith('/read');
    const other = jobNameIn(scope, workspaceKey);
    const isOwn = other !== undefined && jobKeyOf(workspaceKey, other) === jobKey;
    // A scope below another job is that job's: only reading.
    return isReading || (permits(inWorkspace, plane, action) && (other === undefined || isOwn)) || (isOwn && permits(onOwnJob, plane, action));
  }
  return storageKey !== undefined && isWithinScope(scope, storageKey) && permits(inStorage, plane, action);
}

function jobNameIn(scope: string, workspaceKey: string): string | undefined {
  return /^\/jobs\/([^/]+)/i.exec(scope.slice(workspaceKey.length))?.[1];
}
