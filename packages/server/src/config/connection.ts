// Connection: what a client on this machine needs to reach the running server. Written to {dataDir}/connection.json
// (mode 0600) when the server listens, removed when it stops.

import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { schemaCheck } from './schema-check.ts';

export const ConnectionSchema = Type.Object({
  version: Type.String(),
  pid: Type.Integer(),
  startedAt: Type.String(),
  dataDir: Type.String(),
  host: Type.String(),
  port: Type.Integer(),
  domain: Type.String(),
  region: Type.String(),
  /** Name of the cloud in the metadata document. */
  cloudName: Type.String(),
  tenantId: Type.String(),
  subscriptionId: Type.String(),
  clientId: Type.String(),
  clientSecret: Type.String(),
  /** Header value of the managed-identity endpoint that acts as the owner of this machine. */
  identityHeader: Type.String(),
  origins: Type.Object({
    management: Type.String(),
    login: Type.String(),
    api: Type.String(),
    studio: Type.String(),
    /** Plain HTTP on loopback. */
    local: Type.String(),
  }),
  caFile: Type.String(),
  bundleFile: Type.String(),
});

export type Connection = Static<typeof ConnectionSchema>;

const check = schemaCheck(ConnectionSchema);

export function connectionFile(dataDir: string): string {
  return join(dataDir, 'connection.json');
}

export function writeConnection(connection: Connection): void {
  const file = connectionFile(connection.dataDir);
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(connection, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, file);
}

export function removeConnection(dataDir: string): void {
  rmSync(connectionFile(dataDir), { force: true });
}

/** The last written connection, or undefined when there is none that can be read. It does not say that the server runs. */
export function readConnection(dataDir: string): Connection | undefined {
  const file = connectionFile(dataDir);
  if (!existsSync(file)) return undefined;
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return check.accepts(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
