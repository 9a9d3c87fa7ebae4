// What people do to resources, in a real browser on the real server: make one of any type, delete one knowing what hangs on it
// and take that back, rotate keys, let private endpoints in, look at deployments, go on after the server was away.

import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { preparePassword } from '@lazurite/server/identity/people.ts';
import { type JsonObject, objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import { insertPrincipal } from '@lazurite/server/storage/identity-store.ts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { barriersInBoth, launchChromium, NO_BARRIERS, openPage, signIn, visit, type WatchedPage } from './browser.ts';
import { openScene, type Scene } from './scene.ts';

const API = '2024-10-01';

let scene: Scene;
let browser: Browser;
let watched: WatchedPage;
let page: Page;
let group: string;

const open = (id: string, tab = '') => visit(page, `/resource${id}${tab === '' ? '' : `?tab=${tab}`}`);
const heading = (name: string | RegExp) => page.getByRole('heading', { name, level: 1 }).waitFor();
const put = (id: string, body: JsonObject, apiVersion: string) => scene.api.arm('PUT', id, { body: { location: 'local', ...body }, apiVersion });
const propertiesOf = async (id: string, apiVersion: string) => objectAt(await scene.api.arm('GET', id, { apiVersion }), 'properties');
const neighbour = async (name: string): Promise<string> => stringAt(await propertiesOf(scene.workspace.id, API), name) ?? '';

beforeAll(async () => {
  [scene, browser] = await Promise.all([openScene('research', 'tumours'), launchChromium()]);
  group = `/subscriptions/${scene.server.connection.subscriptionId}/resourceGroups/research`;
  watched = await openPage(browser);
  page = watched.page;
  await signIn(page, await scene.signInLink());
});

beforeEach(({ task, onTestFailed }) => {
  onTestFailed(async () => void (await page.screenshot({ path: join(tmpdir(), `studio ${task.name.replaceAll('/', ' ').slice(0, 80)}.png`) })));
});

afterAll(async () => {
  await browser?.close();
  await scene?.stop();
});

test('a resource of any type is made by a form that knows its rules, with JSON and code beside it', async () => {
  await visit(page, '/create');
  await page.getByRole('searchbox', { name: 'Find a type' }).fill('virtual');
  await page
    .getByRole('link', { name: /^Virtual network/ })
    .first()
    .waitFor();
  expect(await barriersInBoth(page)).toEqual(NO_BARRIERS);
  await page.getByRole('link', { name: 'Virtual network Microsoft.Network/virtualNetworks' }).click();
  await heading('Create a virtual network');
  await page.getByRole('combobox', { name: 'Resource group' }).click();
  await page.getByRole('option', { name: 'research' }).click();
  const name = page.getByRole('textbox', { name: 'Name', exact: true });
  await name.fill('no good');
  await page.getByText("The name 'no good' is not valid for virtualNetworks").waitFor();
  await name.fill('inner');
  await page.getByText("The name 'no good'").waitFor({ state: 'detached' });
  await page.getByRole('textbox', { name: 'Address prefixes' }).fill('10.7.0.0/33');
  await expect.poll(() => page.getByRole('textbox', { name: 'Address prefixes' }).getAttribute('aria-invalid')).toBe('true');
  const json = page.getByRole('textbox', { name: 'JSON' });
  await expect.poll(() => json.inputValue()).toContain('"10.7.0.0/33"');
  await json.fill(JSON.stringify({ location: 'local', tags: { team: 'net' }, properties: { addressSpace: { addressPrefixes: ['10.7.0.0/16'] } } }));
  await json.blur();
  await expect.poll(() => page.getByRole('textbox', { name: 'Address prefixes' }).inputValue()).toBe('10.7.0.0/16');
  expect(await page.getByRole('textbox', { name: 'Tag name' }).inputValue()).toBe('team');
  for (const [language, text] of [
    ['Azure CLI', 'az resource create --id'],
    ['ARM template', '"type": "Microsoft.Network/virtualNetworks"'],
    ['Terraform', 'resource "azapi_resource"'],
  ] as const) {
    await page.getByRole('tab', { name: language }).click();
    await page.locator('pre').filter({ hasText: text }).waitFor();
  }
  expect(await barriersInBoth(page)).toEqual(NO_BARRIERS);
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await heading('inner');
  expect(await propertiesOf(`${group}/providers/Microsoft.Network/virtualNetworks/inner`, '2024-05-01')).toMatchObject({ addressSpace: { addressPrefixes: ['10.7.0.0/16'] } });
});

test('a child is made where its parent shows its children, of the kind that was chosen', async () => {
  await open(scene.workspace.id, 'contents');
  await page.getByRole('button', { name: 'Create compute' }).click();
  await heading('Create a compute');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByText('Name the compute.').waitFor();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('cpu-small');
  await page.getByRole('combobox', { name: 'Compute type' }).click();
  expect(await page.getByRole('option').allTextContents()).toEqual(['AmlCompute', 'ComputeInstance']);
  await page.getByRole('option', { name: 'AmlCompute' }).click();
  await page.getByRole('textbox', { name: 'Location', exact: true }).fill('local');
  await page.getByRole('button', { name: 'Set properties' }).click();
  await page.getByRole('textbox', { name: 'VM size' }).fill('Standard_DS3_v2');
  await page.getByRole('button', { name: 'Set scale settings' }).click();
  await page.getByRole('spinbutton', { name: 'Max node count' }).fill('1');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await heading('cpu-small');
  expect(await propertiesOf(`${scene.workspace.id}/computes/cpu-small`, API)).toMatchObject({ computeType: 'AmlCompute', properties: { scaleSettings: { maxNodeCount: 1 } } });
});

test('before something is deleted the page says what goes with it and what refers to it; afterwards it can be taken back', async () => {
  await open(await neighbour('storageAccount'));
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('These refer to it and will lack it').waitFor();
  await dialog.getByRole('link', { name: 'tumours' }).waitFor();
  expect(await barriersInBoth(page)).toEqual(NO_BARRIERS);
  await dialog.getByRole('button', { name: 'Keep it' }).click();
  const id = `${group}/providers/Microsoft.MachineLearningServices/workspaces/second`;
  await put(id, { properties: {} }, API);
  await expect.poll(async () => stringAt(await propertiesOf(id, API), 'provisioningState')).toBe('Succeeded');
  await open(id);
  await heading('second');
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await dialog.getByText('4 inside go with it').waitFor();
  await dialog.getByRole('textbox').fill('second');
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await heading('research');
  await page.getByText('Deleted “second”', { exact: true }).waitFor();
  expect(await barriersInBoth(page)).toEqual(NO_BARRIERS);
  await page.getByRole('button', { name: 'Undo' }).click();
  await heading('second');
  await expect.poll(async () => stringAt(await propertiesOf(id, API), 'provisioningState')).toBe('Succeeded');
});

test('the wizard offers to recover a deleted workspace that still holds the name', async () => {
  const id = `${group}/providers/Microsoft.MachineLearningServices/workspaces/second`;
  await scene.api.arm('DELETE', id, { apiVersion: API });
  await expect
    .poll(() =>
      scene.api.arm('GET', id, { apiVersion: API }).then(
        () => 'there',
        () => 'gone',
      ),
    )
    .toBe('gone');
  await visit(page, '/create/workspace?group=research');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('second');
  await page.getByRole('textbox', { name: 'Name', exact: true }).blur();
  await page.getByText('can be recovered until').waitFor();
  await page.getByText('second was deleted from research').waitFor();
  expect(await barriersInBoth(page)).toEqual(NO_BARRIERS);
  await page.getByRole('button', { name: 'Recover it instead' }).click();
  await heading('second');
  await expect.poll(async () => stringAt(await propertiesOf(id, API), 'provisioningState')).toBe('Succeeded');
});

test('a key of the storage account is rotated, and the workspace takes it over when it is resynced', async () => {
  const account = await neighbour('storageAccount');
  const keyOf = async (): Promise<string> => stringAt(await scene.api.arm('POST', `${scene.workspace.id}/listKeys`, { apiVersion: API }), 'userStorageKey') ?? '';
  const before = await keyOf();
  await open(account);
  await heading(account.split('/').at(-1) ?? '');
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Regenerate key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'Key name' }).click();
  await page.getByRole('option', { name: 'key1' }).click();
  await dialog.getByRole('button', { name: 'Run' }).click();
  await dialog.getByRole('button', { name: 'Copy answer' }).waitFor();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await open(scene.workspace.id, 'keys');
  await page.getByRole('button', { name: 'Resync keys' }).click();
  await page.getByText('Done: the workspace has the keys').waitFor();
  await expect.poll(keyOf).not.toBe(before);
});

