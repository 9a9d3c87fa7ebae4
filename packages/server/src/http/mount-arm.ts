// MountArm: Resource Manager on its own host (every path) and on loopback (its roots). It authorises by itself, from the
// resource type; here only who calls is settled, and the body read.

import { authenticate } from './authenticate.ts';
import { contextOf, type Exchange } from './exchange.ts';
import type { MountDeps } from './mount-plane.ts';
import type { Arm } from './ports.ts';
import { DEFAULT_MAX_BODY_BYTES, readRelaxedJson } from './bodies/request-body.ts';
import { type Endpoint, METHODS } from './router.ts';
import { answer } from './send-reply.ts';

const ROOTS = ['subscriptions', 'providers', 'tenants', 'batch', 'locations'] as const;
const METHODS_WITH_BODY = new Set(['PUT', 'POST', 'PATCH']);

/** Endpoints on `management` (all paths) or `local` and `studio` (the roots only, because the studio has the others). */
export function armEndpoints(arm: Arm, kind: 'management' | 'local' | 'studio', deps: MountDeps): readonly Endpoint[] {
  const paths = kind === 'management' ? ['/*'] : ROOTS.flatMap((root) => [`/${root}`, `/${root}/*`]);
  return paths.map((path) => ({
    methods: METHODS.filter((method) => method !== 'OPTIONS'),
    path,
    owner: 'arm',
    permission: 'arm',
    renderFault: (fault, request) => arm.renderFault(fault, request),
    run: (exchange) =>
      answer(
        exchange,
        (fault, request) => arm.renderFault(fault, request),
        () => handle(arm, exchange, deps),
      ),
  }));
}

async function handle(arm: Arm, exchange: Exchange, deps: MountDeps) {
  await authenticate(exchange, deps.authenticator, deps.loginOrigin);
  return arm.handle(contextOf(exchange), {
    method: exchange.method,
    path: exchange.rawPath.replace(/\/{2,}/g, '/'),
    query: new URLSearchParams(exchange.rawQuery),
    headers: exchange.headers,
    body: METHODS_WITH_BODY.has(exchange.method) ? await readRelaxedJson(exchange, DEFAULT_MAX_BODY_BYTES) : undefined,
    origin: exchange.origin,
  });
}
