// Projects: workspaces that share storage, vault, insights, registry, network and encryption with their hub.
// Source: contracts/terraform-azurerm.md §4.14 (azurerm_ai_foundry_project); contracts/azure-ai-ml.md §4.1.

import type { Draft, Reject, ResourceRecord } from '#arm/resource-type.ts';
import type { Resources } from '#arm/resources.ts';
import type { Context } from '#kernel/context.ts';
import { Fault, type FaultDetail } from '#kernel/faults.ts';
import { type JsonObject, jsonEqual, stringAt } from '#kernel/json.ts';
import type { Page } from '#kernel/page.ts';
import type { Sql, Tx } from '#storage/database.ts';
import { listForeignReferences } from '#storage/reference-store.ts';
import { listResources } from '#storage/resource-list-store.ts';
import type { ResourcePorts } from '../../ports.ts';
import { kindOf } from './kinds.ts';
import { isSameId, LINK_NAMES } from './links.ts';
import type { Workspace } from './properties.ts';

const TYPE = 'microsoft.machinelearningservices/workspaces';
const PAGE = 200;
const JOIN = 'Microsoft.MachineLearningServices/workspaces/hubs/join/action';

/** What a project has from its hub, and changes with it. */
export const INHERITED = [...LINK_NAMES, 'publicNetworkAccess', 'managedNetwork', 'encryption'] as const satisfies readonly (keyof Workspace)[];

export type Inherited = Partial<Pick<Workspace, (typeof INHERITED)[number]>>;

/** Id of the hub of a project; undefined for every other kind. */
export function hubOf({ kind, properties }: Pick<ResourceRecord<unknown>, 'kind' | 'properties'>): string | undefined {
  return kindOf(kind) === 'Project' ? stringAt(properties, 'hubResourceId') : undefined;
}

interface ProjectChange {
  readonly desired: Draft<Workspace>;
  readonly current: ResourceRecord<Workspace> | undefined;
  readonly store: Resources;
  readonly reject: Reject;
}

export function checkHubLink({ properties, kind }: Draft<Workspace>, current: ResourceRecord<Workspace> | undefined, reject: Reject): void {
  const isProject = kindOf(kind) === 'Project';
  const { hubResourceId } = properties;
  if (isProject && hubResourceId === undefined) reject('properties.hubResourceId', 'hubResourceId is missing; a project needs the resource id of its hub.');
  if (!isProject && hubResourceId !== undefined) reject('properties.hubResourceId', `hubResourceId is given for a workspace of kind ${kindOf(kind) ?? 'Default'}; only a Project has a hub.`);
  const before = current?.properties.hubResourceId;
  if (before !== undefined && hubResourceId !== undefined && !isSameId(before, hubResourceId))
    reject('properties.hubResourceId', "Changing property 'properties.hubResourceId' is not allowed: a project stays with its hub.", 'PropertyChangeNotAllowed');
}

/** What the project gets from its hub; what its body says otherwise is refused by name. */
export async function inheritFromHub(ctx: Context, ports: Pick<ResourcePorts, 'access'>, { desired, current, store, reject }: ProjectChange): Promise<Inherited> {
  const { hubResourceId = '' } = desired.properties;
  const hub = await store.find(hubResourceId).catch(() => undefined);
  if (hub?.type !== TYPE || kindOf(hub.kind) !== 'Hub') {
    reject('properties.hubResourceId', `The hub '${hubResourceId.slice(0, 300)}' was not found; give the resource id of a workspace of kind Hub.`);
    return {};
  }
  if (current === undefined) await ports.access.require(ctx, JOIN, hub.id);
  if (hub.provisioningState !== 'Succeeded')
    throw new Fault('conflict', 'HubNotReady', `The hub ${hub.name} is ${hub.provisioningState}; a project can be made when it is Succeeded.`, { target: 'properties.hubResourceId' });
  if (desired.location !== hub.location) reject('location', `location is '${desired.location}'; a project lives where its hub is, in '${hub.location}'.`);
  const inherited = inheritedOf(hub);
  for (const name of LINK_NAMES) {
    const given = desired.properties[name];
    if (given !== undefined && !isSameId(given, inherited[name])) reject(`properties.${name}`, `${name} of a project is that of its hub, ${inherited[name] ?? 'which has none'}; leave it out.`);
  }
  if (desired.properties.publicNetworkAccess === 'Disabled' && inherited.publicNetworkAccess === 'Enabled')
    reject('properties.publicNetworkAccess', 'publicNetworkAccess of a project is that of its hub, Enabled; change it on the hub.');
  return inherited;
}

