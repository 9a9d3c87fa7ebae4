// ResourceType: one resource noun as data. The framework reads it; a type has no handler, route, table or check of its own.
// Source: design/architecture.md §4; contracts/azureml-rest.md §1.

import type { Static, TSchema } from 'typebox';
import type { Context } from '#kernel/context.ts';
import type { FaultDetail } from '#kernel/faults.ts';
import type { JsonObject } from '#kernel/json.ts';
import type { Page } from '#kernel/page.ts';
import type { Sql, Tx } from '#storage/database.ts';
import type { ResourceContent, ResourceRecord } from '#storage/resource-record.ts';
import type { Action } from './action.ts';
import type { ApiVersions } from './api-versions.ts';
import type { Facet } from './facet.ts';
import type { Filter } from './query/filter.ts';
import type { ResourceBody, Resources } from './resources.ts';

export type { ResourceContent, ResourceRecord } from '#storage/resource-record.ts';

/** Where a type without a parent lives. `any`: an extension of whatever precedes `/providers/`. */
export type Scope = 'tenant' | 'subscription' | 'resourceGroup' | 'any';
export type Verb = 'get' | 'put' | 'patch' | 'delete' | 'list' | 'listByResourceGroup' | 'listBySubscription';

/** Collects what is wrong with a body; all of it is answered at once, in `details`. */
export type Reject = (property: string, message: string, code?: string) => void;

/** Something that Azure takes and this server refuses. The compatibility table tells it. */
export interface Refusal {
  /** JSON pointer into `properties` (`*` for every member). */
  readonly at: string;
  /** Only these values, in any letter case. @default whatever asks for something */
  readonly values?: readonly string[];
  readonly code: string;
  /** A sentence that says why, and what to do instead. */
  readonly why: string;
}

/** A draft is what will be stored: defaults applied, read-only properties carried over, secrets still inside. */
export type Draft<P> = ResourceContent<P>;

export interface Change<P> {
  readonly desired: Draft<P>;
  /** Undefined at creation. Without its secrets: `store.secretsOf(current)` opens them. */
  readonly current: ResourceRecord<P> | undefined;
  /** Query parameters of the request, for those that change what a write does. */
  readonly query: URLSearchParams;
}

/** The end of a round of provisioning: done (with properties to merge into the stored ones), or call again. */
export type ProvisionResult = { readonly properties?: JsonObject } | { readonly againAfterMs: number; readonly percentComplete?: number };

export interface Provision<P> {
  /** Whether this write needs it; otherwise it ends at once with Succeeded. @default at creation, after a failure, and when properties change */
  when?(change: Change<P>): boolean;
  /** Idempotent: repeated after a crash. A Fault of the caller's making (4xx) ends it as Failed with that reason; anything else is retried. */
  run(ctx: Context, args: { readonly resource: ResourceRecord<P>; readonly store: Resources }): Promise<ProvisionResult>;
}

export interface Deprovision<P> {
  /** Idempotent: repeated after a crash. The row is removed when it is done. */
  run(ctx: Context, args: { readonly resource: ResourceRecord<P>; readonly store: Resources }): Promise<'done' | { readonly againAfterMs: number }>;
}

export interface SoftDelete<P> {
  readonly days: number;
  /** Instead of `days`, where each resource says; for types without children. */
  daysOf?(resource: ResourceRecord<P>): number;
  /** Query parameter that, when true, deletes for good at once, such as `forceToPurge`. */
  readonly purgeParameter?: string;
  /** Stays recoverable when its resource group is deleted. @default false: removed with it */
  readonly survivesParent?: boolean;
  /** Types below that do not come back with it (computes, endpoints): they go for good at once. */
  readonly loses?: readonly string[];
  /** Whether a PUT on the name of a soft-deleted one brings it back; otherwise it is refused with 409. @default never */
  recoverWhen?(desired: Draft<P>): boolean;
}

/** How a body came in. */
export interface Arrival {
  /** Undefined for the server's own writes: they speak the newest. */
  readonly apiVersion: string | undefined;
  readonly isPatch: boolean;
  readonly current: ResourceRecord | undefined;
}

