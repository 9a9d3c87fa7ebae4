// The running server of a data folder, as seen by a command.

import { type Connection, readConnection } from '@lazurite/server/config/connection.ts';
import { findHolder } from '@lazurite/server/storage/data-folder.ts';
import { CommandError } from './exit-status.ts';
import { folderWords } from './options.ts';
import { PROGRAM } from './program-name.ts';

const START_MS = 30_000;

/** The connection of the server that holds the folder, or undefined when none does or it has not begun to listen. */
export async function findServer(dataDir: string): Promise<Connection | undefined> {
  const holder = await findHolder(dataDir);
  const connection = readConnection(dataDir);
  return holder !== undefined && connection?.pid === holder.pid ? connection : undefined;
}

/** Waits for one that is starting. Throws a CommandError that says how to start one. */
export async function getServer(dataDir: string): Promise<Connection> {
  for (const deadline = Date.now() + START_MS; ; ) {
    const connection = await findServer(dataDir);
    if (connection !== undefined) return connection;
    const holder = await findHolder(dataDir);
    if (holder === undefined) throw new CommandError(`No Lazurite runs on ${dataDir}. Start one, or name another data folder with --data-dir.`, 3, `${PROGRAM} up${folderWords(dataDir)}`);
    if (Date.now() > deadline) throw new CommandError(`Process ${holder.pid} holds ${dataDir} and does not listen yet.`, 1, `${PROGRAM} status`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
