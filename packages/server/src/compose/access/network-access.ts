// NetworkAccess: whom a closed resource (publicNetworkAccess Disabled, or networkAcls that deny) lets in: of the operator's
// private addresses this machine's own, and the others while a private endpoint connection to the resource is approved.
// Nobody else. Scopes are checked with the roles, hosts before any route of theirs.
// Source: Azure Machine Learning, "Configure a private endpoint"; Storage and Key Vault, "network security".

import { BlockList, isIP, isIPv4 } from 'node:net';
import type { Authorizer } from '#identity/authorize.ts';
import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { isJsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { remembered } from '#kernel/remembered.ts';
import type { NetworkGate } from '#http/ports.ts';
import { findByName } from '#storage/asset-store.ts';
import type { Database } from '#storage/database.ts';
import { findClosedWorkspaceOf, hasApprovedConnection } from '#storage/network-access-store.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import { findResource, findResources } from '#storage/resource-store.ts';
import { findVaultNamed } from '#storage/vault-store.ts';

const WORKSPACE = /^(\/subscriptions\/[^/]+\/resourcegroups\/[^/]+\/providers\/microsoft\.machinelearningservices\/workspaces\/[^/]+)(\/.*)?$/;
/** Hosts of vaults and of every service of a storage account. */
const GUARDED: ReadonlySet<string> = new Set(['blob', 'dfs', 'file', 'queue', 'table', 'vault']);
const PREFIX = 'microsoft.machinelearningservices/workspaces/';
/** Azure: the workspace itself and who may connect to it are managed from anywhere; everything in it is not. */
const MANAGED = /^(read|write|delete|diagnose\/action|provisionmanagednetwork\/action|privateendpointconnectionsapproval\/action|(privateendpointconnections|outboundrules|privatelinkresources)\/.*)$/;

/** This machine, by its usual loopback addresses: on the operator's list it needs no private endpoint. */
const OWN = new BlockList();
OWN.addAddress('127.0.0.1');
OWN.addAddress('::1', 'ipv6');

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
  /** Throws `forbidden` when what is in the workspace is closed to the caller's address. For routes that ask for no role. */
  requireWorkspace(ctx: Context, workspaceKey: string): Promise<void>;
  /** The same authorizer, which also asks where a caller comes from. */
  guard(authorizer: Authorizer): Authorizer;
}

