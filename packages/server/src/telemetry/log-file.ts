// LogFile: log lines in a file that is rotated by size: server.log, server.1.log (the newest before it), and so on.

import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface LogFileOptions {
  /** Folder of the files; made with the first line. */
  readonly dir: string;
  /** @default 10 MiB */
  readonly maxBytes?: number;
  /** Files kept besides the current one. @default 4 */
  readonly keep?: number;
}

export interface LogFile {
  readonly path: string;
  write(line: string): void;
  close(): void;
}

/** Nothing is touched before the first line: a server that is refused its data folder leaves the log of the holder alone. */
export function createLogFile(options: LogFileOptions): LogFile {
  const { dir, maxBytes = 10 * 2 ** 20, keep = 4 } = options;
  const name = (age: number): string => join(dir, age === 0 ? 'server.log' : `server.${age}.log`);
  let descriptor: number | undefined;
  let sizeBytes = 0;

  function open(): number {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const opened = openSync(name(0), 'a', 0o600);
    sizeBytes = fstatSync(opened).size;
    return opened;
  }

  function rotate(): void {
    close();
    rmSync(name(keep), { force: true });
    for (let age = keep - 1; age >= 0; age -= 1) if (existsSync(name(age))) renameSync(name(age), name(age + 1));
  }

  function close(): void {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  }

  return {
    path: name(0),
    write(line) {
      const bytes = Buffer.from(line);
      descriptor ??= open();
      if (sizeBytes > 0 && sizeBytes + bytes.length > maxBytes) {
        rotate();
        descriptor = open();
      }
      // Why synchronous: a line about what went wrong has to outlive the process that wrote it.
      sizeBytes += writeSync(descriptor, bytes);
    },
    close,
  };
}
