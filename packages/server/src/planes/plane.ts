// Plane: a data-plane protocol as data. A plane is a list of routes; http/ mounts them and nothing else does.
// A route without a permission does not compile, and http/mount-plane refuses it at start.

import type { Readable } from 'node:stream';
import type { Context } from '#kernel/context.ts';
import type { Fault } from '#kernel/faults.ts';

/**
 * The virtual host a route answers on.
 * management  management.{domain}            Resource Manager
 * login       login.{domain}                 token service (Entra)
 * graph       graph.{domain}                 Microsoft Graph
 * api         {region}.api.{domain}          workspace data planes: mlflow, run history, artifacts, discovery
 * blob        {account}.blob.{domain}        Blob storage; request.hostLabel is the account
 * dfs         {account}.dfs.{domain}         Data Lake storage; request.hostLabel is the account
 * file, queue, table                         other services of a storage account, likewise
 * vault       {vault}.vault.{domain}         Key Vault; request.hostLabel is the vault
 * studio      studio.{domain}                studio and its own small API
 * local       localhost, 127.0.0.1, [::1]    plain HTTP on loopback: studio, managed identity, and every route that lists it
 */
export const HOST_KINDS = ['management', 'login', 'graph', 'api', 'blob', 'dfs', 'file', 'queue', 'table', 'vault', 'studio', 'local'] as const;

export type HostKind = (typeof HOST_KINDS)[number];

/** Who may call. `action` and `dataAction` are checked against RBAC at `scope(request)` before the body is read. */
export type Permission =
  | { readonly kind: 'public'; readonly why: string }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'action'; readonly action: string; scope(request: PlaneRequest): string }
  | { readonly kind: 'dataAction'; readonly action: string; scope(request: PlaneRequest): string }
  /** The plane's own credential (SharedKey, SAS, identity header): `verify` answers who it is, or throws. */
  | { readonly kind: 'own'; readonly why: string };

export interface PlaneRequest {
  readonly method: string;
  /** Path as sent, percent-encoded, without the query. */
  readonly rawPath: string;
  /** Query as sent, without `?`. */
  readonly rawQuery: string;
  /** Absolute URL as the caller sees it. */
  readonly url: URL;
  readonly query: URLSearchParams;
  /** Lower-cased header names; repeated headers joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded path parameters; the wildcard is `*` (still percent-encoded). */
  readonly params: Readonly<Record<string, string>>;
  /** First label of a wildcard virtual host (`acct` of acct.blob.…), else ''. */
  readonly hostLabel: string;
  readonly remoteAddress: string;
  /** Parsed JSON or form fields for body `json`/`form`; undefined otherwise. */
  readonly body: unknown;
  /** The unread body for body `stream`; an empty stream otherwise. */
  readonly stream: Readable;
}

export interface PlaneReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Objects leave as JSON, strings and buffers as they are, streams are piped. */
  readonly body?: object | string | Buffer | Readable | undefined;
}

export interface PlaneRoute {
  readonly hosts: readonly HostKind[];
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE' | 'OPTIONS';
  /** Fastify syntax: `/a/:name`, `/a/*`. Static segments match case-insensitively. */
  readonly path: string;
  readonly permission: Permission;
  /** How the body is read. @default 'none' */
  readonly body?: 'none' | 'json' | 'form' | 'stream';
  /** Most bytes of the body: 413 above. @default 4 MiB */
  readonly maxBodyBytes?: number;
  run(ctx: Context, request: PlaneRequest): Promise<PlaneReply>;
}

export interface Plane {
  readonly name: string;
  readonly routes: readonly PlaneRoute[];
  /** The protocol's error envelope. */
  renderFault(fault: Fault, request: { readonly requestId: string; readonly method: string }): PlaneReply;
}
