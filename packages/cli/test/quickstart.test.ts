// The quickstart as in the README: from nothing to a registered model, ending by itself and leaving nothing behind.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli, startCli } from './cli-process.ts';

let temporary: string;
beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'lazurite-quick-'));
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

test('trains, shows curves, registers, and ends with 0', { timeout: 600_000 }, async () => {
  const { status, out, err } = await runCli(['quickstart', '--exit', '--ephemeral', '--port', '0'], { TMPDIR: temporary });
  expect(status, err).toBe(0);
  expect(err).toMatch(/Environment ready after/);
  expect(err).toMatch(/Model breast-cancer:1 is registered/);
  expect(out).toMatch(/epoch +40\/40/);
  const [first = 0, last = 0] = /validation\/loss +([\d.]+) +([\d.]+)/.exec(out)?.slice(1).map(Number) ?? [];
  expect(last).toBeLessThan(first / 2);
  expect(out).toMatch(/Studio +http:\/\/localhost:\d+\/jobs\//);
  expect(readdirSync(temporary)).toEqual([]);
});

test('interrupted, it stops its server and ends with 130', async () => {
  const quickstart = startCli(['quickstart', '--ephemeral', '--port', '0'], { TMPDIR: temporary });
  await quickstart.until('is submitted');
  quickstart.child.kill('SIGINT');
  expect(await quickstart.ended).toMatchObject({ status: 130, err: expect.stringContaining('Interrupted') });
  expect(readdirSync(temporary)).toEqual([]);
});
