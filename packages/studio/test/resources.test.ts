// The generic pages in a real browser on the real server: every type's page, access, locks, tags, forms, the wizard, and a
// workspace's way to deletion and back.

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { runClient } from '../../server/test/clients/azure/run-client.ts';
import { armTemplate } from '../src/features/create-workspace/as-template.ts';
import { asKind, emptyDraft, withNames } from '../src/features/create-workspace/draft.ts';
import { barriers, barriersInBoth, launchChromium, NO_BARRIERS, openPage, signIn, visit, type WatchedPage } from './browser.ts';
import { openScene, type Scene } from './scene.ts';

const GROUP = 'prüfung-实验';
const API = '2024-10-01';

let scene: Scene;
let browser: Browser;
let watched: WatchedPage;
let page: Page;
let subscription: string;

const pageOf = (id: string, tab = ''): string => `${scene.origin}/resource${id}${tab === '' ? '' : `?tab=${tab}`}`;
const open = (id: string, tab = '') => page.goto(pageOf(id, tab));
const heading = (name: string) => page.getByRole('heading', { name, level: 1 }).waitFor();

const choose = async (field: Locator, typed: string, option: string | RegExp): Promise<void> => {
  await field.click();
  await field.fill(typed);
  await page.getByRole('option', { name: option }).click();
};

