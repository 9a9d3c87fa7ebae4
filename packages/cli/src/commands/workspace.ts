// lazurite workspace: list, create.

import { Fault, isFault } from '@lazurite/server/kernel/faults.ts';
import { type JsonObject, objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import { type Command, Option } from 'commander';
import { type ApiClient, openApi, readJson } from '../api-client.ts';
import { groupOf, listWorkspaces } from '../choose-workspace.ts';
import { CommandError } from '../exit-status.ts';
import { dataDirOf, dataDirOption, type FolderOptions, outputOption, queryOption } from '../options.ts';
import { PROGRAM } from '../program-name.ts';
import { type Column, type OutputOptions, statusColour, writeItems } from '../render/output.ts';
import { getServer } from '../running-server.ts';

const COLUMNS: readonly Column<JsonObject>[] = [
  { title: 'Name', cell: (workspace) => stringAt(workspace, 'name') ?? '' },
  { title: 'Resource group', cell: groupOf },
  { title: 'State', cell: (workspace) => statusColour(stringAt(objectAt(workspace, 'properties'), 'provisioningState') ?? '') },
  { title: 'Location', cell: (workspace) => stringAt(workspace, 'location') ?? '' },
];

export function addWorkspace(program: Command): void {
  const workspace = program.command('workspace').description('list and make workspaces').addHelpText('after', '\nExample:\n  lazurite workspace create demo -g dev');
  workspace
    .command('list')
    .description('list the workspaces of the subscription')
    .addOption(dataDirOption())
    .addOption(outputOption())
    .addOption(queryOption())
    .addHelpText('after', '\nExample:\n  lazurite workspace list -o json')
    .action(async (options: FolderOptions & OutputOptions) => {
      const api = openApi(await getServer(dataDirOf(options)));
      try {
        const found = await listWorkspaces(api);
        writeItems(found, found, COLUMNS, options, `No workspace yet. Make one: ${PROGRAM} workspace create demo -g dev`);
      } finally {
        await api.close();
      }
    });
  workspace
    .command('create')
    .argument('<name>', 'name of the workspace')
    .description('make a workspace, and its resource group when that is missing')
    .addOption(new Option('-g, --resource-group <name>', 'its resource group').env('LAZURITE_RESOURCE_GROUP').makeOptionMandatory())
    .addOption(dataDirOption())
    .addOption(outputOption())
    .addOption(queryOption())
    .addHelpText('after', '\nExample:\n  lazurite workspace create demo -g dev')
    .action(async (name: string, options: FolderOptions & OutputOptions & { readonly resourceGroup: string }) => {
      const api = openApi(await getServer(dataDirOf(options)));
      try {
        const made = await ensureWorkspace(api, options.resourceGroup, name);
        writeItems(made, [made], COLUMNS, options, '');
      } finally {
        await api.close();
      }
    });
}

/** The workspace, made when it is missing, with its group. Resolves when it is ready. */
export async function ensureWorkspace(api: ApiClient, resourceGroup: string, name: string, friendlyName?: string): Promise<JsonObject> {
  const { subscriptionId, region } = api.connection;
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
  const id = `${group}/providers/Microsoft.MachineLearningServices/workspaces/${name}`;
  try {
    return await api.arm('GET', id);
  } catch (error) {
    if (!isFault(error, 'notFound')) throw error;
  }
  const body = { location: region, identity: { type: 'SystemAssigned' }, properties: friendlyName === undefined ? {} : { friendlyName } };
  await check(api, [
    { id: group, body: { location: region } },
    { id, body },
  ]);
  await api.arm('PUT', group, { body: { location: region }, apiVersion: '2024-11-01' });
  await api.arm('PUT', id, { body });
  for (;;) {
    const workspace = await api.arm('GET', id);
    const state = stringAt(objectAt(workspace, 'properties'), 'provisioningState');
    if (state === 'Succeeded') return workspace;
    if (state === 'Failed' || state === 'Canceled') throw new CommandError(`The workspace ${name} could not be made: it is ${state}.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Throws what writing these would be refused with, before the first of them is written. One that is there already is no refusal. */
async function check(api: ApiClient, resources: readonly { readonly id: string; readonly body: JsonObject }[]): Promise<void> {
  const { results } = await readJson(await api.request('POST', `${api.connection.origins.studio}/api/studio/checks`, { resources }));
  for (const result of Array.isArray(results) ? results : []) {
    const code = stringAt(objectAt(result, 'error'), 'code');
    if (code !== undefined && code !== 'PreconditionFailed') throw new Fault('invalid', code, stringAt(objectAt(result, 'error'), 'message') ?? code);
  }
}
