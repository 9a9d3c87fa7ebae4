// ProgramBundle: the program and its libraries as a few JavaScript files. A start from source loads some two thousand.

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Writes `lazurite.js`, and its chunks. Returns the folders of the libraries that are inside. */
export async function writeProgram(folder: string): Promise<readonly string[]> {
  const bundle = await rolldown({ input: { lazurite: join(root, 'packages/cli/src/main.ts') }, platform: 'node', logLevel: 'warn' });
  try {
    const { output } = await bundle.write({ dir: folder, format: 'esm', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' });
    const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
    return [...new Set(modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id.replaceAll('\\', '/'))?.[0] ?? []))].toSorted();
  } finally {
    await bundle.close();
  }
}
