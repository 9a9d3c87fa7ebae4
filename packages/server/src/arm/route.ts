// ArmRoute: an operation that belongs to no resource: name checks, usages, provider listings.

import type { TSchema } from 'typebox';
import type { Context } from '#kernel/context.ts';
import type { Database } from '#storage/database.ts';
import type { ApiVersions } from './api-versions.ts';
import type { Resources } from './resources.ts';

/** What http/ hands over: one request on the management host. */
export interface ArmRequest {
  readonly method: string;
  /** As sent: percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-cased names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined when there was no body. */
  readonly body: unknown;
  /** Scheme, host and port as the caller sees them; start of absolute links. */
  readonly origin: string;
}

export interface ArmReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: object;
}

export interface RouteCall {
  /** Decoded path parameters, by the name in the template. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly apiVersion: string;
  readonly body: unknown;
  readonly origin: string;
  readonly database: Database;
  readonly store: Resources;
}

export interface ArmRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/subscriptions/{subscriptionId}/providers/Microsoft.X/locations/{location}/usages`. Literals match in any letter case. */
  readonly path: string;
  readonly apiVersions: ApiVersions;
  /** RBAC action, checked at `scope` (the subscription and resource group of the path unless told otherwise); `authenticated`: any caller with an identity. */
  readonly permission: { readonly action: string; scope?(params: Readonly<Record<string, string>>, query: URLSearchParams): string } | 'authenticated';
  readonly input?: TSchema;
  /** Throws what can be refused without looking anything up: templates are checked with it before anything is made. `run` refuses the same. */
  check?(body: unknown, params: Readonly<Record<string, string>>): void;
  /** Answers a body (200), nothing (204), or a whole reply. */
  run(ctx: Context, call: RouteCall): Promise<{ readonly reply: ArmReply } | { readonly body: object } | undefined>;
}

export function defineArmRoute(route: ArmRoute): ArmRoute {
  return route;
}