test('the diagnose report looks at every neighbour and says what is missing', async () => {
  await open(scene.workspace.id, 'diagnose');
  await page.getByRole('button', { name: 'Run the checks' }).click();
  await page.getByText('Storage account: in order').waitFor();
  await page.getByText('Key vault: in order').waitFor();
  expect(await barriersInBoth(page)).toEqual(NO_BARRIERS);
  await scene.api.arm('DELETE', await neighbour('applicationInsights'), { apiVersion: '2020-02-02' });
  await page.getByRole('button', { name: 'Run them again' }).click();
  await page.getByText('Application Insights: warning').waitFor();
});

test('a private endpoint that asks to be let in is approved, and rejected', async () => {
  const network = `${group}/providers/Microsoft.Network/virtualNetworks/inner`;
  await put(`${network}/subnets/endpoints`, { properties: { addressPrefix: '10.7.1.0/24' } }, '2024-05-01');
  const asked = [{ name: 'ask', properties: { privateLinkServiceId: scene.workspace.id, groupIds: ['amlworkspace'], requestMessage: 'please' } }];
  const endpoint = `${group}/providers/Microsoft.Network/privateEndpoints/asks`;
  await put(endpoint, { properties: { subnet: { id: `${network}/subnets/endpoints` }, manualPrivateLinkServiceConnections: asked } }, '2024-05-01');
  const stateOf = async (): Promise<string> => {
    const [connection] = Object((await propertiesOf(endpoint, '2024-05-01'))['manualPrivateLinkServiceConnections']);
    return stringAt(objectAt(objectAt(connection, 'properties'), 'privateLinkServiceConnectionState'), 'status') ?? '';
  };
  await open(scene.workspace.id, 'networking');
  const row = page.getByRole('row').filter({ hasText: 'asks' });
  await row.getByText('Pending').waitFor();
  await row.getByRole('button', { name: 'Approve' }).click();
  await row.getByText('Approved').waitFor();
  expect(await stateOf()).toBe('Approved');
  expect(await barriersInBoth(page)).toEqual(NO_BARRIERS);
  await row.getByRole('button', { name: 'Reject' }).click();
  await row.getByText('Rejected').waitFor();
  expect(await stateOf()).toBe('Rejected');
});

