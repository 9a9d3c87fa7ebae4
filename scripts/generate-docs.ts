// Writes the pages of docs/generated from the code: settings, resource types. `--check` only compares, for `npm run lint`.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SettingsSchema } from '@lazurite/server/config/settings.ts';
import { compatibilityPage } from './compatibility-page.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'docs', 'generated');
const isCheck = process.argv.includes('--check');

const pages: Readonly<Record<string, string>> = { 'settings.md': settingsPage(), 'resource-types.md': compatibilityPage() };
let stale = 0;
for (const [name, content] of Object.entries(pages)) {
  const file = join(folder, name);
  if (existsSync(file) && readFileSync(file, 'utf8') === content) continue;
  if (isCheck) {
    process.stderr.write(`docs/generated/${name} is not what the code says; run \`npm run docs\`.\n`);
    stale += 1;
  } else writeFileSync(file, content);
}
process.exit(stale === 0 ? 0 : 1);

interface SettingText {
  readonly description?: string;
  readonly env?: string;
  readonly default?: unknown;
}

function settingsPage(): string {
  const rows = Object.entries(SettingsSchema.properties).map(([name, schema]) => {
    const { description = '', env = '', default: fallback } = schema as SettingText;
    const shown = name === 'dataDir' ? '`~/.lazurite`' : fallback === '' ? 'empty' : `\`${String(fallback)}\``;
    return `| \`${env}\` | ${shown} | ${description.replaceAll('|', String.raw`\|`)} |`;
  });
  return `# Settings\n\nFlags of \`lazurite up\` win over environment variables, which win over the defaults. Made from the code by \`npm run docs\`.\n\n| Variable | Default | What it is |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}
