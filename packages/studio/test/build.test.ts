// The build: what the first page makes a browser load stays small, and nothing comes from elsewhere.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const DIST = join(import.meta.dirname, '../dist');
const MOST_BYTES = 500_000;
const page = readFileSync(join(DIST, 'index.html'), 'utf8');
/** As it goes over the wire. */
const packedBytes = (file: string): number => statSync(join(DIST, `${file}.gz`)).size;

/** A file with all that it imports at once, directly or not. */
function withImports(name: string, found = new Map<string, Buffer>()): ReadonlyMap<string, Buffer> {
  if (found.has(name)) return found;
  const content = readFileSync(join(DIST, 'assets', name));
  found.set(name, content);
  for (const [, imported] of content.toString('utf8').matchAll(/\b(?:from|import)\s*"\.\/([\w.-]+\.js)"/g)) if (imported !== undefined) withImports(imported, found);
  return found;
}

test('the first page loads less than 500 kB', () => {
  const [, entry = ''] = /<script type="module"[^>]* src="\/assets\/([^"]+)"/.exec(page) ?? [];
  const [, style = ''] = /<link rel="stylesheet"[^>]* href="\/assets\/([^"]+)"/.exec(page) ?? [];
  const scripts = withImports(entry);
  expect(scripts.size).toBeGreaterThan(3);
  const total = [...[...scripts.keys(), style].map((name) => `assets/${name}`), 'index.html'].reduce((sum, file) => sum + packedBytes(file), 0);
  process.stdout.write(`first page: ${Math.round(total / 1000)} kB gzip in ${scripts.size + 2} files\n`);
  expect(total).toBeLessThan(MOST_BYTES);
});

test('nothing stands inline in the page, and nothing comes from another place', () => {
  expect(page).not.toMatch(/<script(?![^>]*\bsrc=)/);
  expect(page).not.toMatch(/<style|\son\w+=|(?:src|href)="(?!\/)/);
});
