// CliProcess: `lazurite` as people run it: a process with arguments, and what it said.

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

export const MAIN = join(import.meta.dirname, '../src/main.ts');

export interface CliResult {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command to its end. */
export async function runCli(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  const { ended } = startCli(args, environment);
  return ended;
}

export interface CliProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<CliResult>;
  /** Resolves when this text was said on standard error; rejects when the process ends first. */
  until(text: string): Promise<void>;
}

export function startCli(args: readonly string[], environment: Readonly<Record<string, string>> = {}): CliProcess {
  const { LAZURITE_DATA_DIR: _folder, LAZURITE_LOG_LEVEL: _level, ...inherited } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...inherited, ...environment } });
  let out = '';
  let err = '';
  const waiting = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString('utf8');
    for (const look of waiting) look();
  });
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ status: code ?? -1, out, err }));
  });
  return {
    child,
    ended,
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!err.includes(text)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
        void ended.then(({ status }) => reject(new Error(`ended with ${status} before it said ${text}: ${out}${err}`)));
      }),
  };
}