function inheritedOf(hub: ResourceRecord): Inherited {
  return Object.fromEntries(INHERITED.filter((name) => hub.properties[name] !== undefined).map((name) => [name, hub.properties[name]]));
}

/** Gives the projects of a hub what changed on it, in the transaction of that change. */
export async function updateProjects(tx: Tx, ctx: Context, hub: ResourceRecord<unknown>, previous: ResourceRecord<unknown> | undefined, store: Resources): Promise<void> {
  const now = patchOf(hub);
  if (kindOf(hub.kind) !== 'Hub' || previous === undefined || jsonEqual(now, patchOf(previous))) return;
  let next: string | undefined;
  do {
    const page: Page<ResourceRecord> = await listProjects(tx, [hub.key], next);
    for (const project of page.items) await store.setProperties(tx, ctx, project.id, now);
    ({ next } = page);
  } while (next !== undefined);
}

/** As a merge patch: null where the hub has none. */
function patchOf({ properties }: ResourceRecord<unknown>): JsonObject {
  const all: JsonObject = JSON.parse(JSON.stringify(properties));
  return Object.fromEntries(INHERITED.map((name) => [name, all[name] ?? null]));
}

function listProjects(db: Sql, hubKeys: readonly string[], after?: string): Promise<Page<ResourceRecord>> {
  const filters = [{ target: { in: 'properties', path: ['hubResourceId'] }, oneOf: hubKeys } as const];
  return listResources(db, { types: [TYPE], within: 'everywhere', filters, limit: PAGE, ...(after === undefined ? {} : { after }) });
}

/** Ids of the projects of each hub on a page, by its key. */
export async function projectsOf(db: Sql, hubs: readonly ResourceRecord<unknown>[]): Promise<ReadonlyMap<string, readonly string[]>> {
  if (hubs.length === 0) return new Map();
  const { items } = await listProjects(
    db,
    hubs.map((hub) => hub.key),
  );
  const byHub = Map.groupBy(items, (project) => stringAt(project.properties, 'hubResourceId')?.toLowerCase() ?? '');
  return new Map([...byHub].map(([key, projects]) => [key, projects.map((project) => project.id)]));
}

/** Hubs below a key with projects elsewhere. */
export async function heldByProjects(db: Sql, belowKey: string): Promise<readonly FaultDetail[]> {
  const references = await listForeignReferences(db, TYPE.toLowerCase(), ['hubResourceId'], belowKey, 20);
  return references.map(({ id, refersTo }) => ({ code: 'HubHasProjects', message: `The hub ${refersTo.split('/').at(-1) ?? ''} has the project ${id}; delete it before the hub.`, target: refersTo }));
}

export async function checkNoProjects(db: Sql, hub: ResourceRecord<unknown>): Promise<void> {
  if (kindOf(hub.kind) !== 'Hub') return;
  const { items } = await listProjects(db, [hub.key]);
  if (items.length === 0) return;
  const names = items.slice(0, 5).map((project) => project.name);
  throw new Fault('conflict', 'HubHasProjects', `The hub ${hub.name} has projects (${names.join(', ')}${items.length > names.length ? ', …' : ''}); delete them before the hub.`, { target: hub.id });
}
