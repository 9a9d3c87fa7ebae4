// Resources: the in-process face of the framework. The server's own code gets, lists, writes and deletes resources
// through it, with the same validation, hooks, events and activity log as a request.

import type { Context } from '#kernel/context.ts';
import type { Json, JsonObject } from '#kernel/json.ts';
import type { Page } from '#kernel/page.ts';
import type { Sql, Tx } from '#storage/database.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import type { Foreseen } from './body/foreseen.ts';

/** Body of a PUT or PATCH, as on the wire. */
export interface ResourceBody {
  readonly location?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly kind?: string;
  readonly sku?: JsonObject;
  readonly identity?: JsonObject;
  readonly properties?: JsonObject;
  readonly [member: string]: Json | undefined;
}

export interface WriteOptions {
  /** `system` skips authorisation; systemData still names ctx.principal. @default 'caller' */
  readonly as?: 'caller' | 'system';
  /** Joins this transaction: the row, the hooks and the events are part of it. A lost race is then a conflict, not retried. */
  readonly tx?: Tx;
  readonly ifMatch?: string;
  /** `*`: only when it does not exist yet. */
  readonly ifNoneMatch?: '*';
  /** Read-only properties to set as well (status fields); only for the server's own writes. */
  readonly readOnly?: JsonObject;
}

export interface CheckOptions extends Pick<WriteOptions, 'as' | 'ifMatch' | 'ifNoneMatch'> {
  /** Of the PUT. @default none, and nothing is said about it */
  readonly apiVersion?: string;
  /** A group that is not there yet is made first. */
  readonly isGroupComing?: boolean;
  /** What it waits for is made first, and may be all that is wrong with it now. */
  readonly foreseen?: Foreseen;
}

export interface ListQuery {
  readonly filters?: Readonly<Record<string, string>>;
  readonly order?: 'oldest' | 'newest' | 'name' | 'changed' | 'leastChanged';
  readonly top?: number;
  readonly next?: string;
}

export interface MoveRequest {
  /** Of the group they are in. */
  readonly groupId: string;
  readonly ids: readonly string[];
  readonly targetGroupId: string;
}

/** Readers do not authorise: the caller of these functions has decided that already. */
export interface Resources {
  /** For reads of what a type keeps in tables of its own. */
  readonly db: Sql;
  /** Key (identity) of an id in any letter case. Throws `invalid` when it is no id of a registered type. */
  keyOf(id: string): string;
  /** Undefined when there is none or it is soft-deleted. Live properties (`view`) are not laid over. */
  find(id: string, db?: Sql): Promise<ResourceRecord | undefined>;
  /** Throws `notFound`/`ResourceNotFound`. */
  get(id: string, db?: Sql): Promise<ResourceRecord>;
  /** Those that exist, by key, in one query. */
  findMany(ids: readonly string[], db?: Sql): Promise<ReadonlyMap<string, ResourceRecord>>;
  /** Members of the type directly under a resource, resource group, subscription or ('') the tenant. */
  list(type: string, parentId: string, query?: ListQuery, db?: Sql): Promise<Page<ResourceRecord>>;
  /** Every member of the type in a subscription, whatever encloses it. */
  listBySubscription(type: string, subscriptionId: string, query?: ListQuery, db?: Sql): Promise<Page<ResourceRecord>>;
  /** Creates or replaces. Answers at once; where creation takes time the state is Creating. */
  put(ctx: Context, id: string, body: ResourceBody, options?: WriteOptions): Promise<ResourceRecord>;
  patch(ctx: Context, id: string, body: ResourceBody, options?: WriteOptions): Promise<ResourceRecord>;
  /** Throws what a PUT by the caller would be refused with now, and writes nothing. */
  check(ctx: Context, id: string, body: unknown, options?: CheckOptions): Promise<void>;
  /** Merges into the properties as they are stored now (null removes), without validation, `prepare` or `onWrite`: status fields that the server alone sets. Undefined when the resource is gone. */
  setProperties(tx: Tx, ctx: Context, id: string, patch: JsonObject): Promise<ResourceRecord | undefined>;
  /** Starts the delete; false when there was nothing. Where it takes time the state is Deleting afterwards. */
  delete(ctx: Context, id: string, options?: Pick<WriteOptions, 'as' | 'ifMatch'> & { readonly purge?: boolean }): Promise<boolean>;
  /** Soft-deleted ones of the type, newest first. */
  listDeleted(type: string, subscriptionId: string, query?: Pick<ListQuery, 'top' | 'next'>): Promise<Page<ResourceRecord>>;
  recover(ctx: Context, id: string): Promise<ResourceRecord>;
  purge(ctx: Context, id: string): Promise<void>;
  /** Throws what stands against moving resources to another group, rights of the caller included. */
  checkMove(ctx: Context, request: MoveRequest): Promise<void>;
  /** Moves them, with everything below. Does not authorise. Idempotent. */
  move(ctx: Context, request: MoveRequest): Promise<void>;
  /** The opened secrets at their places in `properties`: `{ credentials: { secrets: { … } } }`. */
  secretsOf(resource: ResourceRecord<unknown>): JsonObject;
  /** The body as GET would answer it, live properties included. */
  render(ctx: Context, resources: readonly ResourceRecord[], apiVersion: string): Promise<readonly JsonObject[]>;
}
