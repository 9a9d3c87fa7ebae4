// Builds the studio when its sources are newer than the last build. `npm ci` calls it, and `lazurite` before it starts.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const studio = join(dirname(fileURLToPath(import.meta.url)), '..', 'packages', 'studio');
const index = join(studio, 'dist', 'index.html');

if (process.argv.includes('--force') || !existsSync(index) || newest(['src', 'index.html', 'vite.config.ts', 'package.json']) > statSync(index).mtimeMs) {
  const { build } = await import('vite');
  await build({ root: studio, configFile: join(studio, 'vite.config.ts'), logLevel: 'warn' });
}

function newest(paths: readonly string[]): number {
  const times = paths
    .map((path) => join(studio, path))
    .map((path) => {
      if (!existsSync(path)) return 0;
      const stats = statSync(path);
      if (!stats.isDirectory()) return stats.mtimeMs;
      return Math.max(0, ...readdirSync(path, { recursive: true, withFileTypes: true }).map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs));
    });
  return Math.max(...times);
}
