// The running server of a data folder, as seen by a command.

import { type Connection, readConnection } from '@lazurite/server/config/connection.ts';
import { findHolder } from '@lazurite/server/storage/data-folder.ts';
import { CommandError } from './exit-status.ts';

/** The connection of the server that holds the folder, or undefined when none does. */
export async function findServer(dataDir: string): Promise<Connection | undefined> {
  const holder = await findHolder(dataDir);
  const connection = readConnection(dataDir);
  return holder !== undefined && connection?.pid === holder.pid ? connection : undefined;
}

/** Throws a CommandError that says how to start one. */
export async function getServer(dataDir: string): Promise<Connection> {
  const connection = await findServer(dataDir);
  if (connection === undefined) throw new CommandError(`No Lazurite runs on ${dataDir}. Start one with \`lazurite up\`, or name another data folder with --data-dir.`);
  return connection;
}