export function createNetworkAccess({ database, privateAddresses }: { readonly database: Database; readonly privateAddresses: BlockList }): NetworkAccess {
  // Why: looking an address up makes an object outside the heap, and every request has an address.
  const isPrivate = remembered((address) => isIn(privateAddresses, address));
  const isOwn = remembered((address) => isPrivate(address) && isIn(OWN, address));

  /** Whether the address reaches a closed resource through a private endpoint to it, or to what it was made for. */
  const isLinked = async (address: string, keys: readonly string[]): Promise<boolean> => isPrivate(address) && hasApprovedConnection(database.sql, keys);

  /** Those of the workspaces that let the address in to nothing that is in them, and the property that says so. */
  async function closedWorkspaces(address: string, keys: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
    const closed = new Map<string, string>();
    for (const workspace of (await findResources(database.sql, [...keys])).values()) {
      const isDisabled = stringAt(workspace.properties, 'publicNetworkAccess')?.toLowerCase() === 'disabled';
      if (!isDisabled && !deniesByRule(workspace, address)) continue;
      const hub = stringAt(workspace.properties, 'hubResourceId')?.toLowerCase();
      if (!(await isLinked(address, [workspace.key, ...(hub === undefined ? [] : [hub])])))
        closed.set(workspace.key, isDisabled ? 'its publicNetworkAccess is Disabled' : 'its networkAcls do not allow it');
    }
    return closed;
  }

  /** What closes the scope to the caller. */
  async function whyClosed(ctx: Context, action: string, scope: string): Promise<string | undefined> {
    // Why absent: work of the server itself comes from no address.
    if (ctx.callerAddress === undefined || isOwn(ctx.callerAddress)) return undefined;
    const [, workspaceKey, below] = WORKSPACE.exec(scope.toLowerCase()) ?? [];
    const word = action.toLowerCase();
    if (workspaceKey === undefined || !word.startsWith(PREFIX) || (MANAGED.test(word.slice(PREFIX.length)) && isManagedPlace(below))) return undefined;
    return (await closedWorkspaces(ctx.callerAddress, new Set([workspaceKey]))).get(workspaceKey);
  }

  function refused(address: string, reason: string): Fault {
    const who = isPrivate(address)
      ? `and no private endpoint connection to it is approved for the private address ${address}`
      : `and the caller's address ${address} is none of the operator's private addresses (LAZURITE_PRIVATE_ADDRESSES)`;
    return new Fault('forbidden', 'UserError', `Access to the workspace was denied: ${reason}, ${who}.`);
  }

  async function requireOpen(ctx: Context, action: string, scope: string): Promise<void> {
    const reason = await whyClosed(ctx, action, scope);
    if (reason !== undefined) throw refused(ctx.callerAddress ?? '', reason);
  }

  return {
    async requireWorkspace({ callerAddress }, workspaceKey) {
      if (callerAddress === undefined || isOwn(callerAddress)) return;
      const key = workspaceKey.toLowerCase();
      const reason = (await closedWorkspaces(callerAddress, new Set([key]))).get(key);
      if (reason !== undefined) throw refused(callerAddress, reason);
    },
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
      can: async (ctx, plane, action, scope) => (await whyClosed(ctx, action, scope)) === undefined && authorizer.can(ctx, plane, action, scope),
      // Why whatever the action: lists over all types ask for one of the subscription.
      async visible(ctx, action, ids) {
        const allowed = await authorizer.visible(ctx, action, ids);
        if (ctx.callerAddress === undefined || isOwn(ctx.callerAddress)) return allowed;
        const inside = new Map([...allowed].flatMap((id) => [insideOf(id)].flatMap((key) => (key === undefined ? [] : [[id, key] as const]))));
        if (inside.size === 0) return allowed;
        const closed = await closedWorkspaces(ctx.callerAddress, new Set(inside.values()));
        return new Set([...allowed].filter((id) => !closed.has(inside.get(id) ?? '')));
      },
    }),
    async admit(kind, label, address) {
      if (!GUARDED.has(kind) || label === '' || isOwn(address)) return;
      const resource = kind === 'vault' ? await findVaultNamed(database.sql, label) : await findAccount(database, label);
      if (resource === undefined) return;
      const workspaceKey = await findClosedWorkspaceOf(database.sql, kind === 'vault' ? 'keyVault' : 'storageAccount', resource.id);
      const isDisabled = stringAt(resource.properties, 'publicNetworkAccess')?.toLowerCase() === 'disabled' || workspaceKey !== undefined;
      if (!isDisabled && !deniesByRule(resource, address)) return;
      if (await isLinked(address, [resource.key, ...(workspaceKey === undefined ? [] : [workspaceKey])])) return;
      throw closed(kind, address, isDisabled ? 'ForbiddenByConnection' : 'ForbiddenByFirewall', isPrivate(address));
    },
  };
}

/** The workspace that encloses what is reached only from inside. */
function insideOf(id: string): string | undefined {
  const [, workspaceKey, below] = WORKSPACE.exec(id.toLowerCase()) ?? [];
  return isManagedPlace(below) ? undefined : workspaceKey;
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
  const listed = objectAt(resource, 'properties')['ipAllowlist'];
  const older = Array.isArray(listed) ? listed.filter((value) => typeof value === 'string') : [];
  // Why both: ipAllowlist is the older form, of workspaces only; where it is not empty everybody else stays out.
  if (stringAt(rules, 'defaultAction')?.toLowerCase() !== 'deny' && older.length === 0) return false;
  const allowed = new BlockList();
  const list = rules['ipRules'];
  for (const rule of Array.isArray(list) ? list.filter(isJsonObject) : []) addRange(allowed, stringAt(rule, 'value') ?? '');
  for (const value of older) addRange(allowed, value);
  return !isIn(allowed, address);
}

function closed(kind: string, address: string, reason: 'ForbiddenByConnection' | 'ForbiddenByFirewall', isPrivate: boolean): Fault {
  const why = reason === 'ForbiddenByConnection' ? 'public network access is disabled' : 'the network rules do not allow the address';
  const who = isPrivate
    ? `no private endpoint connection is approved for the private address ${address}`
    : `the client address ${address} is none of the operator's private addresses (LAZURITE_PRIVATE_ADDRESSES)`;
  const message = `${why}, and ${who}.`;
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
