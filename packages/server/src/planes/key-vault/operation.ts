// Operation: one operation of the data plane as data: where it answers, what it needs, what it does.

import type { Context } from '#kernel/context.ts';
import type { JsonObject } from '#kernel/json.ts';
import type { KeyVaultPlaneDeps } from './plane-deps.ts';
import type { PermissionArea, Vault } from './ports.ts';

export interface Call {
  readonly ctx: Context;
  readonly deps: KeyVaultPlaneDeps;
  readonly vault: Vault;
  /** `:name` of the path; '' where there is none. */
  readonly name: string;
  readonly version: string | undefined;
  readonly apiVersion: string;
  /** By lower-cased name. */
  readonly query: ReadonlyMap<string, string>;
  readonly body: unknown;
}

export interface Needs {
  /** Data action of roles, below `Microsoft.KeyVault/vaults/`. */
  readonly action: string;
  readonly area: PermissionArea;
  /** Permission of access policies: one of these, or `all`. */
  readonly permissions: readonly string[];
}

export interface Operation {
  /** Azure's name of it, as the audit shows it. */
  readonly title: string;
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** Segments: literals in any letter case, `:name`, `:version`; `:version?` may be missing. */
  readonly path: string;
  readonly needs: Needs;
  /** Of an answer with a body. @default 200 */
  readonly status?: number;
  /** The body; nothing: 204. */
  run(call: Call): Promise<JsonObject | undefined>;
}

export interface Match {
  readonly operation: Operation;
  readonly name: string;
  readonly version: string | undefined;
}

/** The operation of this path and method; `allowed`: the methods of the path when it is another. */
export function matchOperation(operations: readonly Operation[], method: string, segments: readonly string[]): Match | { readonly allowed: readonly string[] } {
  const allowed: string[] = [];
  for (const operation of operations) {
    const params = matchPath(operation.path, segments);
    if (params === undefined) continue;
    if (operation.method === method) return { operation, name: params['name'] ?? '', version: params['version'] };
    allowed.push(operation.method);
  }
  return { allowed };
}

function matchPath(path: string, segments: readonly string[]): Readonly<Record<string, string>> | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  const wanted = parts.filter((part) => segments.length === parts.length || !part.endsWith('?'));
  if (wanted.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith(':')) params[part.replace(/^:|\?$/g, '')] = segment;
    else if (part !== segment.toLowerCase()) return undefined;
  }
  return params;
}