export interface Hooks<P> {
  /** The body as the schema has it, before anything is checked: members under older names, values in the forms of older clients, what this api-version does not know. */
  accept?(body: JsonObject, arrival: Arrival): JsonObject;
  /** Cross-field rules. No I/O. */
  validate?(ctx: Context, change: Change<P> & { readonly reject: Reject }): void;
  /** Before the transaction: looks up other resources, fills in computed properties. What it returns is stored; nothing: `desired` as it is. */
  prepare?(ctx: Context, change: Change<P> & { readonly store: Resources; readonly reject: Reject }): Promise<Draft<P> | undefined>;
  /** Inside the transaction of the write: enqueue work, insert rows. Await nothing but SQL. */
  onWrite?(tx: Tx, ctx: Context, change: { readonly resource: ResourceRecord<P>; readonly previous: ResourceRecord<P> | undefined; readonly store: Resources }): Promise<void>;
  /** Whether `onWrite` has anything to do for this update; without it the update is a single statement. @default true */
  needsOnWrite?(change: Pick<Change<P>, 'desired'> & { readonly current: ResourceRecord<P> }): boolean;
  /** Inside the transaction of the delete, also of a delete of an ancestor. */
  onDelete?(tx: Tx, ctx: Context, resource: ResourceRecord<P>, how: 'removed' | 'softDeleted'): Promise<void>;
  /** Throws a Fault when the resource must stay. Not asked when an ancestor goes. */
  mayDelete?(ctx: Context, args: { readonly resource: ResourceRecord<P>; readonly store: Resources; readonly db: Sql; readonly query: URLSearchParams }): Promise<void>;
  /** What is elsewhere and holds members of this type that are below a key: it keeps their ancestors too. Asked in the transaction that begins their removal. */
  heldBy?(db: Sql, belowKey: string): Promise<readonly FaultDetail[]>;
  /** Throws a Fault when requests for resources of a type below this one are refused as things are. Not asked for the server's own work. */
  admitChild?(resource: ResourceRecord<P>, type: string): void;
  /** Live properties laid over the stored ones at read time, by key. One call per page. Name them in `readOnly`, for clients send back what they read. */
  view?(ctx: Context, resources: readonly ResourceRecord<P>[], db: Sql, ahead?: Children): Promise<ReadonlyMap<string, JsonObject>>;
  /** What the view needs of what is below these keys. Asked for while the resources themselves are read or written. */
  readAhead?(db: Sql, keys: readonly string[]): Promise<Children>;
  /** The body in the form of an api-version, or of a type that does not follow the usual envelope. */
  shape?(body: JsonObject, apiVersion: string, resource: ResourceRecord<P>): JsonObject;
  /** Answers a list in place of the usual query, where membership is no matter of the parent (role assignments: inherited ones too). */
  members?(ctx: Context, args: { readonly parentId: string; readonly query: URLSearchParams; readonly store: Resources; readonly db: Sql }): Promise<Page<ResourceRecord>>;
  /** Of a type whose resources are kept elsewhere (blob containers): whether the one of this id is there. Extensions can be put on it. */
  isElsewhere?(id: string, db: Sql): Promise<boolean>;
  /** Resources that exist without a row (built-in role definitions). `parentKey` '' is the tenant. Read-only; listed first. */
  builtIn?(ctx: Context, parentId: string): readonly BuiltIn[];
}

/** A resource made by the program itself. */
export interface BuiltIn {
  readonly name: string;
  /** @default its name below the place that it is asked at */
  readonly id?: string;
  readonly location?: string;
  readonly properties: JsonObject;
}

export interface EnvelopeMembers {
  /** @default `required` for tracked, absent for proxy */
  readonly location?: 'required' | 'optional';
  /** @default true for tracked */
  readonly tags?: boolean;
  readonly kind?: boolean;
  readonly sku?: boolean;
  readonly identity?: boolean;
  /** Further top-level members that are stored and returned as given, such as `managedBy` or `zones`. */
  readonly others?: readonly string[];
}

export interface ListOptions {
  /** @default 'oldest' */
  readonly order?: 'oldest' | 'newest' | 'name';
  /** Query parameters that choose the order: `createdtime desc`, `modifiedtime`, `name asc`. @default ['$orderBy', 'orderBy'] */
  readonly orderParameters?: readonly string[];
  /** Query parameters that set the page size. @default ['$top'] */
  readonly pageSizeParameters?: readonly string[];
  /** @default 100 */
  readonly pageSize?: number;
  /** Fields of `$filter` (lower-cased) and where they look; without it the parameter is ignored, as Azure does. */
  readonly odata?: Readonly<Record<string, string>>;
  /** A list has the members of every enclosing scope as well (role definitions). */
  readonly inherited?: boolean;
  /** Lists what the caller may read instead of refusing the whole list (subscriptions, resource groups). */
  readonly onlyVisible?: boolean;
  /** Query parameters with which a list goes over all siblings of its parent, whatever name the path says. */
  readonly acrossParentsBy?: readonly string[];
}

export interface Shared<P> {
  /** Id of the other parent; undefined when nothing is shared with this one. */
  from(parent: ResourceRecord<unknown>): string | undefined;
  isShared(resource: ResourceRecord<P>): boolean;
}

export interface Permissions {
  /** @default `{type}/read` */
  readonly read?: string;
  /** @default `{type}/write` */
  readonly write?: string;
  /** @default `{type}/delete` */
  readonly delete?: string;
}

