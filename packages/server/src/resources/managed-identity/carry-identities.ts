// carryIdentities: gives a type with `envelope.identity` what its identity block promises. User-assigned identities are
// looked up and need the permission to be assigned; the system-assigned principal comes and goes with the resource.
// Source: contracts/terraform-azurerm.md §2 (identity blocks).

import { randomUUID } from 'node:crypto';
import type { ResourceType, Draft, ResourceRecord } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import type { Context } from '#kernel/context.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { ResourcePorts } from '../ports.ts';
import { idsOf } from './user-assigned-identities.ts';

const ASSIGN = 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action';

type Ports = Pick<ResourcePorts, 'identities' | 'installation'>;

/** The same type, whose identity blocks are real. Its own hooks run as before: `prepare` first, so that a default of its own counts. */
export function carryIdentities<P>(ports: Ports, type: ResourceType<P>): ResourceType<P> {
  return {
    ...type,
    async prepare(ctx, change) {
      const desired = (await type.prepare?.(ctx, change)) ?? change.desired;
      const identity = await fillIdentity(ctx, ports, { desired, current: change.current, store: change.store, reject: change.reject });
      return { ...desired, identity };
    },
    async onWrite(tx, ctx, change) {
      const { resource, previous } = change;
      const now = systemPrincipalOf(resource);
      const before = systemPrincipalOf(previous);
      if (before !== undefined && now !== before) await ports.identities.remove(tx, resource.id);
      if (now !== undefined && now !== before) await ports.identities.add(tx, { resourceId: resource.id, principalId: now, clientId: randomUUID(), displayName: resource.name });
      await type.onWrite?.(tx, ctx, change);
    },
    needsOnWrite: (change) => (type.onWrite !== undefined && type.needsOnWrite?.(change) !== false) || systemPrincipalOf(change.desired) !== systemPrincipalOf(change.current),
    async onDelete(tx, ctx, resource, how) {
      await type.onDelete?.(tx, ctx, resource, how);
      if (how === 'removed' && systemPrincipalOf(resource) !== undefined) await ports.identities.remove(tx, resource.id);
    },
  };
}

interface Filling {
  readonly desired: Draft<unknown>;
  readonly current: ResourceRecord<unknown> | undefined;
  readonly store: Resources;
  reject(property: string, message: string, code?: string): void;
}

async function fillIdentity(ctx: Context, ports: Ports, { desired, current, store, reject }: Filling): Promise<JsonObject | undefined> {
  const given = desired.identity;
  if (given === undefined) return undefined;
  const filled: Record<string, JsonObject[string]> = { ...given };
  if (stringAt(given, 'type')?.startsWith('SystemAssigned')) {
    filled['principalId'] = systemPrincipalOf(current) ?? randomUUID();
    filled['tenantId'] = ports.installation().tenantId;
  }
  const ids = Object.keys(objectAt(given, 'userAssignedIdentities'));
  if (ids.length > 0) filled['userAssignedIdentities'] = await fillUserAssigned(ctx, ports, ids, { current, store, reject });
  return filled;
}

async function fillUserAssigned(ctx: Context, ports: Ports, ids: readonly string[], { current, store, reject }: Pick<Filling, 'current' | 'store' | 'reject'>): Promise<JsonObject> {
  const known = new Set(Object.keys(objectAt(current?.identity, 'userAssignedIdentities')).map((id) => id.toLowerCase()));
  const filled: Record<string, JsonObject> = {};
  for (const id of ids) {
    const identity = /\/providers\/microsoft\.managedidentity\/userassignedidentities\/[^/]+$/i.test(id) ? await store.find(id).catch(() => undefined) : undefined;
    if (identity === undefined) {
      reject('identity.userAssignedIdentities', `The identity '${id.slice(0, 300)}' was not found; give the resource id of a user-assigned identity that exists.`, 'FailedIdentityOperation');
      continue;
    }
    // Why only new ones: who may change a resource need not be who gave it its identities.
    if (!known.has(id.toLowerCase())) await ports.identities.require(ctx, ASSIGN, identity.id);
    filled[id] = { ...idsOf(identity.properties) };
  }
  return filled;
}

function systemPrincipalOf(resource: Pick<ResourceRecord<unknown>, 'identity'> | undefined): string | undefined {
  return stringAt(resource?.identity, 'type')?.startsWith('SystemAssigned') === true ? stringAt(resource?.identity, 'principalId') : undefined;
}