beforeAll(async () => {
  [scene, browser] = await Promise.all([openScene('research', 'tumours'), launchChromium()]);
  subscription = `/subscriptions/${scene.server.connection.subscriptionId}`;
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

test('the template that the wizard exports deploys through the unmodified client', async () => {
  const draft = withNames(
    {
      ...emptyDraft({ subscription: scene.server.connection.subscriptionId, location: 'local', group: 'exported' }),
      name: 'by-template',
      tags: { team: '[vision]' },
      description: "it's 100%",
    },
    'x1y2z3',
  );
  const facts = await runClient(scene.server, '../deployments/exported', { variables: { GROUP: 'exported', NAME: 'by-template', TEMPLATE: JSON.stringify(armTemplate(draft)) } });
  expect(facts).toMatchObject({
    validated: { properties: { provisioningState: 'Succeeded' } },
    created: { properties: { provisioningState: 'Succeeded' } },
    workspace: { tags: { team: '[vision]' }, properties: { description: "it's 100%", provisioningState: 'Succeeded' } },
  });
  expect(stringAt(objectAt(facts['workspace'], 'properties'), 'storageAccount')).toMatch(/storageAccounts\/bytemplatestx1y2z3$/i);
});

test('the templates of a hub, its project and a feature store deploy, each as its kind', async () => {
  const hub = `${subscription}/resourceGroups/exported/providers/Microsoft.MachineLearningServices/workspaces/by-hub`;
  for (const kind of ['Hub', 'Project', 'FeatureStore'] as const) {
    const name = `by-${kind.toLowerCase()}`;
    const empty = emptyDraft({ subscription: scene.server.connection.subscriptionId, location: 'local', group: 'exported' });
    const template = armTemplate(withNames({ ...asKind(empty, kind), name, ...(kind === 'Project' ? { hub } : {}) }, kind.toLowerCase().slice(0, 6)));
    const id = `${subscription}/resourceGroups/exported/providers/Microsoft.Resources/deployments/${name}`;
    await scene.api.arm('PUT', id, { body: { properties: { mode: 'Incremental', template: JSON.parse(JSON.stringify(template)) } }, apiVersion: '2022-09-01' });
    const stateOf = async () => stringAt(objectAt(await scene.api.arm('GET', id, { apiVersion: '2022-09-01' }), 'properties'), 'provisioningState');
    await expect.poll(stateOf).toMatch(/^(Succeeded|Failed)$/);
    expect({ kind, state: await stateOf() }).toEqual({ kind, state: 'Succeeded' });
    expect(stringAt(await scene.api.arm('GET', hub.replace('by-hub', name), { apiVersion: API }), 'kind')).toBe(kind);
  }
});

test('the wizard says what is wrong where it is, shows the same as code, and creates it', async () => {
  await page.goto(scene.origin);
  await page.getByRole('button', { name: 'Create workspace' }).click();
  await heading('Create a workspace');
  await page.getByRole('combobox', { name: 'Resource group' }).fill(GROUP);
  await page.getByText('There is none of this name; it is created.').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('a');
  await page.getByRole('tab', { name: /^Review/ }).click();
  await page.getByText('Not complete yet').waitFor();
  expect(await page.getByRole('button', { name: 'Create', exact: true }).isDisabled()).toBe(true);
  await page.getByRole('tab', { name: /^Basics/ }).click();
  await page.getByText("The name 'a' is not valid for workspaces").waitFor();
  await page.getByRole('combobox', { name: 'Resource group' }).fill('no good!');
  await page.getByText("The name 'no good!' is not valid for resourceGroups").waitFor();
  await page.getByRole('combobox', { name: 'Resource group' }).fill(GROUP);
  await page.keyboard.press('Escape');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('vision');
  await page.getByRole('tab', { name: /^Resources/ }).click();
  expect(await page.getByRole('textbox', { name: 'Name of the storage account' }).inputValue()).toMatch(/^visionst\w{6}$/);
  await page.getByRole('tab', { name: /^Tags/ }).click();
  await page.getByRole('button', { name: 'Add tag' }).click();
  await page.getByRole('textbox', { name: 'Tag name' }).fill('team');
  await page.getByRole('textbox', { name: 'Tag value' }).fill('vision');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('Everything is there.').waitFor();
  for (const [language, text] of [
    ['Terraform', 'azurerm_machine_learning_workspace'],
    ['Azure CLI', 'az ml workspace create --file'],
    ['ARM template', 'Microsoft.MachineLearningServices/workspaces'],
  ] as const) {
    await page.getByRole('tab', { name: language }).click();
    await page.locator('pre').filter({ hasText: text }).waitFor();
  }
  expect(await barriers(page)).toEqual([]);
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await heading('vision');
  await expect.poll(() => page.getByRole('listitem').filter({ hasText: 'visionst' }).getByText('Ready').count()).toBe(1);
  expect(decodeURIComponent(new URL(page.url()).pathname)).toContain(`/resourceGroups/${GROUP}/`);
});

test('the workspace in a group of another script opens, and its live pages answer', async () => {
  await page.getByRole('button', { name: 'Open workspace' }).click();
  await page.getByRole('heading', { name: 'No jobs yet' }).waitFor();
  await page.getByRole('navigation', { name: 'Workspace vision' }).getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('tab', { name: 'Networking' }).waitFor();
});

test('all resources: filters, columns and order live in the address', async () => {
  await page.goto(`${scene.origin}/resources`);
  const names = (): Promise<string[]> =>
    page
      .getByRole('row')
      .getByRole('link', { name: /^(?!research|exported)/ })
      .allTextContents();
  await page.getByRole('searchbox', { name: 'Name' }).fill('vision');
  await page.getByRole('combobox', { name: 'Type' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Storage accounts' }).click();
  await page.keyboard.press('Escape');
  await expect.poll(async () => (await names()).filter((name) => name.startsWith('vision')).length).toBe(1);
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Tags' }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
  await page.getByRole('cell', { name: 'team: vision' }).waitFor();
  await expect
    .poll(async () => {
      const search = new URL(page.url()).searchParams;
      return [search.get('text'), search.get('type'), search.get('sort'), search.get('columns')];
    })
    .toEqual(['vision', 'Microsoft.Storage/storageAccounts', 'name:asc', 'type,group,location,state,created,tags']);
  await page.reload();
  await page.getByRole('cell', { name: 'team: vision' }).waitFor();
});

test('a form made from the schema saves, shows the refusal beside its field, and loses nobody’s change', async () => {
  const id = scene.workspace.id;
  await open(id, 'properties');
  const description = page.getByRole('textbox', { name: 'Description', exact: true });
  await description.fill('of the lung');
  await page.locator('pre').filter({ hasText: 'az resource update' }).waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(async () => stringAt(objectAt(await scene.api.arm('GET', id, { apiVersion: API }), 'properties'), 'description')).toBe('of the lung');
  await page.getByText('Nothing yet.').waitFor();
  await page.getByRole('textbox', { name: 'Container registry' }).fill('/not/an/id');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(() => page.getByRole('textbox', { name: 'Container registry' }).getAttribute('aria-invalid')).toBe('true');
  expect(await barriers(page)).toEqual([]);
  await page.getByRole('button', { name: 'Discard' }).click();
  await description.fill('of the liver');
  await scene.api.arm('PATCH', id, { body: { properties: { friendlyName: 'Tumours' } }, apiVersion: API });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Somebody else changed this meanwhile').waitFor();
  await page.getByText('They changed friendlyName.').waitFor();
  await page.getByRole('button', { name: 'Keep mine over theirs' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(async () => objectAt(await scene.api.arm('GET', id, { apiVersion: API }), 'properties')).toMatchObject({ friendlyName: 'Tumours', description: 'of the liver' });
  watched.complaints.splice(0);
});

test('who may do what and why: a role is given, explained and taken away', async () => {
  await scene.server.createPrincipal({ name: 'night batch' });
  await open(scene.workspace.id, 'access');
  await page.getByRole('cell', { name: 'Inherited from the subscription' }).first().waitFor();
  await page.getByRole('button', { name: 'Add assignment' }).click();
  const dialog = page.getByRole('dialog');
  await choose(dialog.getByRole('combobox', { name: 'Role' }), 'AzureML Data', 'AzureML Data Scientist');
  await choose(dialog.getByRole('combobox', { name: 'Who' }), 'night', /night batch/);
  await dialog.getByText('az role assignment create').waitFor();
  expect(await barriers(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Add' }).click();
  await page.getByRole('row').filter({ hasText: 'night batch' }).getByText('AzureML Data Scientist').waitFor();
  await page.getByRole('tab', { name: 'Check access' }).click();
  await choose(page.getByRole('combobox', { name: 'Who' }), 'night', /night batch/);
  const answer = (action: string) => page.getByRole('row').filter({ has: page.getByText(`Microsoft.MachineLearningServices/workspaces/${action}`, { exact: true }) });
  await answer('read').getByText('AzureML Data Scientist, given here').waitFor();
  expect(await answer('delete').textContent()).toMatch(/^No.*Would be allowed by Owner/);
  await page.getByRole('textbox', { name: 'Another action' }).fill('Microsoft.Storage/storageAccounts/read');
  await page.getByRole('button', { name: 'Ask about it' }).click();
  await page.getByRole('row').filter({ hasText: 'Microsoft.Storage/storageAccounts/read' }).waitFor();
  expect(await barriers(page)).toEqual([]);
  await page.getByRole('tab', { name: 'Role assignments' }).click();
  await page.getByRole('button', { name: 'Remove AzureML Data Scientist of night batch' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect.poll(() => page.getByRole('row').filter({ hasText: 'night batch' }).count()).toBe(0);
});

test('tags are changed, and the activity log tells who did it', async () => {
  await open(scene.workspace.id, 'tags');
  await page.getByRole('button', { name: 'Add tag' }).click();
  await page.getByRole('textbox', { name: 'Tag name' }).fill('stage');
  await page.getByRole('textbox', { name: 'Tag value' }).fill('test');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(async () => objectAt(await scene.api.arm('GET', scene.workspace.id, { apiVersion: API }), 'tags')).toEqual({ stage: 'test' });
  await open(scene.workspace.id, 'activity');
  await page.getByRole('row').filter({ hasText: 'Create or update' }).filter({ hasText: 'This one' }).first().waitFor();
});

test('keys are shown when asked for, and resynced', async () => {
  await open(scene.workspace.id, 'keys');
  await page.getByRole('button', { name: 'Show keys' }).click();
  await expect.poll(() => page.getByRole('textbox').first().inputValue()).toMatch(/.{20,}/);
  await page.getByRole('button', { name: 'Hide keys' }).click();
  expect(await page.getByRole('textbox').count()).toBe(0);
  await page.getByRole('button', { name: 'Resync keys' }).click();
  await page.getByText('Done: the workspace has the keys').waitFor();
});

test('public access is closed and opened', async () => {
  await open(scene.workspace.id, 'networking');
  for (const [label, value] of [
    [/^Private only/, 'Disabled'],
    [/^From everywhere/, 'Enabled'],
  ] as const) {
    const choice = page.getByRole('radio', { name: label });
    await choice.click();
    await expect.poll(async () => stringAt(objectAt(await scene.api.arm('GET', scene.workspace.id, { apiVersion: API }), 'properties'), 'publicNetworkAccess')).toBe(value);
    // The page shows what the server has, a moment later.
    await expect.poll(() => choice.isChecked()).toBe(true);
  }
});

test('a lock keeps a workspace; without it, it goes, comes back, and goes for good', async () => {
  const id = `${subscription}/resourceGroups/${GROUP}/providers/Microsoft.MachineLearningServices/workspaces/vision`;
  await open(id, 'locks');
  await page.getByRole('button', { name: 'Add lock' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
  await page.getByRole('cell', { name: 'Cannot be deleted' }).waitFor();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const dialog = page.getByRole('dialog');
  expect(await dialog.getByRole('button', { name: 'Delete', exact: true }).isDisabled()).toBe(true);
  await dialog.getByRole('textbox').fill('vision');
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await dialog.getByRole('alert').getByText('ScopeLocked').waitFor();
  expect(await barriers(page)).toEqual([]);
  watched.complaints.splice(0);
  await dialog.getByRole('button', { name: 'Keep it' }).click();
  await page.getByRole('button', { name: 'Remove lock keep' }).click();
  await page.getByText('Not locked').waitFor();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await dialog.getByRole('textbox').fill('vision');
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await heading(GROUP);
  await page.getByRole('link', { name: 'Recently deleted' }).click();
  await page.getByRole('button', { name: 'Recover vision' }).click();
  await heading('vision');
  await page.getByText('Ready').first().waitFor();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await dialog.getByRole('textbox').fill('vision');
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await heading(GROUP);
  await page.getByRole('link', { name: 'Recently deleted' }).click();
  await page.getByRole('button', { name: 'Purge vision' }).click();
  expect(await barriers(page)).toEqual([]);
  await dialog.getByRole('textbox').fill('vision');
  await dialog.getByRole('button', { name: 'Purge', exact: true }).click();
  await page.getByText('Nothing was deleted lately').waitFor();
});

test('every type that is there has a page, with every tab, without a barrier', async () => {
  const group = `${subscription}/resourceGroups/exported`;
  const listed = await scene.api.arm('GET', `${group}/resources`, { apiVersion: '2021-04-01' });
  const values: unknown = Object(listed)['value'];
  const ids = [
    subscription,
    group,
    scene.workspace.id,
    // One of each type: the others of a type have the same page.
    ...new Map((Array.isArray(values) ? values : []).map((each: unknown) => [stringAt(each, 'type'), stringAt(each, 'id') ?? ''])).values(),
    `${scene.workspace.id}/datastores/workspaceblobstore`,
  ];
  expect(ids.length).toBeGreaterThan(7);
  for (const [index, id] of ids.entries()) {
    await visit(page, `/resource${id}`);
    await heading(decodeURIComponent(id.split('/').at(-1) ?? '').replace(subscription.slice('/subscriptions/'.length), 'Lazurite'));
    const tabs = page.getByRole('tablist').first().getByRole('tab');
    await tabs.first().waitFor();
    const titles = await tabs.evaluateAll((elements) => elements.map((element) => element.getAttribute('value') ?? ''));
    // Why not all of all: the tabs are the same, and the workspace has every one of them.
    const wanted = id === scene.workspace.id ? titles : titles.filter((title, at) => at === 0 || title === ['properties', 'json', 'access'][index % 3]);
    for (const name of wanted) {
      await tabs.nth(titles.indexOf(name)).click();
      await page.getByLabel('Loading').waitFor({ state: 'detached' });
      await page.locator('main section, main form, main pre, main table, main h2, main [role=table], main button').first().waitFor();
      expect({ id, name, alerts: await page.getByRole('alert').allTextContents(), barriers: await barriersInBoth(page, index === 0 ? undefined : 'main') }).toEqual({
        id,
        name,
        alerts: [],
        barriers: NO_BARRIERS,
      });
      if (id === scene.workspace.id) await fitsNarrow();
    }
  }
  for (const path of ['/groups', '/resources', '/deleted', '/create/workspace', '/nowhere']) {
    await visit(page, path);
    await page.locator('main h1, main h2').first().waitFor();
    await page.getByLabel('Loading').waitFor({ state: 'detached' });
    expect({ path, barriers: await barriersInBoth(page) }).toEqual({ path, barriers: NO_BARRIERS });
  }
}, 300_000);

test('the descriptors tell every type there is, with a form for each', async () => {
  const headers = await scene.server.bearer();
  const ask = async (path: string): Promise<unknown> => (await fetch(`${scene.origin}${path}`, { headers })).json();
  const types: unknown = Object(await ask('/api/studio/resourceTypes'))['types'];
  const names = Array.isArray(types) ? types.map((type: unknown) => stringAt(type, 'type') ?? '') : [];
  expect(names.toSorted()).toEqual(scene.server.composition.arm.types.map(({ type }) => type).toSorted());
  for (const name of names) {
    const form = await ask(`/api/studio/resourceTypes/${name}`);
    expect(form).toMatchObject({ type: name, properties: expect.any(Object), readOnly: expect.any(Array) });
    expect({ name, unexplained: unexplained(Object(form).properties) }).toEqual({ name, unexplained: [] });
  }
});

test('what a write would be refused with is told to who may write, and to others only that', async () => {
  const stranger = await scene.server.createPrincipal({ name: 'curious' });
  const ask = async (headers: Readonly<Record<string, string>>, resources: readonly object[]): Promise<unknown> => {
    const response = await fetch(`${scene.origin}/api/studio/checks`, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify({ resources }) });
    return response.json();
  };
  const there = { id: scene.workspace.id, body: { location: 'local', properties: {} } };
  const account = { id: `${subscription}/resourceGroups/not-yet/providers/Microsoft.Storage/storageAccounts/fresh1`, body: { location: 'local', kind: 'StorageV2', sku: { name: 'Standard_LRS' } } };
  const group = { id: `${subscription}/resourceGroups/not-yet`, body: { location: 'local' } };
  const owner = await scene.server.bearer();
  const codes = async (...[headers, resources]: Parameters<typeof ask>): Promise<readonly unknown[]> =>
    Object(await ask(headers, resources)).results.map((each: object) => Object(each)['error']?.code ?? null);
  expect(await codes(owner, [there, account])).toEqual(['PreconditionFailed', 'ResourceGroupNotFound']);
  expect(await codes(owner, [group, account])).toEqual([null, null]);
  expect(await codes(owner, [{ ...there, ifMatch: '"old"' }])).toEqual(['PreconditionFailed']);
  expect(await codes(await scene.server.bearer(stranger), [there, group, account])).toEqual(['AuthorizationFailed', 'AuthorizationFailed', 'AuthorizationFailed']);
  expect(stringAt(objectAt(await ask(owner, []), 'error'), 'code')).toBe('InvalidRequestContent');
});

test('through all of this the browser complained about nothing, and neither did the server', () => {
  expect([watched.complaints, scene.server.errors()]).toEqual([[], []]);
});

/** The page as it stands has no need to scroll sideways on a narrow screen. */
async function fitsNarrow(): Promise<void> {
  const usual = page.viewportSize();
  await page.setViewportSize({ width: 400, height: 860 });
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBe(0);
  if (usual !== null) await page.setViewportSize(usual);
}

/** Patterns of a schema that do not say what they mean. */
function unexplained(schema: object): readonly unknown[] {
  const { pattern, accepts }: { readonly pattern?: unknown; readonly accepts?: unknown } = schema;
  return [
    ...(typeof pattern === 'string' && accepts === undefined ? [pattern] : []),
    ...Object.values(schema).flatMap((inner: unknown) => (typeof inner === 'object' && inner !== null ? unexplained(inner) : [])),
  ];
}
