// startTestServer: the whole server in this process, on a throw-away data folder and a free port, with its log in memory;
// and principals with roles, made through the identity stores.

import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Composition } from '@lazurite/server/compose.ts';
import type { Connection } from '@lazurite/server/config/connection.ts';
import { loadSettings, type Settings } from '@lazurite/server/config/settings.ts';
import { addClientSecret } from '@lazurite/server/identity/clients.ts';
import { roleIds } from '@lazurite/server/identity/role-definitions.ts';
import { startServer } from '@lazurite/server/main.ts';
import { insertPrincipal, putApplication } from '@lazurite/server/storage/identity-store.ts';
import { insertAssignment } from '@lazurite/server/storage/role-store.ts';
import { createLog } from '@lazurite/server/telemetry/log.ts';
import { keepConnections, type RawAnswer, type RawCall, rawRequest } from './raw-request.ts';

export const ARM_AUDIENCE = 'https://management.azure.com';
export const STORAGE_AUDIENCE = 'https://storage.azure.com';

export type RoleName = keyof typeof roleIds;

/** A service principal with a secret, as `@azure/identity` uses one. */
export interface TestPrincipal {
  readonly objectId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface TestServer {
  readonly connection: Connection;
  readonly composition: Composition;
  /** Certificate authority, PEM. */
  readonly ca: string;
  readonly proxyUrl: string;
  /** Lines of the log, as JSON. */
  readonly lines: readonly string[];
  /** Lines of level error: a test that ends with some has found a defect. */
  errors(): readonly string[];
  /** Makes a service principal with these roles at the scope (@default the subscription). Without roles: a stranger. */
  createPrincipal(options?: { readonly name?: string; readonly roles?: readonly RoleName[]; readonly scope?: string }): Promise<TestPrincipal>;
  /** Client id and secret of a principal, of the owner's command line without one. */
  credential(principal?: TestPrincipal): { readonly tenantId: string; readonly clientId: string; readonly clientSecret: string };
  /** `Authorization` header of a principal, of the owner without one. */
  bearer(principal?: TestPrincipal, audience?: string): Promise<{ readonly authorization: string }>;
  /** Sends to a virtual host: `management`, `login`, `local.api`, `acct.blob`, `studio`; `localhost` is the plain one. */
  send(host: string, call: RawCall): Promise<RawAnswer>;
  stop(): Promise<void>;
}

export async function startTestServer(flags: Partial<Record<keyof Settings, unknown>> = {}): Promise<TestServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'lazurite-server-'));
  const lines: string[] = [];
  const settings = loadSettings({ dataDir, port: 0, ephemeral: true, fetchUv: false, ...flags }, {});
  const running = await startServer(settings, { log: createLog({ level: 'info', write: (line) => void lines.push(line) }), hostEnvironment: process.env });
  const { connection, composition } = running;
  const { database, tokens, machine } = composition;
  const kept = keepConnections(8);
  const ca = readFileSync(connection.caFile, 'utf8');

  return {
    connection,
    composition,
    ca,
    proxyUrl: connection.origins.local,
    lines,
    errors: () => lines.filter((line) => line.includes('"level":"error"')),
    async createPrincipal(options = {}) {
      const objectId = randomUUID();
      const clientId = randomUUID();
      const displayName = options.name ?? `test ${objectId.slice(0, 8)}`;
      const now = new Date();
      const clientSecret = await database.transaction(async (tx) => {
        await putApplication(tx, { appId: clientId, displayName, isPublic: false, redirectUris: [] });
        await insertPrincipal(tx, { id: objectId, kind: 'ServicePrincipal', displayName, appId: clientId });
        for (const role of options.roles ?? []) {
          await insertAssignment(tx, {
            scope: options.scope ?? `/subscriptions/${connection.subscriptionId}`,
            roleId: roleIds[role],
            principalId: objectId,
            principalType: 'ServicePrincipal',
            createdBy: machine.installation.ownerId,
            now,
          });
        }
        return (await addClientSecret(tx, { appId: clientId, displayName, now })).secretText;
      });
      return { objectId, clientId, clientSecret };
    },
    credential: (principal) => ({ tenantId: connection.tenantId, clientId: principal?.clientId ?? connection.clientId, clientSecret: principal?.clientSecret ?? connection.clientSecret }),
    async bearer(principal, audience = ARM_AUDIENCE) {
      const { token } = await tokens.issueFor(principal?.objectId ?? machine.installation.cliPrincipalId, audience);
      return { authorization: `Bearer ${token}` };
    },
    send: (host, call) => rawRequest({ port: connection.port, hostname: host === 'localhost' ? host : `${host}.${connection.domain}`, ca, kept }, call),
    async stop() {
      kept.plain.destroy();
      kept.secure.destroy();
      await running.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
