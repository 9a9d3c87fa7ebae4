// MountPlane: turns the routes of a plane into endpoints. Order for every request: who, may they, then the body.

import { Fault } from '#kernel/faults.ts';
import type { Permission, Plane, PlaneRequest, PlaneRoute } from '#planes/plane.ts';
import { authenticate } from './authenticate.ts';
import { contextOf, type Exchange } from './exchange.ts';
import type { Authenticator, Authorizer, NetworkGate } from './ports.ts';
import { DEFAULT_MAX_BODY_BYTES, emptyBody, openBody, readForm, readJson } from './bodies/request-body.ts';
import type { Endpoint } from './router.ts';
import { answer } from './send-reply.ts';

export interface MountDeps {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly network: NetworkGate;
  /** Origin of the token service, for the challenge in a 401. */
  loginOrigin(): string;
}

const PERMISSION_KINDS: ReadonlySet<string> = new Set<Permission['kind']>(['public', 'authenticated', 'action', 'dataAction', 'own']);

/** The endpoints of a plane. Throws `internal`/`RouteWithoutPermission` for a route that does not say who may call it. */
export function planeEndpoints(plane: Plane, deps: MountDeps): readonly { readonly route: PlaneRoute; readonly endpoint: Endpoint }[] {
  return plane.routes.map((route) => {
    checkPermission(plane, route);
    const { permission } = route;
    return {
      route,
      endpoint: {
        methods: [route.method],
        path: route.path,
        owner: plane.name,
        permission: permission.kind,
        ...('action' in permission ? { action: permission.action } : {}),
        renderFault: (fault, request) => plane.renderFault(fault, request),
        run: (exchange, params) =>
          answer(
            exchange,
            (fault, request) => plane.renderFault(fault, request),
            async () => {
              const request = planeRequest(exchange, params);
              await deps.network.admit(exchange.kind, exchange.hostLabel, exchange.remoteAddress);
              await authorize(exchange, permission, request, deps);
              return route.run(contextOf(exchange), { ...request, ...(await readBody(exchange, route)) });
            },
          ),
      },
    };
  });
}

async function authorize(exchange: Exchange, permission: Permission, request: PlaneRequest, deps: MountDeps): Promise<void> {
  if (permission.kind === 'public' || permission.kind === 'own') return;
  await authenticate(exchange, deps.authenticator, deps.loginOrigin);
  if (permission.kind === 'action') await deps.authorizer.require(contextOf(exchange), permission.action, permission.scope(request));
  if (permission.kind === 'dataAction') await deps.authorizer.requireData(contextOf(exchange), permission.action, permission.scope(request));
}

function planeRequest(exchange: Exchange, params: Readonly<Record<string, string>>): PlaneRequest {
  const { rawPath, rawQuery } = exchange;
  return {
    method: exchange.method,
    rawPath,
    rawQuery,
    url: new URL(`${exchange.origin}${rawPath}${rawQuery === '' ? '' : `?${rawQuery}`}`),
    query: new URLSearchParams(rawQuery),
    headers: exchange.headers,
    params,
    hostLabel: exchange.hostLabel,
    remoteAddress: exchange.remoteAddress,
    body: undefined,
    stream: emptyBody(),
  };
}

async function readBody(exchange: Exchange, route: PlaneRoute): Promise<Partial<PlaneRequest>> {
  const maxBytes = route.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
  switch (route.body ?? 'none') {
    case 'none':
      return {};
    case 'json':
      return { body: await readJson(exchange, maxBytes) };
    case 'form':
      return { body: await readForm(exchange, maxBytes) };
    case 'stream':
      return { stream: openBody(exchange, maxBytes) };
  }
}

/** Why at run time too: a plane can be made by code that the type checker did not see. */
function checkPermission(plane: Plane, route: PlaneRoute): void {
  const permission: Partial<Permission> | undefined = route.permission;
  const needsScope = permission?.kind === 'action' || permission?.kind === 'dataAction';
  const isComplete = permission?.kind !== undefined && PERMISSION_KINDS.has(permission.kind) && (!needsScope || typeof Reflect.get(permission, 'scope') === 'function');
  if (!isComplete || route.hosts.length === 0) {
    throw new Fault('internal', 'RouteWithoutPermission', `The route ${route.method} ${route.path} of the plane ${plane.name} does not declare who may call it, and where. It cannot be mounted.`);
  }
}
