// The studio in a real browser on the real server, with real jobs: everything a person does in the first hour.

import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringAt } from '@lazurite/server/kernel/json.ts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { barriers, barriersInBoth, launchChromium, NO_BARRIERS, openPage, signIn, visit, type WatchedPage } from './browser.ts';
import { openScene, type Scene } from './scene.ts';

const TRAINING = join(import.meta.dirname, 'training');
const WEIGHTS = Buffer.from(Array.from({ length: 256 * 200 }, (_, i) => i % 256));

let scene: Scene;
let browser: Browser;
let watched: WatchedPage;
let page: Page;
let live: string;
let namedJob: string;
let sleeper: string;

const at = (path: string): string => `${scene.origin}${scene.home}${path}`;
const row = (name: string) => page.getByRole('row').filter({ hasText: name });
/** Waits until it is so; machines that test are busy. */
const point = async (): Promise<number> => Number(/: (\d+) points/.exec((await page.getByRole('img', { name: /^Chart of loss / }).getAttribute('aria-label')) ?? '')?.[1] ?? 0);

beforeAll(async () => {
  [scene, browser] = await Promise.all([openScene('research', 'tumours'), launchChromium()]);
  watched = await openPage(browser);
  page = watched.page;
});

beforeEach(({ task, onTestFailed }) => {
  onTestFailed(async () => void (await page.screenshot({ path: join(tmpdir(), `studio ${task.name.replaceAll('/', ' ')}.png`) })));
});

afterAll(async () => {
  await browser?.close();
  await scene?.stop();
});

test('without a session, any address shows how to sign in', async () => {
  await page.goto(at('/jobs'));
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  expect(await page.getByText('npx lazurite login').isVisible()).toBe(true);
  expect(await barriers(page)).toEqual([]);
});

test('the link of lazurite login leads to the workspaces, and from there to the jobs', async () => {
  await signIn(page, await scene.signInLink());
  await page.getByRole('link', { name: /tumours/ }).click();
  await page.getByRole('heading', { name: 'tumours' }).waitFor();
  await page.getByRole('navigation', { name: 'Workspace tumours' }).getByRole('link', { name: 'Jobs' }).click();
  await page.getByRole('heading', { name: 'No jobs yet' }).waitFor();
});

test('a job that somebody submits appears in the open list, and its state changes there', async () => {
  live = await scene.submit({ displayName: 'live training', command: 'python train.py 600', experiment: 'tumours', code: TRAINING });
  await row('live training').waitFor();
  await row('live training').getByText('Running').waitFor({ timeout: 90_000 });
  const failed = await scene.submit({ displayName: 'broken', command: 'python -c "raise SystemExit(3)"', experiment: 'patience' });
  await row('broken').getByText('Failed').waitFor({ timeout: 90_000 });
  expect(await scene.statusOf(failed)).toBe('Failed');
  sleeper = await scene.submit({ displayName: 'long sleep', command: 'python -c "import time; print(1, flush=True); time.sleep(900)"', experiment: 'patience' });
});

test('the chart of a running job grows by itself', async () => {
  await row('live training').getByRole('link').click();
  await page.getByRole('heading', { name: 'live training' }).waitFor();
  await page.getByRole('tab', { name: 'Metrics' }).click();
  await page.getByRole('img', { name: /^Chart of loss / }).waitFor();
  const before = await point();
  await expect.poll(point).toBeGreaterThan(before + 4);
  await page.getByRole('tab', { name: 'Relative' }).click();
  await page.getByRole('switch', { name: 'Log scale' }).click();
  expect(new URL(page.url()).searchParams.toString()).toBe('x=relative&y=log');
});

test('its log follows the end until somebody scrolls up; searching finds and counts', async () => {
  await page.getByRole('tab', { name: 'Logs' }).click();
  const log = page.getByRole('log');
  const bottom = (): Promise<number> => log.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);
  const height = (): Promise<number> => log.evaluate((element) => element.scrollHeight);
  await page.getByRole('button', { name: 'Following', pressed: true }).waitFor();
  await expect.poll(async () => (await height()) > (await log.evaluate((element) => element.clientHeight))).toBe(true);
  const before = await height();
  await expect.poll(height).toBeGreaterThan(before);
  await expect.poll(bottom).toBeLessThan(40);
  await log.hover();
  await page.mouse.wheel(0, -400);
  await page.getByRole('button', { name: 'Follow', pressed: false }).waitFor();
  const still = await log.evaluate((element) => element.scrollTop);
  const grown = await height();
  await expect.poll(height).toBeGreaterThan(grown);
  expect(await log.evaluate((element) => element.scrollTop)).toBe(still);
  await page.getByRole('searchbox', { name: 'Search in the log' }).fill('learning rate lowered');
  await page.getByText(/^\d+ of \d+$/).waitFor();
  expect(await log.locator('mark').first().textContent()).toBe('learning rate lowered');
  await page.getByRole('checkbox', { name: 'Only matching lines' }).check();
  await expect.poll(() => log.getByText('INFO').count()).toBe(0);
});

