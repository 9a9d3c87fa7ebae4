// ServerProcess: a whole server as a child process on a data folder, for suites and measurements that kill it or weigh it.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Connection, readConnection } from '@lazurite/server/config/connection.ts';

const CLI = join(import.meta.dirname, '../../cli/bin/lazurite.mjs');
const START_TIMEOUT_MS = 90_000;

export interface ServerProcess {
  readonly connection: Connection;
  readonly pid: number;
  /** The postmaster of its embedded database. */
  readonly databasePid: number;
  /** From spawn to the first 200 of /readyz. */
  readonly readyAfterMs: number;
  /** Resolves with the exit code (-1 for a signal) when the process is gone. */
  readonly ended: Promise<number>;
  /** SIGKILL, to nothing else. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** An orderly end. Resolves with the exit code. */
  stop(): Promise<number>;
}

export interface ServerProcessOptions {
  readonly dataDir: string;
  /** @default 0: a free one */
  readonly port?: number;
  /** Flags of Node before the program. */
  readonly nodeFlags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly onLog?: (line: string) => void;
  /** Kill it so long after it was spawned, ready or not. */
  readonly killAfterMs?: number;
}

/** Starts `lazurite up` and waits until it is ready. Throws with what it said when it ends instead. */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const { dataDir } = options;
  const started = performance.now();
  const child = spawn(process.execPath, [...(options.nodeFlags ?? []), CLI, 'up', '--data-dir', dataDir, '--port', String(options.port ?? 0), '--log-level', 'warn'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LAZURITE_FETCH_UV: 'false', ...options.environment },
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString('utf8').split('\n').filter(Boolean)) {
        said.push(line);
        if (said.length > 50) said.shift();
        options.onLog?.(line);
      }
    });
  const endWithUs = (): void => void child.kill('SIGTERM');
  process.once('exit', endWithUs);
  child.once('exit', () => process.off('exit', endWithUs));
  const ended = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? -1)));
  const killer = options.killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), options.killAfterMs);
  void ended.then(() => clearTimeout(killer));
  if (killer !== undefined) await ended;
  const connection = await untilReady(child, dataDir, said);
  return {
    connection,
    pid: connection.pid,
    databasePid: Number(readFileSync(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0]),
    readyAfterMs: performance.now() - started,
    ended,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

async function untilReady(child: ChildProcess, dataDir: string, said: readonly string[]): Promise<Connection> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`The server ended while starting (${child.exitCode ?? child.signalCode}): ${said.join('\n')}`);
    if (performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`The server was not ready within ${START_TIMEOUT_MS / 1000} s: ${said.join('\n')}`);
    }
    const connection = readConnection(dataDir);
    if (connection?.pid === child.pid && connection !== undefined && (await isReady(connection.port))) return connection;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function isReady(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/readyz`).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );
}
