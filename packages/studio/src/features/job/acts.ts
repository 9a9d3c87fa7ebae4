// The same act as code: for each thing the job page does, the commands that do it.

import { ML_API_VERSION, type Workspace } from '../../api/workspace.ts';

export interface Act {
  readonly name: string;
  readonly az: string;
  readonly python: string;
  readonly curl: string;
}

/** Text in single quotes for a POSIX shell, when it needs them. */
export function shellWord(text: string): string {
  return /^[\w./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export function actsOn(workspace: Workspace, job: string): readonly Act[] {
  const scope = `--resource-group ${shellWord(workspace.group)} --workspace-name ${shellWord(workspace.name)}`;
  const client = [
    'from azure.ai.ml import MLClient',
    'from azure.identity import DefaultAzureCredential',
    '',
    'ml = MLClient(',
    '    DefaultAzureCredential(),',
    `    subscription_id=${JSON.stringify(workspace.subscription)},`,
    `    resource_group_name=${JSON.stringify(workspace.group)},`,
    `    workspace_name=${JSON.stringify(workspace.name)},`,
    ')',
  ].join('\n');
  const name = JSON.stringify(job);
  const word = shellWord(job);
  const url = `"$(az cloud show --query endpoints.resourceManager -o tsv | sed 's,/*$,,')${workspace.id}/jobs/${encodeURIComponent(job)}`;
  const curl = (method: string, suffix: string): string =>
    [`curl ${method}${url}${suffix}?api-version=${ML_API_VERSION}" \\`, `  -H "Authorization: Bearer $(az account get-access-token --query accessToken -o tsv)"`].join('\n');
  return [
    { name: 'Show', az: `az ml job show --name ${word} ${scope}`, python: `${client}\nprint(ml.jobs.get(${name}))`, curl: curl('', '') },
    { name: 'Stream logs', az: `az ml job stream --name ${word} ${scope}`, python: `${client}\nml.jobs.stream(${name})`, curl: curl('', '') },
    { name: 'Download', az: `az ml job download --name ${word} --all ${scope}`, python: `${client}\nml.jobs.download(${name}, all=True)`, curl: curl('', '') },
    { name: 'Cancel', az: `az ml job cancel --name ${word} ${scope}`, python: `${client}\nml.jobs.begin_cancel(${name}).wait()`, curl: curl('-X POST ', '/cancel') },
  ];
}