test('the job completes before the eyes of who looks at it', async () => {
  await page.getByRole('tab', { name: 'Overview' }).click();
  await page.getByText('Running', { exact: true }).first().waitFor();
  await scene.mlflow('POST', 'runs/set-tag', { run_id: live, key: 'enough', value: 'yes' });
  await page.getByText('Completed', { exact: true }).waitFor({ timeout: 60_000 });
});

test('an output is downloaded byte by byte, a text is shown, and so is the code', async () => {
  await page.getByRole('tab', { name: 'Outputs' }).click();
  await page.getByRole('button', { name: 'outputs', exact: true }).click();
  await page.getByRole('button', { name: /^metrics\.json/ }).click();
  await page.getByText('"accuracy"').waitFor();
  await page.getByRole('button', { name: 'model', exact: true }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download weights.bin' }).click()]);
  expect(download.suggestedFilename()).toBe('weights.bin');
  expect(readFileSync(await download.path()).equals(WEIGHTS)).toBe(true);
  await page.getByRole('tab', { name: 'Code' }).click();
  await page.getByText('Logs a falling loss to MLflow', { exact: false }).waitFor();
});

test('what was registered from its outputs stands in its lineage', async () => {
  await scene.api.arm('PUT', `${scene.workspace.id}/models/tumour-net/versions/1`, {
    body: { properties: { modelType: 'custom_model', modelUri: `azureml://jobs/${live}/outputs/artifacts/paths/outputs/model` } },
  });
  namedJob = await scene.submit({
    displayName: 'makes data',
    experiment: 'patience',
    command: "python -c \"import pathlib,sys; pathlib.Path(sys.argv[1], 'a.txt').write_text('a')\" ${{outputs.table}}",
    outputs: { table: { jobOutputType: 'uri_folder', mode: 'ReadWriteMount', assetName: 'clean-table' } },
  });
  await scene.until(namedJob, 'Completed');
  await page.goto(at(`/jobs/${live}`));
  await page.getByRole('link', { name: 'tumour-net:1' }).waitFor();
  await page.goto(at(`/jobs/${namedJob}`));
  await page.getByRole('link', { name: 'clean-table:1' }).click();
  await page.getByRole('heading', { name: 'clean-table' }).waitFor();
});

test('files of named outputs, data and models are looked at where they are listed', async () => {
  await page
    .getByRole('region', { name: 'Files' })
    .getByRole('button', { name: /^a\.txt/ })
    .click();
  await page.getByRole('button', { name: 'Copy a.txt' }).waitFor();
  await page.getByRole('region', { name: 'Version 1' }).getByRole('link', { name: namedJob }).click();
  await page.getByRole('tab', { name: 'Outputs' }).click();
  await page.getByRole('button', { name: 'table named output' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download a.txt' }).click()]);
  expect(readFileSync(await download.path(), 'utf8')).toBe('a');
  expect(await barriers(page)).toEqual([]);
  await page.getByRole('navigation', { name: 'Folder' }).getByRole('button', { name: 'makes data' }).click();
  await page.getByRole('button', { name: 'system_logs', exact: true }).waitFor();
  await page.goto(at('/models/tumour-net'));
  await page
    .getByRole('region', { name: 'Files' })
    .getByRole('button', { name: /^weights\.bin/ })
    .click();
  await page.getByText('This is not text').waitFor();
  expect(await barriers(page)).toEqual([]);
});

test('another job is canceled after a question that says what goes', async () => {
  await scene.until(sleeper, 'Running');
  await page.goto(at(`/jobs/${sleeper}`));
  await page.getByRole('button', { name: 'Cancel' }).click();
  const dialog = page.getByRole('dialog', { name: 'Cancel “long sleep”?' });
  expect(await dialog.getByText('az ml job cancel').isVisible()).toBe(true);
  expect(await barriers(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Keep running' }).click();
  expect(await scene.statusOf(sleeper)).toBe('Running');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel job' }).click();
  await page.getByText('Canceled', { exact: true }).first().waitFor({ timeout: 60_000 });
  expect(await scene.statusOf(sleeper)).toBe('Canceled');
});

test('Ctrl-K jumps to a job by a part of its name', async () => {
  await page.keyboard.press('Control+k');
  await page.keyboard.type('live tr');
  await page.getByRole('option', { name: /live training/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'live training' }).waitFor();
  expect(new URL(page.url()).pathname).toBe(`${scene.home}/jobs/${live}`);
});

test('filters and order are in the address and survive a reload', async () => {
  await page.goto(at('/jobs'));
  await page.getByRole('searchbox', { name: 'Name' }).fill('e');
  await page.getByRole('combobox', { name: 'Status' }).click();
  await page.getByRole('menuitemcheckbox', { name: /^Completed/ }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
  const names = (): Promise<string[]> => page.getByRole('row').getByRole('link').allTextContents();
  await expect.poll(names).toEqual(['live training', 'makes data']);
  await expect.poll(() => new URL(page.url()).searchParams.toString()).toBe('status=Completed&text=e&sort=name%3Aasc');
  await page.reload();
  await expect.poll(names).toEqual(['live training', 'makes data']);
  expect(await page.getByRole('searchbox', { name: 'Name' }).inputValue()).toBe('e');
  expect(await page.getByRole('columnheader', { name: 'Name' }).getAttribute('aria-sort')).toBe('ascending');
});

test('the keyboard alone leads from the list to a job', async () => {
  await page.goto(at('/jobs'));
  await row('live training').waitFor();
  const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent ?? '');
  for (let presses = 0; presses < 60 && !/^(live training|long sleep|broken|makes data)$/.test(await focused()); presses += 1) await page.keyboard.press('Tab');
  for (let presses = 0; presses < 6 && (await focused()) !== 'live training'; presses += 1) {
    const before = await focused();
    await page.keyboard.press('ArrowDown');
    await expect.poll(focused).not.toBe(before);
  }
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'live training' }).waitFor();
});

test('the addresses that MLflow prints lead to the job and to its experiment', async () => {
  const run = await scene.mlflow('GET', `runs/get?run_id=${live}`);
  const experiment = stringAt(Object(run)['run']?.info, 'experiment_id') ?? '';
  const tracking = `http://127.0.0.1:${scene.server.connection.port}/mlflow/v2.0${scene.workspace.id}`;
  await page.goto(`${tracking}/#/experiments/${experiment}/runs/${live}`);
  await page.getByRole('heading', { name: 'live training' }).waitFor();
  expect(page.url()).toBe(at(`/jobs/${live}`));
  await page.goto(`${tracking}#/experiments/${experiment}`);
  await row('live training').waitFor();
  expect(page.url()).toBe(at('/jobs?experiment=tumours'));
});

test('no page has a serious barrier, in light and in dark', async () => {
  const pages = [
    '',
    '/jobs',
    '/jobs?text=nothing-is-called-so',
    `/jobs/${live}`,
    `/jobs/${live}/metrics`,
    `/jobs/${live}/logs`,
    `/jobs/${live}/outputs?path=outputs&file=outputs%2Fmetrics.json`,
    `/jobs/${live}/code`,
    `/jobs/${live}/json`,
    '/models',
    '/models/tumour-net',
    '/data',
    '/environments',
    '/compute',
    '/nothing-here',
  ];
  for (const path of pages) {
    await visit(page, scene.home + path);
    await page.locator('main h1, main h2').first().waitFor();
    await page.getByLabel('Loading').waitFor({ state: 'detached' });
    expect({ path, barriers: await barriersInBoth(page, path === '' ? undefined : 'main') }).toEqual({ path, barriers: NO_BARRIERS });
  }
  await visit(page, '/');
  await page.getByRole('link', { name: /tumours/ }).waitFor();
  expect(await barriersInBoth(page)).toEqual(NO_BARRIERS);
}, 200_000);

test('light and dark can be chosen against the system, and stay chosen', async () => {
  for (const scheme of ['Dark', 'Light', 'As the system'] as const) {
    await page.getByRole('button', { name: /account and appearance/ }).click();
    await page.getByRole('menuitemradio', { name: scheme }).click();
    await page.locator(`html[data-scheme=${scheme === 'Dark' ? 'dark' : 'light'}]`).waitFor();
    await page.keyboard.press('Escape');
    await page.reload();
    await page.locator(`html[data-scheme=${scheme === 'Dark' ? 'dark' : 'light'}]`).waitFor();
    await page.getByRole('link', { name: /tumours/ }).waitFor();
  }
});

test('through all of this the browser complained about nothing', () => {
  expect(watched.complaints).toEqual([]);
});

test('who has no right is told what, why and how, with the id of the request', async () => {
  const other = await openPage(browser);
  await signIn(other.page, await scene.signInLink('stranger'));
  await other.page.goto(at('/jobs'));
  const alert = other.page.getByRole('alert').first();
  await alert.waitFor();
  const text = (await alert.textContent()) ?? '';
  expect(text).toContain('You may not see this');
  expect(text).toContain('Microsoft.MachineLearningServices/workspaces/jobs/read');
  expect(text).toMatch(/Request [0-9a-f-]{36}/);
  expect(await barriers(other.page)).toEqual([]);
  await other.context.close();
});

test('a session that is gone leads to the sign-in page, and so does signing out', async () => {
  const other = await openPage(browser);
  await signIn(other.page, await scene.signInLink());
  await other.context.clearCookies();
  await other.page.goto(at('/jobs'));
  await other.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await other.context.close();
  await page.getByRole('button', { name: /account and appearance/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.goto(at('/jobs'));
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
});

test('the server had nothing to complain about either', () => {
  expect(scene.server.errors()).toEqual([]);
});
