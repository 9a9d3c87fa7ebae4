// The server's log as the command line keeps it: on a terminal in {dataDir}/logs, so that people see what they came for
// and one line for each error; elsewhere as JSON on standard output, where supervisors and containers look for it.

import { join } from 'node:path';
import { objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import { createLogFile } from '@lazurite/server/telemetry/log-file.ts';
import { createLog, type ServerLog } from '@lazurite/server/telemetry/log.ts';
import type { Settings } from '@lazurite/server/config/settings.ts';
import { style } from './render/output.ts';

export interface KeptLog {
  readonly log: ServerLog;
  /** The file, where there is one. */
  readonly path: string | undefined;
}

export function keepLog(settings: Settings, place: 'file' | 'standard output'): KeptLog {
  if (place === 'standard output') return { log: createLog({ level: settings.logLevel }), path: undefined };
  const file = createLogFile({ dir: join(settings.dataDir, 'logs') });
  const write = (line: string): void => {
    file.write(line);
    const text = errorLine(line);
    if (text !== undefined) process.stderr.write(`${style.red('!')} ${text} ${style.dim(`(${file.path})`)}\n`);
  };
  return { log: createLog({ level: settings.logLevel, write }), path: file.path };
}

/** A line for people about an entry of level error; undefined for any other. */
export function errorLine(line: string): string | undefined {
  if (!line.includes('"level":"error"')) return undefined;
  try {
    const entry: unknown = JSON.parse(line);
    return [stringAt(entry, 'event'), stringAt(objectAt(entry, 'error'), 'message')].filter((part) => part !== undefined).join(': ');
  } catch {
    return undefined;
  }
}
