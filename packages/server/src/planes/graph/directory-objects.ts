// What is asked across types: the caller, objects by their ids, the organization. Source: Graph v1.0, directoryObject, organization.

import type { Context } from '#kernel/context.ts';
import { isJsonObject, type JsonObject } from '#kernel/json.ts';
import { listApplications, listOwnedIds, listPrincipals } from '#storage/directory-store.ts';
import type { DirectoryKind } from '#storage/identity-store.ts';
import type { PlaneReply, PlaneRequest } from '../plane.ts';
import { badRequest } from './faults.ts';
import { allKinds, getEntry, userKinds, visibleApplicationIds, visibleIds } from './lookup.ts';
import type { GraphDeps } from './ports.ts';
import { entryReply, objectReply, valueReply } from './replies.ts';
import { renderApplication, renderEntry } from './render.ts';

const KINDS_OF_TYPE: Readonly<Record<string, readonly DirectoryKind[]>> = {
  user: ['User'],
  group: ['Group'],
  serviceprincipal: ['ServicePrincipal', 'ManagedIdentity'],
  directoryobject: allKinds,
  application: [],
  // Types of Azure's that there are none of here; clients name them all.
  administrativeunit: [],
  contact: [],
  device: [],
  directoryobjectpartnerreference: [],
  directoryrole: [],
  orgcontact: [],
};
const MOST_IDS = 1_000;

/** The caller, who has to be a person. */
export async function getMe(deps: GraphDeps, ctx: Context, request: PlaneRequest): Promise<PlaneReply> {
  requirePerson(ctx);
  return entryReply(deps, ctx, request, 'users', await getEntry(deps, ctx, userKinds, ctx.principal.objectId));
}

export function requirePerson(ctx: Context): void {
  if (ctx.principal.kind !== 'User') throw badRequest('/me request is only valid with delegated authentication flow.');
}

export async function listOwnedObjects(deps: GraphDeps, ctx: Context, request: PlaneRequest): Promise<PlaneReply> {
  requirePerson(ctx);
  const ids = await listOwnedIds(deps.database.sql, ctx.principal.objectId);
  return valueReply(request, 'directoryObjects', await objectsOf(deps, ids, { kinds: allKinds, hasApplications: true }));
}

/** POST /directoryObjects/getByIds. */
export async function getByIds(deps: GraphDeps, ctx: Context, request: PlaneRequest): Promise<PlaneReply> {
  const body = isJsonObject(request.body) ? request.body : {};
  const asked = body['ids'];
  if (!Array.isArray(asked) || asked.length === 0 || asked.length > MOST_IDS) throw badRequest(`ids has to be a list of 1 to ${MOST_IDS} ids.`, 'ids');
  const types = (Array.isArray(body['types']) ? body['types'] : []).map((type) => String(type).toLowerCase());
  const unknown = types.find((type) => !Object.hasOwn(KINDS_OF_TYPE, type));
  if (unknown !== undefined) throw badRequest(`Type '${unknown}' is not one of ${Object.keys(KINDS_OF_TYPE).join(', ')}.`, 'types');
  const kinds = types.length === 0 ? allKinds : [...new Set(types.flatMap((type) => KINDS_OF_TYPE[type] ?? []))];
  const wanted = [...new Set(asked.map((id) => String(id).toLowerCase()))];
  const [visible, visibleApplications] = await Promise.all([visibleIds(deps, ctx), visibleApplicationIds(deps, ctx)]);
  const may = (id: string): boolean => visible === undefined || visible.includes(id) || visibleApplications?.includes(id) === true;
  const hasApplications = types.length === 0 || types.includes('application') || types.includes('directoryobject');
  return valueReply(request, 'directoryObjects', await objectsOf(deps, wanted.filter(may), { kinds, hasApplications }));
}

async function objectsOf(deps: GraphDeps, ids: readonly string[], of: { readonly kinds: readonly DirectoryKind[]; readonly hasApplications: boolean }): Promise<readonly JsonObject[]> {
  const { sql } = deps.database;
  const options = { select: undefined, tenantId: deps.tenantId, isTyped: true };
  const [entries, applications] = await Promise.all([
    listPrincipals(sql, of.kinds, { ids, limit: MOST_IDS }),
    of.hasApplications ? listApplications(sql, { ids, limit: MOST_IDS }) : Promise.resolve([]),
  ]);
  return [...entries.map((entry) => renderEntry(entry, options)), ...applications.map((entry) => renderApplication(entry, options))];
}

function organization(deps: GraphDeps): JsonObject {
  return {
    id: deps.tenantId,
    displayName: 'Lazurite',
    tenantType: 'AAD',
    countryLetterCode: null,
    createdDateTime: null,
    defaultUsageLocation: null,
    onPremisesSyncEnabled: null,
    verifiedDomains: [{ capabilities: 'Email', isDefault: true, isInitial: true, name: deps.domain, type: 'Managed' }],
  };
}

export function listOrganization(deps: GraphDeps, request: PlaneRequest): PlaneReply {
  return valueReply(request, 'organization', [organization(deps)]);
}

export function getOrganization(deps: GraphDeps, request: PlaneRequest): PlaneReply {
  if (request.params['id']?.toLowerCase() !== deps.tenantId) throw badRequest(`There is one organization here, '${deps.tenantId}'.`);
  return objectReply(request, 'organization', organization(deps));
}

export function listDomains(deps: GraphDeps, request: PlaneRequest): PlaneReply {
  const domain = { id: deps.domain, authenticationType: 'Managed', isAdminManaged: true, isDefault: true, isInitial: true, isRoot: true, isVerified: true, supportedServices: [] };
  return valueReply(request, 'domains', [domain]);
}
