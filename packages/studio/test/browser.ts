// The browser of these tests: Chromium of this machine, and a page whose every complaint is written down.

import AxeBuilder from '@axe-core/playwright';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

export interface WatchedPage {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Errors of the console, breaches of the content security policy, failed and refused requests, in order. */
  readonly complaints: string[];
}

export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, acceptDownloads: true, colorScheme: 'light', reducedMotion: 'reduce', locale: 'en-GB', ...options });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => void (message.type() === 'error' && complaints.push(`console: ${message.text()}`)));
  page.on('pageerror', (error) => void complaints.push(`error: ${error.message}`));
  // Why: leaving a page ends its streams and what it still asked for.
  page.on('requestfailed', (request) => void (request.failure()?.errorText !== 'net::ERR_ABORTED' && complaints.push(`failed: ${request.url()} ${request.failure()?.errorText}`)));
  page.on('response', (response) => void (response.status() >= 400 && complaints.push(`${response.status()}: ${response.request().method()} ${response.url()}`)));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  return { context, page, complaints };
}

/** Opens the link of `lazurite login` and presses the one button there. */
export async function signIn(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: /Workspaces|Welcome/ }).waitFor();
}

/** To another page as a link leads there: without loading the studio again. */
export async function visit(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState(null, '', to);
    dispatchEvent(new PopStateEvent('popstate', { state: null }));
  }, path);
}

/** What axe finds serious or critical on the page as it stands, or in a part of it where the rest was looked at before. */
export async function barriers(page: Page, within?: string): Promise<readonly string[]> {
  await atRest(page);
  // Why: the focus traps of Fluent's menus are hidden and focusable by design; they hand focus on at once. Why the one-page
  // mode: the other opens a second page for each look, for frames of other origins, and there are none.
  const axe = new AxeBuilder({ page }).setLegacyMode(true).exclude('[data-tabster-dummy]');
  const { violations } = await (within === undefined ? axe : axe.include(within)).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ''}`));
}

/** The same in light and in dark; the page follows the system. */
export async function barriersInBoth(page: Page, within?: string): Promise<Readonly<Record<'light' | 'dark', readonly string[]>>> {
  const found = { light: await barriers(page, within), dark: [] as readonly string[] };
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('html[data-scheme=dark]').waitFor();
  found.dark = await barriers(page, within);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.locator('html[data-scheme=light]').waitFor();
  return found;
}

export const NO_BARRIERS = { light: [], dark: [] } as const;

/** Nothing fades or moves any more: halfway colours belong to no theme. */
async function atRest(page: Page): Promise<void> {
  await page.evaluate(async () => {
    // What takes longer is a clock, such as that of a notice, or never ends.
    const ending = document.getAnimations().filter((animation) => Number(animation.effect?.getComputedTiming().endTime) < 2000);
    await Promise.allSettled(ending.map(({ finished }) => finished));
  });
}
