// lazurite login: a link that signs a browser in, once.

import { stringAt } from '@lazurite/server/kernel/json.ts';
import type { Command } from 'commander';
import { openApi } from '../api-client.ts';
import { CommandError } from '../exit-status.ts';
import { dataDirOf, dataDirOption, type FolderOptions } from '../options.ts';
import { PROGRAM } from '../program-name.ts';
import { getServer } from '../running-server.ts';

/** A one-time link to the studio for the owner of the machine, valid for ten minutes. */
export async function oneTimeLink(dataDir: string): Promise<string> {
  const api = openApi(await getServer(dataDir));
  try {
    const { origins, identityHeader } = api.connection;
    // Why: a person signs in to the studio, and the owner's own token comes from the managed-identity endpoint.
    const token = await api.raw(`${origins.local}/msi/token?api-version=2019-08-01&resource=${encodeURIComponent(origins.management)}`, { headers: { 'x-identity-header': identityHeader } });
    const bearer = stringAt(await token.json(), 'access_token') ?? '';
    const response = await api.raw(`${origins.local}/signin/links`, { method: 'POST', headers: { authorization: `Bearer ${bearer}` } });
    const code = stringAt(await response.json(), 'code');
    if (!response.ok || code === undefined) throw new CommandError(`The server gave no link (${response.status}).`, 4, `${PROGRAM} doctor`);
    return `${origins.local}/signin?code=${encodeURIComponent(code)}`;
  } finally {
    await api.close();
  }
}

export function addLogin(program: Command): void {
  program
    .command('login')
    .description('print a one-time link that signs a browser in to the studio')
    .addOption(dataDirOption())
    .addHelpText('after', '\nThe link works once and for ten minutes.\n\nExamples:\n  lazurite login\n  xdg-open "$(lazurite login)"')
    .action(async (options: FolderOptions) => {
      process.stdout.write(`${await oneTimeLink(dataDirOf(options))}\n`);
    });
}
