// lazurite user: add, list, set-password, disable, enable. Through Microsoft Graph, as every other client would.

import { randomInt } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import { type Command, Option } from 'commander';
import { type ApiClient, openApi } from '../api-client.ts';
import { CommandError } from '../exit-status.ts';
import { dataDirOf, dataDirOption, type FolderOptions, outputOption, queryOption } from '../options.ts';
import { type Column, type OutputOptions, writeItems } from '../render/output.ts';
import { getServer } from '../running-server.ts';

const COLUMNS: readonly Column<JsonObject>[] = [
  { title: 'User name', cell: (user) => stringAt(user, 'userPrincipalName') ?? '' },
  { title: 'Name', cell: (user) => stringAt(user, 'displayName') ?? '' },
  { title: 'State', cell: (user) => (user['accountEnabled'] === false ? 'disabled' : 'enabled') },
  { title: 'Object id', cell: (user) => stringAt(user, 'id') ?? '' },
];
const SELECT = '$select=id,displayName,userPrincipalName,accountEnabled';

interface PasswordOptions extends FolderOptions {
  readonly passwordStdin?: boolean;
}

export function addUser(program: Command): void {
  const user = program
    .command('user')
    .description('people who sign in with a password')
    .addHelpText('after', '\nExamples:\n  lazurite user add ada --name "Ada Lovelace"\n  az role assignment create --assignee ada@lazurite.localhost --role Contributor --scope /subscriptions/…');
  const passwordStdin = (): Option => new Option('--password-stdin', 'read the password from standard input; without it one for a single sign-in is made and printed');

  user
    .command('add')
    .argument('<name>', 'user name; @ and the domain may be left out')
    .description('add a person')
    .addOption(new Option('--name <text>', 'name to show'))
    .addOption(passwordStdin())
    .addOption(dataDirOption())
    .addHelpText('after', '\nExamples:\n  lazurite user add ada\n  lazurite user add ada --password-stdin < password.txt')
    .action((name: string, options: PasswordOptions & { readonly name?: string }) =>
      withApi(options, async (api) => {
        const { password, isMade } = await choosePassword(options);
        const userPrincipalName = fullName(api, name);
        const mailNickname = userPrincipalName.split('@')[0] ?? '';
        await graph(api, 'POST', '/users', {
          accountEnabled: true,
          displayName: options.name ?? mailNickname,
          mailNickname,
          userPrincipalName,
          passwordProfile: { password, forceChangePasswordNextSignIn: isMade },
        });
        tellPassword(userPrincipalName, password, isMade);
      }),
    );

  user
    .command('list')
    .description('list the people')
    .addOption(dataDirOption())
    .addOption(outputOption())
    .addOption(queryOption())
    .addHelpText('after', '\nExample:\n  lazurite user list -o json')
    .action((options: FolderOptions & OutputOptions) =>
      withApi(options, async (api) => {
        const found = await listUsers(api);
        writeItems(found, found, COLUMNS, options, 'Nobody yet.');
      }),
    );

  user
    .command('set-password')
    .argument('<name>', 'user name')
    .description('give a person another password; whoever is signed in as them is signed out')
    .addOption(passwordStdin())
    .addOption(dataDirOption())
    .addHelpText('after', '\nExample:\n  lazurite user set-password ada')
    .action((name: string, options: PasswordOptions) =>
      withApi(options, async (api) => {
        const { password, isMade } = await choosePassword(options);
        const userName = fullName(api, name);
        await graph(api, 'PATCH', `/users/${encodeURIComponent(userName)}`, { passwordProfile: { password, forceChangePasswordNextSignIn: isMade } });
        tellPassword(userName, password, isMade);
      }),
    );

  for (const [verb, accountEnabled, description] of [
    ['disable', false, 'sign a person out for good: tokens and sessions end at once'],
    ['enable', true, 'let a person sign in again'],
  ] as const) {
    user
      .command(verb)
      .argument('<name>', 'user name')
      .description(description)
      .addOption(dataDirOption())
      .addHelpText('after', `\nExample:\n  lazurite user ${verb} ada`)
      .action((name: string, options: FolderOptions) =>
        withApi(options, async (api) => {
          await graph(api, 'PATCH', `/users/${encodeURIComponent(fullName(api, name))}`, { accountEnabled });
        }),
      );
  }
}

async function withApi(options: FolderOptions, act: (api: ApiClient) => Promise<void>): Promise<void> {
  const api = openApi(await getServer(dataDirOf(options)));
  try {
    await act(api);
  } finally {
    await api.close();
  }
}

async function graph(api: ApiClient, method: string, path: string, body?: object): Promise<JsonObject> {
  const address = path.startsWith('http') ? path : `${api.connection.origins.local}/graph/v1.0${path}`;
  const response = await api.request(method, address, body);
  const said = await response.text();
  const answer: unknown = said === '' ? {} : JSON.parse(said);
  if (response.ok) return isJsonObject(answer) ? answer : {};
  throw new CommandError(stringAt(objectAt(answer, 'error'), 'message') ?? `the server answered ${response.status}`, response.status === 404 ? 3 : response.status === 403 ? 4 : 1);
}

async function listUsers(api: ApiClient): Promise<readonly JsonObject[]> {
  const found: JsonObject[] = [];
  for (let path: string | undefined = `/users?$top=500&${SELECT}`; path !== undefined; ) {
    const page: JsonObject = await graph(api, 'GET', path);
    const value = page['value'];
    if (Array.isArray(value)) found.push(...value.filter(isJsonObject));
    path = stringAt(page, '@odata.nextLink');
  }
  return found;
}

function fullName(api: ApiClient, name: string): string {
  return name.includes('@') ? name : `${name.toLowerCase()}@${api.connection.domain}`;
}

/** Why never an argument: the command line is seen by everybody on the machine, and kept in the shell's history. */
async function choosePassword(options: PasswordOptions): Promise<{ readonly password: string; readonly isMade: boolean }> {
  if (options.passwordStdin === true) return { password: (await text(process.stdin)).replace(/\r?\n$/, ''), isMade: false };
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  const group = (): string => Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('');
  return { password: [group(), group(), group(), group()].join('-'), isMade: true };
}

function tellPassword(userName: string, password: string, isMade: boolean): void {
  if (isMade) process.stdout.write(`${password}\n`);
  process.stderr.write(isMade ? `${userName} signs in with this password once and then chooses another.\n` : `${userName} has the password that was given.\n`);
}
