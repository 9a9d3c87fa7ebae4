// bootstrap: first start. Makes the tenant, the subscription, an owner and what the clients on this machine need. Every
// secret is random and made once; there is no default password.

import { randomUUID } from 'node:crypto';
import type { Clock } from '#kernel/clock.ts';
import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type Json, stringAt } from '#kernel/json.ts';
import { deleteOwnIdentityHeaders } from '#storage/credential-store.ts';
import type { Database, Sql, Tx } from '#storage/database.ts';
import { deleteClientSecrets, findInstallationFact, insertPrincipal, lockInstallation, putApplication, putInstallationFact, type RedirectUri } from '#storage/identity-store.ts';
import { insertAssignment } from '#storage/role-store.ts';
import { addClientSecret } from './clients.ts';
import { addFirstPartyPrincipals } from './directory/first-party.ts';
import { createIdentityHeader } from './identity-headers.ts';
import { roleIds } from './role-definitions.ts';

const FACT = 'identity';
/** Public client of the Azure command line and of InteractiveBrowserCredential. Azure: the id is fixed in the clients. */
const AZURE_CLI_APP_ID = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';
const STUDIO_PATHS = ['/auth/return', '/'];

export interface Installation {
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly subscriptionName: string;
  readonly ownerId: string;
  /** Service principal of the clients on this machine. */
  readonly cliAppId: string;
  readonly cliPrincipalId: string;
  /** Public client of the studio. */
  readonly studioAppId: string;
}

/** What the command line writes into the data folder (mode 0600) for clients to use. Not kept in readable form here. */
export interface MachineCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  /** For IDENTITY_HEADER, MSI_SECRET and the /imds/{secret} prefix; acts as the owner. */
  readonly identityHeader: string;
}

export interface BootstrapDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly domain: string;
}

export interface Bootstrap {
  readonly installation: Installation;
  /** Only at the first start; later `reissueMachineCredentials`. */
  readonly credentials?: MachineCredentials;
}

/**
 * Idempotent; several servers may call it at once on one database. `studioOrigins`: where the studio answers now
 * (`https://studio.…:7443`); loopback is always allowed.
 */
export async function ensureOwner(deps: BootstrapDeps, options: { readonly ownerName: string; readonly studioOrigins: readonly string[]; readonly subscriptionName?: string }): Promise<Bootstrap> {
  return deps.database.transaction(async (tx) => {
    await lockInstallation(tx);
    const known = await findInstallation(tx);
    const made = known === undefined ? await install(tx, deps, options) : { installation: known };
    await putStudio(tx, made.installation.studioAppId, options.studioOrigins);
    await addFirstPartyPrincipals(tx);
    return made;
  });
}

/** The facts of this installation, or undefined before its first start. */
export async function findInstallation(db: Sql): Promise<Installation | undefined> {
  const fact = await findInstallationFact(db, FACT);
  return fact === undefined ? undefined : parseInstallation(fact);
}

/** New credentials for the clients on this machine. `revokeOthers` ends the earlier ones at once. */
export async function reissueMachineCredentials(deps: BootstrapDeps, options: { readonly revokeOthers: boolean }): Promise<MachineCredentials> {
  return deps.database.transaction(async (tx) => {
    await lockInstallation(tx);
    const installation = await findInstallation(tx);
    if (installation === undefined) throw new Fault('conflict', 'NotInstalled', 'This database has no owner yet. Start Lazurite on it first.');
    if (options.revokeOthers) {
      await deleteClientSecrets(tx, installation.cliAppId, 'all');
      await deleteOwnIdentityHeaders(tx, installation.ownerId);
    }
    return issueMachineCredentials(tx, installation, new Date(deps.clock.now()));
  });
}

