// The guide to infrastructure, carried out: its files written, its shell lines run in their order, as a reader would. Lines
// that need Terraform, Bicep or az are left to their own suites; packages are those of this repository.

import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../../..');
const dir = mkdtempSync(join(tmpdir(), 'lazurite-guide-'));
// Why: as root the database runs as another user, who has to get through.
chmodSync(dir, 0o755);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Text of the fenced blocks with this word after their language. */
function blocks(guide: string, language: string): readonly { readonly word: string; readonly text: string }[] {
  return [...guide.matchAll(new RegExp(`^\`\`\`${language} (\\S+)\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, word = '', text = '']) => ({ word, text }));
}

async function shell(script: string): Promise<{ readonly status: number; readonly said: string }> {
  const child = spawn('bash', ['-e', '-c', script], { cwd: dir, env: { ...process.env, LAZURITE_PORT: '0', LAZURITE_FETCH_UV: 'false' }, stdio: ['ignore', 'pipe', 'pipe'], timeout: 170_000 });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  return new Promise((resolve) => child.once('close', (code) => resolve({ status: code ?? -1, said })));
}

test('the lines of the guide work as they are written', async () => {
  const guide = readFileSync(join(root, 'docs/guides/infrastructure.md'), 'utf8');
  for (const { word, text } of blocks(guide, 'js')) writeFileSync(join(dir, word), text);
  copyFileSync(join(import.meta.dirname, 'main.json'), join(dir, 'main.json'));
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  const lines = blocks(guide, 'sh').filter(({ word }) => word === 'test');
  expect(lines.length).toBeGreaterThan(3);
  const program = `npx() { shift; ${JSON.stringify(process.execPath)} ${JSON.stringify(join(root, 'packages/cli/src/main.ts'))} "$@"; }\nnpm() { :; }\ntrap 'npx lazurite down > /dev/null 2>&1 || true' EXIT\n`;
  const { status, said } = await shell(program + lines.map(({ text }) => text).join(''));
  expect(said).toContain('/providers/Microsoft.MachineLearningServices/workspaces/guide-ws"');
  expect(said).toMatch(/principal = "[0-9a-f-]{36}"/);
  expect([status, status === 0 ? '' : said]).toEqual([0, '']);
});
