// Route of a run's series: downsampled by the server, the extremes of each bucket kept.

import { Fault } from '#kernel/faults.ts';
import { getRun } from '#storage/run-store.ts';
import type { PlaneRoute } from '../plane.ts';
import { STUDIO_HOSTS, type StudioDeps } from './ports.ts';
import { integerParameter, optionalInteger, readJobs, runIdOf, WORKSPACE_PATH, workspaceKeyOf } from './scope.ts';

const MAX_KEYS = 50;

export function metricRoutes(deps: StudioDeps): readonly PlaneRoute[] {
  const db = deps.database.sql;
  return [
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: `${WORKSPACE_PATH}/runs/:run/metrics`,
      permission: readJobs,
      async run(_ctx, request) {
        const run = await getRun(db, workspaceKeyOf(request), runIdOf(request));
        const keys = request.query.getAll('key');
        if (keys.length > MAX_KEYS) throw new Fault('invalid', 'InvalidQueryParameter', `${keys.length} keys are too many; ask for at most ${MAX_KEYS} series at once.`, { target: 'key' });
        const fromStep = optionalInteger(request, 'from');
        const toStep = optionalInteger(request, 'to');
        const series = await deps.series.readSeries(db, run, keys, {
          maxPoints: integerParameter(request, 'points', { fallback: 800, min: 10, max: 5000 }),
          ...(fromStep === undefined ? {} : { fromStep }),
          ...(toStep === undefined ? {} : { toStep }),
        });
        return { status: 200, body: { series: series.map((each) => ({ ...each, points: each.points.map((point) => ({ ...point, value: wireNumber(point.value) })) })) } };
      },
    },
  ];
}

/** JSON has no NaN and no infinities: those travel as text. */
export function wireNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
