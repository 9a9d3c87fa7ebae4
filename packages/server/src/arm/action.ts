// Action: an operation on a resource or a collection besides create, read, update, delete: listKeys, start, cancel.

import type { Static, TSchema } from 'typebox';
import type { Context } from '#kernel/context.ts';
import type { JsonObject } from '#kernel/json.ts';
import type { Database, Tx } from '#storage/database.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import type { Resources } from './resources.ts';

export interface ActionCall<P, I> {
  /** The resource; for a collection action, what encloses the collection. */
  readonly resource: ResourceRecord<P>;
  readonly input: I;
  readonly query: URLSearchParams;
  readonly apiVersion: string;
  /** Scheme, host and port as the caller sees them; '' in background work. */
  readonly origin: string;
  readonly database: Database;
  readonly store: Resources;
}

export interface Action<P = JsonObject> {
  /** @default 'POST' */
  readonly method?: 'POST' | 'GET';
  /** @default `{type}/{action}/action`, for GET `{type}/{action}/read` */
  readonly permission?: string;
  /** @default 'item' */
  readonly on?: 'item' | 'collection';
  /** Without one the body is not looked at. */
  readonly input?: TSchema;
  /** For the documents; answers are checked against it in tests. */
  readonly output?: TSchema;
  /** Status of a synchronous answer. @default 200 */
  readonly status?: 200 | 202 | 204;
  /** true: answered 202 with Location and Azure-AsyncOperation; `run` is called by durable work, at least once. */
  readonly isLongRunning?: boolean;
  /** May this be asked of a resource that is being created, updated or deleted? @default only GET and list… actions */
  readonly allowWhileBusy?: boolean;
  /** For long-running ones: refuses synchronously, before 202. */
  check?(ctx: Context, call: ActionCall<P, unknown>): Promise<void>;
  /** For long-running ones: in the transaction that accepts it. Await nothing but SQL. */
  begin?(tx: Tx, ctx: Context, call: ActionCall<P, unknown>): Promise<void>;
  /** Answers the body, or nothing; a long-running one may also say when to call it again. */
  run(ctx: Context, call: ActionCall<P, unknown>): Promise<object | Again | undefined>;
}

/** What a long-running action answers while it goes on. */
export interface Again {
  readonly againAfterMs: number;
}

export interface ActionSpec<P, S extends TSchema> extends Omit<Action<P>, 'run' | 'check' | 'begin' | 'input'> {
  readonly input?: S;
  begin?(tx: Tx, ctx: Context, call: ActionCall<P, Static<S>>): Promise<void>;
  check?(ctx: Context, call: ActionCall<P, Static<S>>): Promise<void>;
  run(ctx: Context, call: ActionCall<P, Static<S>>): Promise<object | Again | undefined>;
}

/**
 * Declares an action; the static type of `input` flows into `run`. The properties of the resource are `unknown` there
 * (read them with `stringAt` and its siblings) unless the call is annotated: `run(ctx, { resource }: ActionCall<MyProperties, unknown>)`.
 */
export function action<P = unknown, S extends TSchema = TSchema>(spec: ActionSpec<P, S>): Action<P> {
  return spec;
}
