// Takes pictures of every page of a running server, light and dark, and runs axe on each:
// `node packages/studio/test/look.ts http://localhost:5199 FOLDER [only]`.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { chromium } from 'playwright-core';

const [origin = 'http://localhost:5199', folder = 'pictures', only = ''] = process.argv.slice(2);
const HOME = '/workspaces/5f2a7c1e-90b4-4c1e-8d0f-3b9a6c2e7d41/research/tumours';
const PAGES: Readonly<Record<string, string>> = {
  home: '/',
  workspace: HOME,
  jobs: `${HOME}/jobs`,
  'jobs-filtered': `${HOME}/jobs?status=Failed&sort=name:asc`,
  'jobs-none': `${HOME}/jobs?text=zzzz`,
  overview: `${HOME}/jobs/live_lapis_1`,
  failed: `${HOME}/jobs/amber_beryl_19998`,
  queued: `${HOME}/jobs/queued_beryl_2`,
  metrics: `${HOME}/jobs/live_lapis_1/metrics?smooth=0.6`,
  logs: `${HOME}/jobs/live_lapis_1/logs`,
  outputs: `${HOME}/jobs/live_lapis_1/outputs?path=outputs&file=outputs/confusion.csv`,
  code: `${HOME}/jobs/live_lapis_1/code`,
  models: `${HOME}/models`,
  model: `${HOME}/models/tumour-classifier`,
  compute: `${HOME}/compute`,
  data: `${HOME}/data`,
  missing: `${HOME}/jobs/not_there`,
};

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
for (const scheme of ['light', 'dark'] as const) {
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, colorScheme: scheme });
  const page = await context.newPage();
  page.on('console', (message) => message.type() === 'error' && process.stdout.write(`  console ${message.text()}\n`));
  page.on('pageerror', (error) => process.stdout.write(`  page error ${error.message}\n`));
  for (const [name, path] of Object.entries(PAGES)) {
    if (only !== '' && !only.split(',').includes(name)) continue;
    await page.goto(origin + path);
    await page.waitForSelector('h1, [role=alert]');
    await page.waitForTimeout(900);
    await page.screenshot({ path: join(folder, `${name}-${scheme}.png`) });
    // Why: the focus traps of Fluent's menus are hidden and focusable by design; they hand focus on at once.
    const { violations } = await new AxeBuilder({ page }).exclude('[data-tabster-dummy]').analyze();
    process.stdout.write(`${scheme} ${name}: ${violations.length === 0 ? 'axe clean' : ''}\n`);
    for (const violation of violations)
      process.stdout.write(
        `  ${violation.impact} ${violation.id}: ${violation.nodes
          .map((node) => node.html.slice(0, 140))
          .slice(0, 3)
          .join(' | ')}\n`,
      );
  }
  await fetch(`${origin}/preview/session?in=no`);
  await page.goto(origin);
  await page.waitForSelector('h1');
  await page.screenshot({ path: join(folder, `sign-in-${scheme}.png`) });
  await fetch(`${origin}/preview/session?in=yes`);
  await page.goto(`${origin}${HOME}/jobs`);
  await page.waitForSelector('[role=table]');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('opal');
  await page.waitForTimeout(800);
  await page.screenshot({ path: join(folder, `palette-${scheme}.png`) });
  await page.goto(`${origin}${HOME}/jobs/live_lapis_1`);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(folder, `cancel-${scheme}.png`) });
  await context.close();
}
await browser.close();
