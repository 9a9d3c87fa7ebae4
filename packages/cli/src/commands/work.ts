// lazurite work: the server's background work for operators: list, retry.

import { isJsonObject, type JsonObject, stringAt } from '@lazurite/server/kernel/json.ts';
import { type Command, Option } from 'commander';
import { type ApiClient, openApi, readJson } from '../api-client.ts';
import { dataDirOf, dataDirOption, type FolderOptions, outputOption, queryOption } from '../options.ts';
import { type Column, type OutputOptions, statusColour, style, writeItems } from '../render/output.ts';
import { getServer } from '../running-server.ts';

const COLUMNS: readonly Column<JsonObject>[] = [
  { title: 'Id', cell: (item) => stringAt(item, 'id') ?? '' },
  { title: 'Kind', cell: (item) => stringAt(item, 'kind') ?? '' },
  { title: 'State', cell: (item) => statusColour(capitalised(stringAt(item, 'state') ?? '')) },
  { title: 'Attempts', cell: (item) => String(item['attempts'] ?? '') },
  { title: 'Made', cell: (item) => stringAt(item, 'createdAt') ?? '' },
  { title: 'Due', cell: (item) => stringAt(item, 'dueAt') ?? '' },
  { title: 'Last error', cell: (item) => style.red((stringAt(item, 'lastError') ?? '').split('\n')[0]?.slice(0, 100) ?? '') },
];

export function addWork(program: Command): void {
  const work = program
    .command('work')
    .description("the server's background work: what waits, runs, and failed")
    .addHelpText('after', '\nExamples:\n  lazurite work list --state failed\n  lazurite work retry ID');
  work
    .command('list')
    .description('the newest work items; ended ones are kept for a week')
    .addOption(new Option('--state <state>', 'only those in this state').choices(['ready', 'running', 'done', 'failed', 'canceled']))
    .addOption(new Option('--kind <kind>', 'only those of this kind, such as arm.provision'))
    .addOption(new Option('--limit <count>', 'at most so many, 1 to 1000').default('50'))
    .addOption(dataDirOption())
    .addOption(outputOption())
    .addOption(queryOption())
    .addHelpText('after', '\nExamples:\n  lazurite work list\n  lazurite work list --state failed -o json')
    .action(async (options: FolderOptions & OutputOptions & { readonly state?: string; readonly kind?: string; readonly limit: string }) => {
      const { state, kind, limit } = options;
      const query = new URLSearchParams({ limit, ...(state === undefined ? {} : { state }), ...(kind === undefined ? {} : { kind }) });
      await withApi(options, async (api) => {
        const { value } = await readJson(await api.request('GET', `${api.connection.origins.management}/operations/work?${query.toString()}`));
        const items = Array.isArray(value) ? value.filter(isJsonObject) : [];
        writeItems(items, items, COLUMNS, options, state === undefined ? 'No background work yet.' : `No background work is ${state}.`);
      });
    });
  work
    .command('retry')
    .argument('<id>', 'id of a failed item')
    .description('try a failed item once more')
    .addOption(dataDirOption())
    .addOption(outputOption())
    .addOption(queryOption())
    .addHelpText('after', '\nExample:\n  lazurite work retry 0b8f5c1e-2f5e-4b0e-9d57-3a1a0f1f2a55')
    .action(async (id: string, options: FolderOptions & OutputOptions) => {
      await withApi(options, async (api) => {
        const item = await readJson(await api.request('POST', `${api.connection.origins.management}/operations/work/${encodeURIComponent(id)}/retry`));
        writeItems(item, [item], COLUMNS, options, '');
      });
    });
}

async function withApi(options: FolderOptions, use: (api: ApiClient) => Promise<void>): Promise<void> {
  const api = openApi(await getServer(dataDirOf(options)));
  try {
    await use(api);
  } finally {
    await api.close();
  }
}

function capitalised(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
}