test('deployments are kept with what each step did and why it failed; one that begins shows up by itself', async () => {
  // A version of TLS that only shows not to be one when the first account is there.
  const account = (name: string, index: number) => ({
    type: 'Microsoft.Storage/storageAccounts',
    apiVersion: '2023-05-01',
    name,
    location: 'local',
    kind: 'StorageV2',
    sku: { name: 'Standard_LRS' },
    ...(index === 0 ? {} : { properties: { minimumTlsVersion: "[reference('madebyhalf').primaryEndpoints.blob]" } }),
  });
  const deploy = (name: string, ...accounts: readonly string[]) =>
    put(
      `${group}/providers/Microsoft.Resources/deployments/${name}`,
      {
        location: undefined,
        properties: {
          mode: 'Incremental',
          template: {
            $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
            contentVersion: '1.0.0.0',
            resources: accounts.map(account),
            outputs: { made: { type: 'string', value: accounts.join() } },
          },
        },
      },
      '2022-09-01',
    );
  await open(group, 'deployments');
  await page.getByText('Nothing was deployed here').waitFor();
  await deploy('half', 'madebyhalf', 'notgood');
  await page.getByRole('row').filter({ hasText: 'half' }).getByText('Failed').waitFor();
  await deploy('whole', 'madebywhole');
  await page.getByRole('row').filter({ hasText: 'whole' }).getByText('Succeeded').waitFor();
  expect(await barriersInBoth(page)).toEqual(NO_BARRIERS);
  await page.getByRole('link', { name: 'half', exact: true }).click();
  await heading('half');
  await page.getByRole('alert').getByText('properties.minimumTlsVersion').waitFor();
  await page.getByRole('row').filter({ hasText: 'madebyhalf' }).getByText('Succeeded').waitFor();
  await page.getByRole('row').filter({ hasText: 'notgood' }).getByText('Failed').waitFor();
  expect(await barriersInBoth(page)).toEqual(NO_BARRIERS);
  await visit(page, `/resource${group}/providers/Microsoft.Resources/deployments/whole`);
  await page.getByRole('button', { name: 'Copy made' }).waitFor();
});

