// Which managed identities a program on this machine may be: a job those of its compute (of its workspace where it runs
// without one), the owner's own programs those that the owner may assign.

import type { Resources } from '#arm/resources.ts';
import type { Authorizer } from '#identity/authorize.ts';
import type { ChosenBy, IdentityChoice, IdentityChooser } from '#identity/identity-headers.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Log } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { objectAt, stringAt } from '#kernel/json.ts';
import type { Database } from '#storage/database.ts';
import { type DirectoryObject, findPrincipal, findPrincipalByAppId, findPrincipalByResource } from '#storage/identity-store.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';

const ASSIGN = 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action';

export interface ChoiceDeps {
  readonly database: Database;
  readonly store: () => Resources;
  readonly authorizer: Pick<Authorizer, 'can'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly tenantId: string;
}

export function createIdentityChooser(deps: ChoiceDeps): IdentityChooser {
  return async (by, choice) => {
    const found = await findNamed(deps, choice);
    if (found?.resourceKey !== undefined && found.isEnabled && (by.jobKey === null ? await mayOwnerBe(deps, by, found.resourceKey) : await doesJobCarry(deps, by.jobKey, found.resourceKey)))
      return found;
    const where = by.jobKey === null ? 'among those that this machine’s owner may assign' : 'on the compute of this job';
    throw new Fault('invalid', 'IdentityNotFound', `Identity not found: there is no managed identity ${describe(choice)} ${where}.`);
  };
}

/** The identity of a job that asks for a managed one: the one it names, or the only one there is. */
export async function identityOfJob(deps: ChoiceDeps, jobKey: string, choice: IdentityChoice): Promise<DirectoryObject> {
  if (describe(choice) !== '') return createIdentityChooser(deps)({ principalId: '', jobKey }, choice);
  const carrier = await carrierOf(deps, jobKey);
  const own = carrier === undefined ? undefined : await findPrincipalByResource(deps.database.sql, carrier.key);
  if (own !== undefined) return own;
  const ids = assignedTo(carrier);
  const only = ids.length === 1 && ids[0] !== undefined ? await findPrincipalByResource(deps.database.sql, ids[0]) : undefined;
  if (only !== undefined) return only;
  const count = ids.length === 0 ? 'no managed identity' : `${ids.length} managed identities`;
  throw new Fault(
    'invalid',
    'IdentityNotFound',
    `The job asks for a managed identity, and '${carrier?.name ?? 'its compute'}' has ${count}; name one of them in properties.identity by clientId, objectId or resourceId.`,
    {
      target: 'properties.identity',
    },
  );
}

async function findNamed({ database }: ChoiceDeps, choice: IdentityChoice): Promise<DirectoryObject | undefined> {
  const { clientId, objectId, resourceId } = choice;
  if (clientId !== undefined) return findPrincipalByAppId(database.sql, clientId);
  if (objectId !== undefined) return findPrincipal(database.sql, objectId);
  return resourceId === undefined ? undefined : findPrincipalByResource(database.sql, resourceId.toLowerCase());
}

async function mayOwnerBe({ database, authorizer, clock, log, tenantId }: ChoiceDeps, by: ChosenBy, identityKey: string): Promise<boolean> {
  if (!/\/userassignedidentities\/[^/]+$/.test(identityKey)) return false;
  const owner = await findPrincipal(database.sql, by.principalId);
  if (owner === undefined || owner.kind === 'Group' || !owner.isEnabled) return false;
  const principal = { objectId: owner.id, tenantId, kind: owner.kind, displayName: owner.displayName, groups: owner.groups };
  return authorizer.can({ principal, correlationId: 'managed-identity', log, clock, signal: () => new AbortController().signal }, 'action', ASSIGN, identityKey);
}

async function doesJobCarry(deps: ChoiceDeps, jobKey: string, identityKey: string): Promise<boolean> {
  const carrier = await carrierOf(deps, jobKey);
  return carrier !== undefined && (carrier.key === identityKey || assignedTo(carrier).includes(identityKey));
}

async function carrierOf({ store }: ChoiceDeps, jobKey: string): Promise<ResourceRecord | undefined> {
  const job = await store().find(jobKey);
  const workspaceKey = jobKey.slice(0, jobKey.indexOf('/jobs/'));
  const compute = stringAt(job?.properties, 'computeId')?.split('/').at(-1);
  return store().find(compute === undefined || compute === '' || compute.toLowerCase() === 'serverless' ? workspaceKey : `${workspaceKey}/computes/${compute}`);
}

function assignedTo(carrier: ResourceRecord | undefined): readonly string[] {
  return Object.keys(objectAt(carrier?.identity, 'userAssignedIdentities')).map((id) => id.toLowerCase());
}

function describe({ clientId, objectId, resourceId }: IdentityChoice): string {
  const named = [clientId === undefined ? '' : `with client id '${clientId}'`, objectId === undefined ? '' : `with object id '${objectId}'`, resourceId === undefined ? '' : `at '${resourceId}'`];
  return named.filter((part) => part !== '').join(', ');
}
