// HealthPlane: is the process alive, is it ready for requests, and its metrics for operators.

import type { Fault } from '#kernel/faults.ts';
import type { HostKind, Permission, Plane } from '#planes/plane.ts';
import type { Metrics } from '#telemetry/metrics.ts';

const HOSTS: readonly HostKind[] = ['local', 'management', 'studio'];
const PROBE: Permission = { kind: 'public', why: 'a probe has no credential; it learns yes or no' };

export interface HealthDeps {
  readonly metrics: Metrics;
  /** True when the database answers and the worker runs. */
  isReady(): Promise<boolean>;
}

export function createHealthPlane(deps: HealthDeps): Plane {
  return {
    name: 'health',
    routes: [
      { hosts: HOSTS, method: 'GET', path: '/healthz', permission: PROBE, run: async () => ({ status: 200, body: { status: 'alive' } }) },
      {
        hosts: HOSTS,
        method: 'GET',
        path: '/readyz',
        permission: PROBE,
        async run(ctx) {
          const isReady = await deps.isReady().catch((error: unknown) => {
            ctx.log.warn({ error }, 'http.readiness-failed');
            return false;
          });
          return isReady ? { status: 200, body: { status: 'ready' } } : { status: 503, headers: { 'retry-after': '1' }, body: { status: 'not ready' } };
        },
      },
      {
        hosts: HOSTS,
        method: 'GET',
        path: '/metrics',
        permission: { kind: 'action', action: 'Microsoft.Insights/metrics/read', scope: () => '/' },
        async run() {
          const { contentType, body } = await deps.metrics.render();
          return { status: 200, headers: { 'content-type': contentType, 'cache-control': 'no-store' }, body };
        },
      },
    ],
    renderFault: (fault) => ({ status: fault.status, body: serverFaultBody(fault) }),
  };
}

/** The envelope of faults that belong to no protocol. */
export function serverFaultBody(fault: Fault): object {
  return { error: { code: fault.code, message: fault.message, ...(fault.target === undefined ? {} : { target: fault.target }), details: fault.details } };
}