test('a deployment under way tells each step by itself, and is canceled from its page', async () => {
  const id = `${group}/providers/Microsoft.Resources/deployments/long`;
  const each = { type: 'Microsoft.ManagedIdentity/userAssignedIdentities', apiVersion: '2023-01-31', location: 'local', name: "[format('one-of-many-{0}', copyIndex())]" };
  const template = {
    $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
    contentVersion: '1.0.0.0',
    resources: [{ ...each, copy: { name: 'many', count: 400, mode: 'serial', batchSize: 1 } }],
  };
  await put(id, { location: undefined, properties: { mode: 'Incremental', template } }, '2022-09-01');
  await open(id);
  await page.getByRole('row').filter({ hasText: 'one-of-many-1' }).getByText('Succeeded').first().waitFor();
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await page.getByRole('heading', { name: 'Steps' }).waitFor();
  await page.getByRole('region', { name: 'Deployment', exact: true }).getByText('Canceled').waitFor();
  await page.getByRole('button', { name: 'Cancel', exact: true }).waitFor({ state: 'detached' });
  expect(await propertiesOf(id, '2022-09-01')).toMatchObject({ provisioningState: 'Canceled' });
});

test('Ctrl-K finds resources and what can be made, and leads there by the keyboard', async () => {
  await page.keyboard.press('Control+k');
  await page.keyboard.type('inner');
  await page.getByRole('option', { name: /^inner/, selected: true }).waitFor();
  await page.keyboard.press('Enter');
  await heading('inner');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('create key v');
  await page.getByRole('option', { name: 'Create key vault', selected: true }).waitFor();
  await page.keyboard.press('Enter');
  await heading('Create a key vault');
  expect(await page.title()).toBe('Create a key vault · Lazurite');
});

test('an address that leads nowhere says so, within the frame', async () => {
  await page.goto(`${scene.origin}/no/such/page`);
  await page.getByRole('heading', { name: 'There is no page here' }).waitFor();
  expect(await page.title()).toBe('Not found · Lazurite');
  expect(watched.complaints).toEqual([]);
  await visit(page, `/workspaces/${scene.server.connection.subscriptionId}/research/nothing/jobs`);
  await page.getByRole('heading', { name: 'There is no such workspace' }).waitFor();
  watched.complaints.splice(0);
  await page.getByRole('link', { name: 'All workspaces' }).click();
  await heading('Workspaces');
});

test('while the server is away a banner says so; when it is back the page goes on by itself', async () => {
  await visit(page, '/resources?text=inner');
  await page.getByRole('link', { name: 'inner' }).waitFor();
  expect(watched.complaints).toEqual([]);
  await page.route('**/*', (route) => route.abort('connectionrefused'));
  await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
  const banner = page.getByText('The server does not answer', { exact: true });
  await banner.waitFor();
  expect(await page.getByRole('link', { name: 'inner' }).isVisible()).toBe(true);
  await page.unroute('**/*');
  await banner.waitFor({ state: 'detached' });
  await expect.poll(() => page.getByRole('columnheader', { name: 'Name' }).getAttribute('aria-sort')).toBe('ascending');
  await page.getByRole('link', { name: 'inner' }).waitFor();
  watched.complaints.splice(0);
});

test('who signs in with a password comes back to the address that was asked for', async () => {
  const other = await openPage(browser);
  const { database } = scene.server.composition;
  const id = randomUUID();
  const set = await preparePassword('correct horse battery', false, { now: Date.now });
  await database.transaction(async (tx) => {
    await insertPrincipal(tx, { id, kind: 'User', displayName: 'Ada', userPrincipalName: 'ada@example.org' });
    await set(tx, id);
  });
  await other.page.goto(`${scene.origin}/resources?text=inner`);
  await other.page.getByRole('button', { name: /Sign in with a password/ }).click();
  await other.page.getByLabel('User name').fill('ada@example.org');
  await other.page.getByLabel('Password').fill('correct horse battery');
  await other.page.getByRole('button', { name: 'Sign in' }).click();
  await other.page.getByRole('heading', { name: 'All resources' }).waitFor();
  expect(new URL(other.page.url()).pathname + new URL(other.page.url()).search).toBe('/resources?text=inner');
  await other.page.getByText('Nothing matches').waitFor();
  await other.context.close();
});

test('through all of this the browser complained about nothing, and neither did the server', () => {
  expect([watched.complaints, scene.server.errors()]).toEqual([[], []]);
});
