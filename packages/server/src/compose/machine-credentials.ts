// Credentials of the clients on this machine: made once, kept in the data folder (mode 0600), made again when the file is
// gone (a second data folder on one database gets its own).

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BootstrapDeps, ensureOwner, type Installation, type MachineCredentials, reissueMachineCredentials } from '#identity/bootstrap.ts';
import { stringAt } from '#kernel/json.ts';

export interface Machine {
  readonly installation: Installation;
  readonly credentials: MachineCredentials;
}

export async function openMachine(deps: BootstrapDeps, options: { readonly dataDir: string; readonly ownerName: string; readonly studioOrigin: string }): Promise<Machine> {
  const file = join(options.dataDir, 'credentials.json');
  const { installation, credentials: made } = await ensureOwner(deps, { ownerName: options.ownerName, studioOrigins: [options.studioOrigin] });
  const known = made ?? readCredentials(file, installation.tenantId);
  const credentials = known ?? (await reissueMachineCredentials(deps, { revokeOthers: false }));
  if (credentials !== known || made !== undefined) {
    const temporary = `${file}.${process.pid}`;
    writeFileSync(temporary, `${JSON.stringify({ tenantId: installation.tenantId, ...credentials }, undefined, 2)}\n`, { mode: 0o600, flush: true });
    renameSync(temporary, file);
  }
  return { installation, credentials };
}

/** What the file holds, if it is of this installation. */
function readCredentials(file: string, tenantId: string): MachineCredentials | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const clientId = stringAt(value, 'clientId');
    const clientSecret = stringAt(value, 'clientSecret');
    const identityHeader = stringAt(value, 'identityHeader');
    if (stringAt(value, 'tenantId') !== tenantId || clientId === undefined || clientSecret === undefined || identityHeader === undefined) return undefined;
    return { clientId, clientSecret, identityHeader };
  } catch {
    return undefined;
  }
}
