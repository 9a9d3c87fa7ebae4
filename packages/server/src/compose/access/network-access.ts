// NetworkAccess: whom a closed resource (publicNetworkAccess Disabled, or networkAcls that deny) lets in: callers from the
// operator's private addresses, and nobody else. Scopes are checked with the roles, hosts before any route of theirs.
// Source: Azure Machine Learning, "Configure a private endpoint"; Storage and Key Vault, "network security".

import { BlockList, isIP, isIPv4 } from 'node:net';
import type { Authorizer } from '#identity/authorize.ts';
import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { isJsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { NetworkGate } from '#http/ports.ts';
import { findByName } from '#storage/asset-store.ts';
import type { Database } from '#storage/database.ts';
import { isMadeForClosedWorkspace } from '#storage/network-access-store.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import { findResource } from '#storage/resource-store.ts';
import { findVaultNamed } from '#storage/vault-store.ts';

const WORKSPACE = /^(\/subscriptions\/[^/]+\/resourcegroups\/[^/]+\/providers\/microsoft\.machinelearningservices\/workspaces\/[^/]+)(\/.*)?$/;
/** Hosts of vaults and of every service of a storage account. */
const GUARDED: ReadonlySet<string> = new Set(['blob', 'dfs', 'file', 'queue', 'table', 'vault']);
const PREFIX = 'microsoft.machinelearningservices/workspaces/';
/** Azure: the workspace itself and who may connect to it are managed from anywhere; everything in it is not. */
const MANAGED = /^(read|write|delete|diagnose\/action|provisionmanagednetwork\/action|privateendpointconnectionsapproval\/action|(privateendpointconnections|outboundrules|privatelinkresources)\/.*)$/;

/** Throws `invalid`/`InvalidSetting` for what is no list of ranges. */
export function parsePrivateAddresses(setting: string): BlockList {
  const list = new BlockList();
  for (const text of setting.split(',').map((part) => part.trim())) {
    if (text === '') continue;
    if (!addRange(list, text)) {
      throw new Fault('invalid', 'InvalidSetting', `Setting privateAddresses (LAZURITE_PRIVATE_ADDRESSES) contains '${text}'; addresses and CIDR ranges separated by commas are accepted.`, {
        target: 'privateAddresses',
      });
    }
  }
  return list;
}

export interface NetworkAccess extends NetworkGate {
  /** The same authorizer, which also asks where a caller comes from. */
  guard(authorizer: Authorizer): Authorizer;
}

export function createNetworkAccess({ database, privateAddresses }: { readonly database: Database; readonly privateAddresses: BlockList }): NetworkAccess {
  const isPrivate = (address: string): boolean => isIn(privateAddresses, address);

  async function isClosed(ctx: Context, action: string, scope: string): Promise<boolean> {
    // Why absent: work of the server itself comes from no address.
    if (ctx.callerAddress === undefined || isPrivate(ctx.callerAddress)) return false;
    const [, workspaceKey, below] = WORKSPACE.exec(scope.toLowerCase()) ?? [];
    const word = action.toLowerCase();
    if (workspaceKey === undefined || !word.startsWith(PREFIX) || (MANAGED.test(word.slice(PREFIX.length)) && isManagedPlace(below))) return false;
    const workspace = await findResource(database.sql, workspaceKey);
    return stringAt(workspace?.properties, 'publicNetworkAccess')?.toLowerCase() === 'disabled';
  }

  async function requireOpen(ctx: Context, action: string, scope: string): Promise<void> {
    if (!(await isClosed(ctx, action, scope))) return;
    throw new Fault(
      'forbidden',
      'UserError',
      `Access to the workspace was denied: its publicNetworkAccess is Disabled, and the caller's address ${ctx.callerAddress ?? ''} is none of the operator's private addresses (LAZURITE_PRIVATE_ADDRESSES).`,
    );
  }

  return {
    guard: (authorizer) => ({
      ...authorizer,
      async require(ctx, action, scope) {
        await authorizer.require(ctx, action, scope);
        await requireOpen(ctx, action, scope);
      },
      async requireData(ctx, action, scope) {
        await authorizer.requireData(ctx, action, scope);
        await requireOpen(ctx, action, scope);
      },
      can: async (ctx, plane, action, scope) => !(await isClosed(ctx, action, scope)) && authorizer.can(ctx, plane, action, scope),
    }),
    async admit(kind, label, address) {
      if (!GUARDED.has(kind) || label === '' || isPrivate(address)) return;
      const resource = kind === 'vault' ? await findVaultNamed(database.sql, label) : await findAccount(database, label);
      if (resource === undefined) return;
      const link = kind === 'vault' ? 'keyVault' : 'storageAccount';
      if (stringAt(resource.properties, 'publicNetworkAccess')?.toLowerCase() === 'disabled' || (await isMadeForClosedWorkspace(database.sql, link, resource.id)))
        throw closed(kind, address, 'ForbiddenByConnection');
      if (deniesByRule(resource, address)) throw closed(kind, address, 'ForbiddenByFirewall');
    },
  };
}

/** Below the workspace only its network is managed from anywhere. */
function isManagedPlace(below: string | undefined): boolean {
  return below === undefined || /^\/(privateendpointconnections|outboundrules)\//.test(below);
}

async function findAccount(database: Database, name: string): Promise<ResourceRecord | undefined> {
  const found = await findByName(database.sql, 'microsoft.storage/storageaccounts', name);
  return found === undefined ? undefined : findResource(database.sql, found.key);
}

function deniesByRule(resource: ResourceRecord<unknown>, address: string): boolean {
  const rules = objectAt(resource.properties, 'networkAcls');
  if (stringAt(rules, 'defaultAction')?.toLowerCase() !== 'deny') return false;
  const allowed = new BlockList();
  const list = rules['ipRules'];
  for (const rule of Array.isArray(list) ? list.filter(isJsonObject) : []) addRange(allowed, stringAt(rule, 'value') ?? '');
  return !isIn(allowed, address);
}

function closed(kind: string, address: string, reason: 'ForbiddenByConnection' | 'ForbiddenByFirewall'): Fault {
  const why = reason === 'ForbiddenByConnection' ? 'public network access is disabled' : 'the network rules do not allow the address';
  const message = `${why}, and the client address ${address} is none of the operator's private addresses (LAZURITE_PRIVATE_ADDRESSES).`;
  if (kind === 'vault') return new Fault('forbidden', 'Forbidden', `Access denied: ${message}`, { details: [{ code: reason, message }] });
  return new Fault('forbidden', 'AuthorizationFailure', `This request is not authorized to perform this operation: ${message}`);
}

function addRange(list: BlockList, text: string): boolean {
  const [address = '', length, ...rest] = text.split('/');
  const family = isIP(address);
  const bits = family === 4 ? 32 : 128;
  const prefix = length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : -1;
  if (family === 0 || rest.length > 0 || prefix < 0 || prefix > bits) return false;
  list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return true;
}

function isIn(list: BlockList, address: string): boolean {
  // Why: a socket of both families shows IPv4 callers as ::ffff:10.0.0.1.
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return isIP(plain) !== 0 && list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
}