async function install(tx: Tx, deps: BootstrapDeps, options: { readonly ownerName: string; readonly subscriptionName?: string }): Promise<Bootstrap> {
  const now = new Date(deps.clock.now());
  const installation: Installation = {
    tenantId: randomUUID(),
    subscriptionId: randomUUID(),
    subscriptionName: options.subscriptionName ?? 'Lazurite',
    ownerId: randomUUID(),
    cliAppId: randomUUID(),
    cliPrincipalId: randomUUID(),
    studioAppId: randomUUID(),
  };
  await putInstallationFact(tx, FACT, { ...installation });
  const mailName =
    options.ownerName
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '.')
      .replace(/^\.+|\.+$/g, '') || 'owner';
  await insertPrincipal(tx, { id: installation.ownerId, kind: 'User', displayName: options.ownerName, userPrincipalName: `${mailName}@${deps.domain}` });
  await putApplication(tx, { appId: installation.cliAppId, displayName: 'lazurite-cli', isPublic: false, redirectUris: [] });
  // Why the owner's name: it stands as the author of every job that the command line submits.
  await insertPrincipal(tx, { id: installation.cliPrincipalId, kind: 'ServicePrincipal', displayName: `${options.ownerName} (command line)`, appId: installation.cliAppId });
  await putApplication(tx, {
    appId: AZURE_CLI_APP_ID,
    displayName: 'Microsoft Azure CLI',
    isPublic: true,
    redirectUris: [
      { uri: 'http://localhost/', platform: 'native' },
      { uri: 'http://127.0.0.1/', platform: 'native' },
    ],
  });
  await assignOwner(tx, installation, now);
  return { installation, credentials: await issueMachineCredentials(tx, installation, now) };
}

/** Why the data roles: in Azure, Owner reads no blob and no secret; the owner of this machine owns the bytes as well. */
async function assignOwner(tx: Tx, installation: Installation, now: Date): Promise<void> {
  const subscription = `/subscriptions/${installation.subscriptionId}`;
  const grants = [
    { scope: subscription, roleId: roleIds.owner },
    { scope: '/', roleId: roleIds.owner },
    { scope: '/', roleId: roleIds.blobDataOwner },
    { scope: '/', roleId: roleIds.fileDataPrivilegedContributor },
    { scope: '/', roleId: roleIds.keyVaultAdministrator },
  ];
  for (const grant of grants) {
    await insertAssignment(tx, { ...grant, principalId: installation.ownerId, principalType: 'User', createdBy: installation.ownerId, now });
    await insertAssignment(tx, { ...grant, principalId: installation.cliPrincipalId, principalType: 'ServicePrincipal', createdBy: installation.ownerId, now });
  }
}

async function issueMachineCredentials(tx: Tx, installation: Installation, now: Date): Promise<MachineCredentials> {
  const { secretText } = await addClientSecret(tx, { appId: installation.cliAppId, displayName: 'this machine', now });
  return { clientId: installation.cliAppId, clientSecret: secretText, identityHeader: await createIdentityHeader(tx, { principalId: installation.ownerId }) };
}

/** Written at every start, because the port may have changed. */
async function putStudio(tx: Tx, studioAppId: string, studioOrigins: readonly string[]): Promise<void> {
  const origins = [...new Set([...studioOrigins, 'http://localhost', 'http://127.0.0.1', 'http://[::1]'])];
  const redirectUris = origins.flatMap((origin) => STUDIO_PATHS.map((path): RedirectUri => ({ uri: `${origin}${path}`, platform: 'spa' })));
  await putApplication(tx, { appId: studioAppId, displayName: 'Lazurite studio', isPublic: true, redirectUris });
}

/** Whether an object or application id is one that the installation cannot do without. */
export function isPartOf(installation: Installation): (id: string) => boolean {
  const ids = new Set([installation.ownerId, installation.cliAppId, installation.cliPrincipalId, installation.studioAppId, AZURE_CLI_APP_ID]);
  return (id) => ids.has(id);
}

function parseInstallation(value: Json): Installation {
  const member = (name: string): string => {
    const text = isJsonObject(value) ? stringAt(value, name) : undefined;
    if (text === undefined) throw new Fault('internal', 'InstallationInvalid', `The record of this installation has no ${name}.`);
    return text;
  };
  return {
    tenantId: member('tenantId'),
    subscriptionId: member('subscriptionId'),
    subscriptionName: member('subscriptionName'),
    ownerId: member('ownerId'),
    cliAppId: member('cliAppId'),
    cliPrincipalId: member('cliPrincipalId'),
    studioAppId: member('studioAppId'),
  };
}
