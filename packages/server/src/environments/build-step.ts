// One process of a build: its lines go to the log as they come, its last words into the fault.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { buildCanceled, buildFailed } from './faults.ts';
import { maskCredentials } from './pip-lines.ts';

const TAIL_LINES = 200;
const WORDS_LINES = 15;
const WORDS_LENGTH = 2_000;

export interface BuildStep {
  /** What the user is told has failed, for example `pip install`. */
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Runs it to its end. Throws `EnvironmentBuildFailed` with its last words, `EnvironmentBuildCanceled` on abort. */
export async function runStep(step: BuildStep): Promise<void> {
  if (step.signal.aborted) throw buildCanceled(step.signal.reason);
  const [program, ...args] = step.argv;
  const child = spawn(program, args, { cwd: step.cwd, env: { ...step.environment }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const tail: string[] = [];
  const take = (raw: string): void => {
    const line = maskCredentials(raw.trimEnd());
    tail.push(line);
    if (tail.length > TAIL_LINES) tail.shift();
    step.onLine(line);
  };
  createInterface({ input: child.stdout, crlfDelay: Infinity }).on('line', take);
  createInterface({ input: child.stderr, crlfDelay: Infinity }).on('line', take);
  // Why the group: installers start compilers of their own.
  const kill = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  };
  step.signal.addEventListener('abort', kill);
  try {
    const end = await new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => resolve(code === 0 ? '' : `It ended with ${signal ?? `status ${code}`}.`));
    });
    if (step.signal.aborted) throw buildCanceled(step.signal.reason);
    if (end !== '') throw buildFailed(step.name, lastWords(tail) || end);
  } finally {
    step.signal.removeEventListener('abort', kill);
  }
}

/** From the first error line on, where the installer marks errors; else the last lines. */
export function lastWords(lines: readonly string[]): string {
  const spoken = lines.filter((line) => line.trim() !== '' && !/^(WARNING|\[notice\])/.test(line));
  const first = spoken.findIndex((line) => /^\s*(ERROR:|error:|error\s+libmamba|× |Error:|[A-Za-z]+Error:)/.test(line));
  const chosen = first >= 0 ? spoken.slice(first, first + WORDS_LINES) : spoken.slice(-WORDS_LINES / 2);
  const words = chosen.join('\n');
  return words.length > WORDS_LENGTH ? `${words.slice(0, WORDS_LENGTH)}…` : words;
}
