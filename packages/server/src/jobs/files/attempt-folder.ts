// AttemptFolder: where an attempt keeps its files on this machine. Every path is made from the attempt's own id.

import { constants } from 'node:fs';
import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault } from '#kernel/faults.ts';
import { resolveInside } from './disk-path.ts';

export interface AttemptFolder {
  readonly root: string;
  /** Writable copy of the code snapshot; the command starts here. */
  readonly workingDir: string;
  readonly homeDir: string;
  readonly tempDir: string;
  readonly systemLog: string;
  /** Everything the driver needs to start, kept (mode 0600) until the attempt ends. */
  readonly launchFile: string;
  inputDir(name: string): string;
  outputDir(name: string): string;
  runnerDir(rank: number): string;
  commandLog(rank: number): string;
}

const ATTEMPT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function isAttemptId(name: string): boolean {
  return ATTEMPT_ID.test(name);
}

export function attemptFolder(attemptsDir: string, attemptId: string): AttemptFolder {
  if (!isAttemptId(attemptId)) throw new Fault('internal', 'InvalidAttemptId', `${JSON.stringify(attemptId)} is not the id of an attempt.`);
  const root = resolveInside(attemptsDir, attemptId);
  return {
    root,
    workingDir: join(root, 'work'),
    homeDir: join(root, 'home'),
    tempDir: join(root, 'tmp'),
    systemLog: join(root, 'log', 'lifecycler.log'),
    launchFile: join(root, 'launch.json'),
    inputDir: (name) => resolveInside(root, `inputs/${name}`),
    outputDir: (name) => resolveInside(root, `outputs/${name}`),
    runnerDir: (rank) => resolveInside(root, `runner/${rank}`),
    commandLog: (rank) => resolveInside(root, `log/${rank}.txt`),
  };
}

export async function makeAttemptFolder(folder: AttemptFolder): Promise<void> {
  await mkdir(folder.root, { recursive: true, mode: 0o700 });
  for (const dir of [folder.workingDir, folder.homeDir, folder.tempDir, dirname(folder.systemLog)]) await mkdir(dir, { recursive: true });
}

/** Throws away what an interrupted preparation left; the logs stay. */
export async function clearAttemptFolder(folder: AttemptFolder): Promise<void> {
  for (const dir of ['work', 'inputs', 'outputs', 'tmp', 'home']) await removeTree(join(folder.root, dir));
}

/** Removes a folder, also one with read-only folders inside. */
export async function removeTree(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true, maxRetries: 3 });
}

/** Writes at once or not at all, and durably. */
export async function writeFileDurably(path: string, text: string): Promise<void> {
  const temp = `${path}.tmp`;
  const file = await open(temp, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temp, path);
}

/** Makes an empty file where there is none, so that it can be watched. */
export async function touch(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await (await open(path, 'a', 0o644)).close();
}

export async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}
