// Acts of the generic pages as commands of the Azure command line. Pure.

import { shellWord } from '../job/acts.ts';
import type { Change } from './form/changes.ts';

export function showCommand(id: string): string {
  return `az resource show --ids ${shellWord(id)}`;
}

export function deleteCommand(id: string, type: string): string {
  const group = /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)$/i.exec(id)?.[1];
  return group !== undefined && type.toLowerCase() === 'microsoft.resources/resourcegroups' ? `az group delete --name ${shellWord(group)}` : `az resource delete --ids ${shellWord(id)}`;
}

/** What `az resource delete` has no option for. */
export function purgeCommand(id: string, apiVersion: string, parameter: string): string {
  return `az rest --method delete --url ${shellWord(`${id}?api-version=${apiVersion}&${parameter}=true`)}`;
}

/** `--set a.b=1` for what has a value, `--remove a.b` for what goes. */
export function updateCommand(id: string, apiVersion: string, changes: readonly Change[]): string {
  const path = (change: Change): string => ['properties', ...change.path].join('.');
  const set = changes.filter(({ after }) => after !== undefined).map((change) => shellWord(`${path(change)}=${typeof change.after === 'string' ? change.after : JSON.stringify(change.after)}`));
  const gone = changes.filter(({ after }) => after === undefined).map((change) => shellWord(path(change)));
  return [`az resource update --ids ${shellWord(id)} --api-version ${apiVersion}`, ...(set.length === 0 ? [] : [`  --set ${set.join(' ')}`]), ...gone.map((word) => `  --remove ${word}`)].join(
    ' \\\n',
  );
}

export function tagCommand(id: string, tags: Readonly<Record<string, string>>): string {
  const words = Object.entries(tags).map(([name, value]) => shellWord(`${name}=${value}`));
  return `az tag create --resource-id ${shellWord(id)} --tags ${words.length === 0 ? "''" : words.join(' ')}`;
}

export function assignCommand(scope: string, role: string, principalId: string): string {
  return `az role assignment create --role ${shellWord(role)} --assignee-object-id ${shellWord(principalId)} --scope ${shellWord(scope)}`;
}

export function lockCommand(id: string, name: string, level: string): string {
  return `az lock create --name ${shellWord(name)} --lock-type ${level} --resource ${shellWord(id)}`;
}