export interface ResourceTypeSpec<P> extends Hooks<P> {
  /** `Namespace/type/childType` with Azure's capitals. */
  readonly type: string;
  readonly parent?: AnyResourceType;
  /** Exactly one of `parent` and `scope`. */
  readonly scope?: Scope;
  /** For the types whose ids have no `/providers/`: `/subscriptions/{name}`, `/subscriptions/{subscriptionId}/resourceGroups/{name}`. The last segment is the name. */
  readonly path?: string;
  readonly kind: 'tracked' | 'proxy';
  readonly envelope?: EnvelopeMembers;
  readonly apiVersions: ApiVersions;
  /** Checked at creation. */
  readonly name: RegExp;
  /** What the pattern means, as the rest of "A workspace name …": `has 3 to 33 letters, digits, - or _`. */
  readonly nameRule: string;
  /** @default false */
  readonly isNameCaseSensitive?: boolean;
  /** Unknown members of `properties`, at any depth. @default 'keep' */
  readonly additional?: 'keep' | 'refuse';
  /** JSON pointers into `properties` (`*` for every member): ignored in bodies, kept from the stored resource; set by hooks. Optional in the schema. */
  readonly readOnly?: readonly string[];
  /** What Azure takes and this server does not. */
  readonly refuses?: readonly Refusal[];
  /** JSON pointers: a change is refused; leaving one out keeps it. */
  readonly immutable?: readonly string[];
  /** How a change of an immutable property is refused: 400 or 409. @default 'invalid' */
  readonly immutableFault?: 'invalid' | 'conflict';
  /** JSON pointers (`*` for every member): stored sealed, never returned; left out in an update keeps what is stored. */
  readonly secrets?: readonly string[];
  /** Query parameters of lists. */
  readonly filters?: Readonly<Record<string, Filter>>;
  readonly list?: ListOptions;
  /** @default all that make sense: the two wider lists only for top-level types of a resource group */
  readonly verbs?: readonly Verb[];
  /** Whether bodies carry `properties.provisioningState`. @default true */
  readonly hasProvisioningState?: boolean;
  /** Body of the parent that a write makes when it is missing (asset containers); without it a missing parent is 404. */
  createsParent?(desired: Draft<P>): ResourceBody;
  /** Members of another parent that are read below this one too: `from` names it. */
  readonly shared?: Shared<P>;
  readonly provision?: Provision<P>;
  readonly deprovision?: Deprovision<P>;
  /**
   * Whether every PUT and PATCH names an operation to poll, one that has ended when the write was done at once. Clients whose
   * models have subtypes take an answer that needs no poll apart twice, and the second time its discriminator is gone. @default false
   */
  readonly isAlwaysPolled?: boolean;
  /** Delete as a long-running operation even where nothing has to be deprovisioned (resource groups). */
  readonly deletesInBackground?: boolean;
  readonly softDelete?: SoftDelete<P>;
  /** Status of a PUT that created. 202 carries Location as well. Clients check it: see the codes column of the contract. @default 201 */
  readonly createdStatus?: 200 | 201 | 202;
  /** Whether DELETE answers with what it removed, as clients of roles expect. @default false */
  readonly answersDeleted?: boolean;
  /** Status of a PUT that changed, or changed nothing. @default 200 */
  readonly updatedStatus?: 200 | 201;
  /** Answer to DELETE of what is not there. @default 204 */
  readonly missingDeleteStatus?: 204 | 404;
  /** Whether it can go to another resource group: nothing but resources goes by its id. @default false */
  readonly isMovable?: boolean;
  /** Path segments under `…/locations/{location}/`. @default operationStatuses, operationResults */
  readonly operationSegments?: { readonly status: string; readonly result: string };
  /** By the segment in the path, for example `listKeys`. */
  readonly actions?: Readonly<Record<string, Action<P>>>;
  readonly permission?: Permissions;
  /** Has no rows: it shows and changes the resource it extends. */
  readonly facet?: Facet;
}

/** Resources by the key of what they are below. */
export type Children = ReadonlyMap<string, readonly ResourceRecord[]>;

export interface ResourceType<P = unknown> extends ResourceTypeSpec<P> {
  readonly properties: TSchema;
}

/** A type of which only the framework needs to know the properties. */
export type AnyResourceType = ResourceType;

/** Declares a resource type. The static type of `properties` flows into its hooks. */
export function defineResourceType<S extends TSchema>(spec: ResourceTypeSpec<Static<S>> & { readonly properties: S }): ResourceType<Static<S>> {
  if ((spec.parent === undefined) === (spec.scope === undefined)) throw new TypeError(`${spec.type}: exactly one of parent and scope`);
  if (spec.parent !== undefined && !spec.type.toLowerCase().startsWith(`${spec.parent.type.toLowerCase()}/`)) throw new TypeError(`${spec.type} is no child of ${spec.parent.type}`);
  return spec;
}
