// chooseWorkspace: the workspace that a command means: the named one, or the only one there is.

import { type JsonObject, stringAt } from '@lazurite/server/kernel/json.ts';
import type { ApiClient } from './api-client.ts';
import { CommandError } from './exit-status.ts';
import type { WorkspaceOptions } from './options.ts';
import { PROGRAM } from './program-name.ts';

export interface WorkspaceName {
  readonly resourceGroup: string;
  readonly name: string;
}

export async function listWorkspaces(api: ApiClient): Promise<readonly JsonObject[]> {
  return api.armList(`/subscriptions/${api.connection.subscriptionId}/providers/Microsoft.MachineLearningServices/workspaces`);
}

/** Throws a CommandError that lists what there is. */
export async function chooseWorkspace(api: ApiClient, options: WorkspaceOptions): Promise<WorkspaceName> {
  if (options.resourceGroup !== undefined && options.workspace !== undefined) return { resourceGroup: options.resourceGroup, name: options.workspace };
  const known = (await listWorkspaces(api)).map((workspace) => ({ resourceGroup: groupOf(workspace), name: stringAt(workspace, 'name') ?? '' }));
  const fitting = known.filter(({ resourceGroup, name }) => fits(resourceGroup, options.resourceGroup) && fits(name, options.workspace));
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  if (known.length === 0) throw new CommandError('There is no workspace yet. Make one.', 3, `${PROGRAM} workspace create demo -g dev`);
  const choices = (fitting.length === 0 ? known : fitting).map(({ resourceGroup, name }) => `-g ${resourceGroup} -w ${name}`).join(', or ');
  throw new CommandError(`${fitting.length === 0 ? 'There is no such workspace' : 'There is more than one workspace'}; say which: ${choices}.`, fitting.length === 0 ? 3 : 2);
}

export function groupOf(resource: JsonObject): string {
  return /\/resourceGroups\/([^/]+)/i.exec(stringAt(resource, 'id') ?? '')?.[1] ?? '';
}

function fits(name: string, wanted: string | undefined): boolean {
  return wanted === undefined || name.toLowerCase() === wanted.toLowerCase();
}
