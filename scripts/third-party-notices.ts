// ThirdPartyNotices: the licences of the libraries that are inside the published program.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Library {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** Markdown. Throws when a library names no licence. */
export function thirdPartyNotices(folders: readonly string[]): string {
  const notices = folders.map((folder) => {
    const library = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Library;
    if (typeof library.license !== 'string') throw new Error(`${library.name} names no licence in its package.json.`);
    const file = readdirSync(folder).find((name) => /^licen[cs]e(\.|$)/i.test(name));
    const text = file === undefined ? `Licensed under ${library.license}.` : readFileSync(join(folder, file), 'utf8').trim();
    return `## ${library.name} ${library.version} (${library.license})\n\n${text}\n`;
  });
  return `# Libraries in this program\n\n${notices.join('\n')}`;
}
