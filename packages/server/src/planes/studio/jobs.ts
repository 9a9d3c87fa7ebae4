// Routes of the job list and of one job's overview.

import { Fault } from '#kernel/faults.ts';
import { jobStates } from '#kernel/job-status.ts';
import { listOpenedJobRows } from '#storage/opened-job-rows.ts';
import { listParams, listTags } from '#storage/run-data-store.ts';
import { getRun } from '#storage/run-store.ts';
import { findDefinition, findExperimentName, JOB_SORTS, type JobQuery, type JobSort, listJobFacets, listJobRows, listProducedAssets } from '#storage/studio-store.ts';
import type { PlaneRequest, PlaneRoute } from '../plane.ts';
import { wireNumber } from './metrics.ts';
import { STUDIO_HOSTS, type StudioDeps } from './ports.ts';
import { integerParameter, readJobs, runIdOf, shortText, WORKSPACE_PATH, workspaceIdOf, workspaceKeyOf } from './scope.ts';

export function jobRoutes(deps: StudioDeps): readonly PlaneRoute[] {
  const db = deps.database.sql;
  return [
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: `${WORKSPACE_PATH}/jobs`,
      permission: readJobs,
      async run(_ctx, request) {
        const workspaceKey = workspaceKeyOf(request);
        const list = (await deps.sealed.isSealed(workspaceKey)) ? listOpenedJobRows : listJobRows;
        return { status: 200, body: await list(db, workspaceKey, parseJobQuery(request)) };
      },
    },
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: `${WORKSPACE_PATH}/jobFacets`,
      permission: readJobs,
      async run(_ctx, request) {
        return { status: 200, body: await listJobFacets(db, workspaceKeyOf(request)) };
      },
    },
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: `${WORKSPACE_PATH}/experiments/:experiment`,
      permission: readJobs,
      async run(_ctx, request) {
        const id = request.params['experiment'] ?? '';
        const name = await findExperimentName(db, workspaceKeyOf(request), id);
        if (name === undefined) throw new Fault('notFound', 'ExperimentNotFound', `This workspace has no experiment with the id '${id.slice(0, 100)}'.`, { target: 'experiment' });
        return { status: 200, body: { id, name } };
      },
    },
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: `${WORKSPACE_PATH}/runs/:run`,
      permission: readJobs,
      async run(_ctx, request) {
        const workspaceKey = workspaceKeyOf(request);
        const runId = runIdOf(request);
        const run = await getRun(db, workspaceKey, runId);
        const [row, definition, timeline, params, tags, metrics, produced] = await Promise.all([
          listJobRows(db, workspaceKey, { ...EVERYTHING, ids: [runId], limit: 1 }),
          findDefinition(db, `${workspaceKey}/jobs/${runId.toLowerCase()}`),
          deps.timeline.list(db, workspaceKey, runId),
          listParams(db, run.id),
          listTags(db, run.id),
          deps.series.listMetricKeys(db, run.id),
          listProducedAssets(db, workspaceKey, runId),
        ]);
        return {
          status: 200,
          body: {
            job: row.items[0],
            id: definition?.id ?? `${workspaceIdOf(request)}/jobs/${runId}`,
            definition: definition?.properties ?? null,
            systemData: definition?.systemData ?? null,
            timeline,
            params,
            tags,
            metrics: metrics.map((metric) => ({ ...metric, lastValue: wireNumber(metric.lastValue) })),
            produced,
          },
        };
      },
    },
  ];
}

const EVERYTHING: JobQuery = { statuses: [], text: '', experiment: '', createdBy: '', compute: '', ids: [], sort: 'created', isDescending: true, limit: 100 };

/** The job list's query from the address. Throws `invalid` naming the parameter. */
export function parseJobQuery(request: PlaneRequest): JobQuery {
  const { query } = request;
  const statuses = query.getAll('status').filter((status) => status !== '');
  const unknown = statuses.find((status) => !Object.hasOwn(jobStates.transitions, status));
  if (unknown !== undefined) {
    throw new Fault('invalid', 'InvalidQueryParameter', `status cannot be '${unknown.slice(0, 100)}'; it is one of ${Object.keys(jobStates.transitions).join(', ')}.`, { target: 'status' });
  }
  const ids = query.getAll('id');
  if (ids.length > 200) throw new Fault('invalid', 'InvalidQueryParameter', `${ids.length} ids are too many; at most 200 jobs can be asked for at once.`, { target: 'id' });
  const cursor = query.get('cursor');
  const [sort, direction] = parseSort(query.get('sort'));
  return {
    statuses,
    ids,
    text: shortText(request, 'text'),
    experiment: shortText(request, 'experiment'),
    createdBy: shortText(request, 'createdBy'),
    compute: shortText(request, 'compute'),
    sort,
    isDescending: direction === 'desc',
    limit: integerParameter(request, 'limit', { fallback: 100, min: 1, max: 200 }),
    ...(cursor === null || cursor === '' ? {} : { cursor }),
  };
}

function parseSort(text: string | null): readonly [JobSort, 'asc' | 'desc'] {
  if (text === null || text === '') return ['created', 'desc'];
  const [name, direction = 'asc', ...rest] = text.split(':');
  const sort = JOB_SORTS.find((known) => known === name);
  if (sort !== undefined && (direction === 'asc' || direction === 'desc') && rest.length === 0) return [sort, direction];
  throw new Fault('invalid', 'InvalidQueryParameter', `sort cannot be '${text.slice(0, 100)}'; it is one of ${JOB_SORTS.join(', ')}, followed by :asc or :desc.`, { target: 'sort' });
}
