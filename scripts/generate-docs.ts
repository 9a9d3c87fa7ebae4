// Writes the pages of docs/generated from the code: settings, resource types. `--check` only compares, for `npm run lint`.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SettingsSchema } from '@lazurite/server/config/settings.ts';
import type { ResourcePorts } from '@lazurite/server/resources/ports.ts';
import { createRegistry } from '@lazurite/server/resources/registry.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'docs', 'generated');
const isCheck = process.argv.includes('--check');

const pages: Readonly<Record<string, string>> = { 'settings.md': settingsPage(), 'resource-types.md': resourceTypesPage() };
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

function resourceTypesPage(): string {
  // Why: declaring types only passes the engines behind them on; nothing of them is called.
  const ports: ResourcePorts = new Proxy(Object.create(null), { get: () => ports });
  const rows = createRegistry(ports)
    .types.toSorted((a, b) => (a.type < b.type ? -1 : 1))
    .map((type) => {
      const verbs = type.verbs ?? ['get', 'put', 'patch', 'delete', 'list'];
      const versions = 'since' in type.apiVersions ? `from ${type.apiVersions.since}` : `${type.apiVersions.length}, ${type.apiVersions.toSorted()[0]} to ${type.apiVersions.toSorted().at(-1)}`;
      return `| ${type.type} | ${verbs.join(', ')} | ${Object.keys(type.actions ?? {}).join(', ')} | ${versions} | ${type.provision === undefined ? '' : 'yes'} | ${type.softDelete === undefined ? '' : `${type.softDelete.days} days`} |`;
    });
  return `# Resource types\n\nWhat Resource Manager serves here. Anything else is refused by name. Made from the code by \`npm run docs\`.\n\n| Type | Operations | Actions | api-versions | Long-running create | Soft delete |\n| --- | --- | --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}
