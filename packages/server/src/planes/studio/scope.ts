// From a studio address to the workspace it speaks of, and what the caller must be allowed there.

import { Fault } from '#kernel/faults.ts';
import type { Permission, PlaneRequest } from '../plane.ts';

/** Prefix of every route under one workspace: the workspace's ARM id below `/api/studio`. */
export const WORKSPACE_PATH = '/api/studio/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.MachineLearningServices/workspaces/:workspace';

// Azure: a group's name has letters and digits of any script.
const WORKSPACE_ID = /^\/subscriptions\/[\w-]{1,64}\/resourcegroups\/[\p{L}\p{N}_.()-]{1,90}\/providers\/microsoft\.machinelearningservices\/workspaces\/[\w-]{1,64}$/iu;

/** The workspace of the request's path as an ARM id. Throws `invalid`. */
export function workspaceIdOf(request: PlaneRequest): string {
  const { subscription, group, workspace } = request.params;
  return checkedId(`/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`);
}

/** The workspace of the request's path as a resource key. */
export function workspaceKeyOf(request: PlaneRequest): string {
  return workspaceIdOf(request).toLowerCase();
}

/** The workspace named by the query parameter `workspace`. Throws `invalid`. */
export function workspaceKeyOfQuery(request: PlaneRequest): string {
  return checkedId(request.query.get('workspace') ?? '').toLowerCase();
}

function checkedId(id: string): string {
  if (WORKSPACE_ID.test(id)) return id;
  throw new Fault(
    'invalid',
    'InvalidWorkspaceId',
    `'${id.slice(0, 300)}' is not the id of a workspace; expected /subscriptions/…/resourceGroups/…/providers/Microsoft.MachineLearningServices/workspaces/….`,
    {
      target: 'workspace',
    },
  );
}

/** The job name of the path. Throws `invalid` for what cannot be one. */
export function runIdOf(request: PlaneRequest): string {
  const run = request.params['run'] ?? '';
  if (/^[A-Za-z0-9][\w.-]{0,254}$/.test(run)) return run;
  throw new Fault('invalid', 'InvalidJobName', `'${run.slice(0, 300)}' is not a job name; letters, digits, '-', '_' and '.' are allowed, at most 255 of them.`, { target: 'run' });
}

/** May read jobs of the workspace in the path. */
export const readJobs: Permission = { kind: 'action', action: 'Microsoft.MachineLearningServices/workspaces/jobs/read', scope: workspaceIdOf };

/** May read code of the workspace in the path. */
export const readCode: Permission = { kind: 'action', action: 'Microsoft.MachineLearningServices/workspaces/codes/versions/read', scope: workspaceIdOf };

/** May read models, and so their files, of the workspace in the path. */
export const readModels: Permission = { kind: 'action', action: 'Microsoft.MachineLearningServices/workspaces/models/versions/read', scope: workspaceIdOf };

/** May use the keys of datastores of the workspace in the path, and so read what they open. */
export const readStores: Permission = { kind: 'action', action: 'Microsoft.MachineLearningServices/workspaces/datastores/listSecrets/action', scope: workspaceIdOf };

/** An integer query parameter within bounds, or the fallback when it is absent. Throws `invalid`. */
export function integerParameter(request: PlaneRequest, name: string, bounds: { readonly fallback: number; readonly min: number; readonly max: number }): number {
  const text = request.query.get(name);
  if (text === null || text === '') return bounds.fallback;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= bounds.min && value <= bounds.max) return value;
  throw new Fault('invalid', 'InvalidQueryParameter', `${name} cannot be '${text.slice(0, 100)}'; it is a whole number from ${bounds.min} to ${bounds.max}.`, { target: name });
}

/** The step window of a chart: `undefined` where the parameter is absent. */
export function optionalInteger(request: PlaneRequest, name: string): number | undefined {
  const text = request.query.get(name);
  if (text === null || text === '') return undefined;
  return integerParameter(request, name, { fallback: 0, min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
}

/** The ARM id of the query parameter `scope`; `/` is the tenant. Throws `invalid`. */
export function scopeOfQuery(request: PlaneRequest): string {
  const scope = request.query.get('scope') ?? '';
  if (scope === '/' || (scope.length <= 2048 && /^(?:\/[^/\0]+)+$/.test(scope))) return scope;
  throw new Fault('invalid', 'InvalidScope', `scope is '${scope.slice(0, 300)}'; the id of a subscription, resource group or resource is expected, or / for all of them.`, { target: 'scope' });
}

/** A text of the query, '' when absent. Throws `invalid` for what is too long to search for. */
export function shortText(request: PlaneRequest, name: string): string {
  const text = request.query.get(name) ?? '';
  if (text.length <= 256 && !text.includes('\0')) return text;
  throw new Fault('invalid', 'InvalidQueryParameter', `${name} is too long or holds a NUL character; at most 256 characters can be searched for.`, { target: name });
}
