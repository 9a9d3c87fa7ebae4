// HostRouter: the routes of one kind of host. find-my-way finds the route; everything after is ours, on the raw request.

import createRouter from 'find-my-way';
import { Fault } from '#kernel/faults.ts';
import type { HostKind } from '#planes/plane.ts';
import type { Exchange } from './exchange.ts';
import { patternMatcher, rawWildcard, sharedSegments } from './route-pattern.ts';
import { type FaultRenderer, sendFault } from './send-reply.ts';

export const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS'] as const;
export type Method = (typeof METHODS)[number];

/** A mounted route. */
export interface Endpoint {
  readonly methods: readonly Method[];
  readonly path: string;
  /** Who mounted it: a plane's name, `arm`, `studio`. */
  readonly owner: string;
  /** Kind of its permission, and the action where there is one. */
  readonly permission: string;
  readonly action?: string;
  readonly renderFault: FaultRenderer;
  /** Sends a reply in every case; never rejects. */
  run(exchange: Exchange, params: Readonly<Record<string, string>>): Promise<void>;
}

/** Kinds where a slash too many is one slash: clients join base URLs and paths carelessly there. Blob names keep theirs. */
const LENIENT_SLASHES: ReadonlySet<HostKind> = new Set(['management', 'login', 'graph']);

export class HostRouter {
  readonly kind: HostKind;
  readonly #router: ReturnType<typeof createRouter>;
  readonly #endpoints: { readonly endpoint: Endpoint; matches(rawPath: string): boolean }[] = [];
  readonly #renderUnknown: FaultRenderer;
  #fallback: ((exchange: Exchange) => Promise<boolean>) | undefined;

  /** `renderUnknown` writes faults of paths that belong to no plane. */
  constructor(kind: HostKind, renderUnknown: FaultRenderer) {
    this.kind = kind;
    this.#renderUnknown = renderUnknown;
    this.#router = createRouter({
      caseSensitive: false,
      ignoreTrailingSlash: kind !== 'blob' && kind !== 'dfs',
      ignoreDuplicateSlashes: LENIENT_SLASHES.has(kind),
      maxParamLength: 65_536,
    });
  }

  get endpoints(): readonly Endpoint[] {
    return this.#endpoints.map(({ endpoint }) => endpoint);
  }

  /** Throws when the same method and path are mounted twice. */
  add(endpoint: Endpoint): void {
    this.#router.on([...endpoint.methods], endpoint.path, () => undefined, endpoint);
    this.#endpoints.push({ endpoint, matches: patternMatcher(endpoint.path) });
  }

  /** Asked for GET and HEAD of paths that no endpoint has; answers whether it replied. */
  setFallback(fallback: (exchange: Exchange) => Promise<boolean>): void {
    this.#fallback = fallback;
  }

  route(exchange: Exchange): void {
    const method = METHODS.find((known) => known === exchange.method);
    const found = method === undefined || !isDecodable(exchange) ? null : this.#router.find(method, exchange.rawPath);
    const endpoint: Endpoint | undefined = found?.store;
    if (found === null || endpoint === undefined) return void this.answerUnknown(exchange);
    exchange.route = endpoint.path;
    const params: Record<string, string> = {};
    for (const [name, value] of Object.entries(found.params)) params[name] = value ?? '';
    if (endpoint.path.includes('*')) {
      const path = LENIENT_SLASHES.has(this.kind) ? exchange.rawPath.replace(/\/{2,}/g, '/') : exchange.rawPath;
      params['*'] = rawWildcard(endpoint.path, path);
    }
    void endpoint.run(exchange, params);
  }

  /** 400, 404 or 405 in the envelope of the plane whose routes are nearest. */
  async answerUnknown(exchange: Exchange): Promise<void> {
    const { method, rawPath } = exchange;
    exchange.route = '(none)';
    const nearest = this.#nearest(rawPath);
    const render = nearest?.renderFault ?? this.#renderUnknown;
    if (!isDecodable(exchange)) {
      return sendFault(
        exchange,
        render,
        new Fault('invalid', 'InvalidUri', 'The path of the request has a percent sign that is not followed by two hexadecimal digits of valid UTF-8, or its path or query has a NUL (%00).'),
      );
    }
    if ((method === 'GET' || method === 'HEAD') && this.#fallback !== undefined && (await this.#fallback(exchange))) return;
    const allowed = [...new Set(this.#endpoints.filter(({ matches }) => matches(rawPath)).flatMap(({ endpoint }) => endpoint.methods))];
    const shown = rawPath.length > 500 ? `${rawPath.slice(0, 500)}…` : rawPath;
    const fault =
      allowed.length > 0
        ? new Fault('methodNotAllowed', 'HttpMethodNotAllowed', `The method ${method} is not allowed on '${shown}'. Allowed: ${allowed.join(', ')}.`, { headers: { allow: allowed.join(', ') } })
        : new Fault('notFound', 'NotFound', `Nothing answers ${method} '${shown}' on this host (${this.kind}). Check the path and the host name.`);
    return sendFault(exchange, render, fault);
  }

  #nearest(rawPath: string): Endpoint | undefined {
    let best: Endpoint | undefined;
    let bestShared = 0;
    for (const { endpoint } of this.#endpoints) {
      const shared = sharedSegments(endpoint.path, rawPath);
      if (shared > bestShared) {
        best = endpoint;
        bestShared = shared;
      }
    }
    return best;
  }
}

/** Why no NUL: no name has one, and PostgreSQL takes no text with one. */
function isDecodable({ rawPath, rawQuery }: Exchange): boolean {
  if (rawPath.includes('%00') || rawQuery.includes('%00')) return false;
  try {
    decodeURIComponent(rawPath);
    return true;
  } catch {
    return false;
  }
}
