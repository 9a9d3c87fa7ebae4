// Calls on runs, their metrics, params, tags, inputs and outputs. Source: contracts/mlflow.md §4, §5, §6.

import { Fault } from '#kernel/faults.ts';
import type { Batch, LoggedMetric } from '#tracking/batches.ts';
import type { RunMetricPoint } from '#tracking/histories.ts';
import { checkMaxResults } from '#tracking/paging.ts';
import type { Tracking } from '#tracking/tracking.ts';
import type { Call, Endpoint } from './endpoint.ts';
import { lifecycleOf } from './experiment-endpoints.ts';
import type { Fields } from './fields.ts';
import { compact, metricWire, pageWire, runInfoWire, runWire } from './wire.ts';

const STATUSES = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const;
const EMPTY: Batch = { metrics: [], params: [], tags: [] };

function metricOf(fields: Fields): LoggedMetric {
  const modelId = fields.text('model_id');
  const datasetName = fields.text('dataset_name');
  const datasetDigest = fields.text('dataset_digest');
  return {
    key: fields.needText('key'),
    value: fields.needNumber('value'),
    timestamp: fields.needInt('timestamp'),
    step: fields.int('step') ?? 0,
    ...(modelId === undefined ? {} : { modelId }),
    ...(datasetName === undefined ? {} : { datasetName }),
    ...(datasetDigest === undefined ? {} : { datasetDigest }),
  };
}

export function runEndpoints({ runs, batches, histories, inputs }: Tracking): readonly Endpoint[] {
  const read = (method: Endpoint['method'], path: string, run: (call: Call) => Promise<object>): Endpoint => ({ method, path: `2.0/mlflow/${path}`, action: 'experiments/runs/read', run });
  /** A POST on a run whose answer is empty. */
  const write = (name: string, run: (call: Call, runId: string) => Promise<void>, action: Endpoint['action'] = 'experiments/runs/write'): Endpoint => ({
    method: 'POST',
    path: `2.0/mlflow/runs/${name}`,
    action,
    async run(call) {
      await run(call, call.fields.needRunId());
      return {};
    },
  });
  const log = ({ ctx, workspaceKey }: Call, runId: string, batch: Partial<Batch>): Promise<void> => batches.log(ctx, workspaceKey, runId, { ...EMPTY, ...batch });

  return [
    {
      method: 'POST',
      path: '2.0/mlflow/runs/create',
      action: 'experiments/runs/write',
      async run({ ctx, workspaceKey, fields }) {
        const runName = fields.text('run_name');
        const startTime = fields.int('start_time');
        const view = await runs.create(ctx, workspaceKey, {
          experimentId: fields.needText('experiment_id'),
          tags: fields.pairs('tags'),
          ...(runName === undefined ? {} : { runName }),
          ...(startTime === undefined ? {} : { startTime }),
        });
        return { run: runWire(view) };
      },
    },
    {
      method: 'POST',
      path: '2.0/mlflow/runs/update',
      action: 'experiments/runs/write',
      async run({ ctx, workspaceKey, fields }) {
        const status = fields.word('status', STATUSES);
        const endTime = fields.int('end_time');
        const runName = fields.text('run_name');
        const view = await runs.update(ctx, workspaceKey, fields.needRunId(), {
          ...(status === undefined ? {} : { status }),
          ...(endTime === undefined ? {} : { endTime }),
          ...(runName === undefined ? {} : { runName }),
        });
        return { run_info: runInfoWire(view) };
      },
    },
    write('delete', ({ ctx, workspaceKey }, runId) => runs.setLifecycle(ctx, workspaceKey, runId, 'deleted'), 'experiments/runs/delete'),
    write('restore', ({ ctx, workspaceKey }, runId) => runs.setLifecycle(ctx, workspaceKey, runId, 'active')),
    write('log-metric', (call, runId) => log(call, runId, { metrics: [metricOf(call.fields)] })),
    write('log-parameter', (call, runId) => log(call, runId, { params: [{ key: call.fields.needText('key'), value: call.fields.text('value') ?? '' }] })),
    write('set-tag', (call, runId) => log(call, runId, { tags: [{ key: call.fields.needText('key'), value: call.fields.text('value') ?? '' }] })),
    write('delete-tag', ({ ctx, workspaceKey, fields }, runId) => batches.deleteTag(ctx, workspaceKey, runId, fields.needText('key'))),
    write('log-batch', (call, runId) => log(call, runId, { metrics: call.fields.objects('metrics').map(metricOf), params: call.fields.pairs('params'), tags: call.fields.pairs('tags') })),
    write('log-inputs', ({ ctx, workspaceKey, fields }, runId) =>
      inputs.log(ctx, workspaceKey, runId, {
        datasets: fields.objects('datasets').map((input) => {
          const dataset = input.needObject('dataset');
          return {
            name: dataset.needText('name'),
            digest: dataset.needText('digest'),
            sourceType: dataset.needText('source_type'),
            source: dataset.needText('source'),
            schema: dataset.text('schema') ?? null,
            profile: dataset.text('profile') ?? null,
            tags: Object.fromEntries(input.pairs('tags').map((tag) => [tag.key, tag.value])),
          };
        }),
        modelIds: fields.objects('models').map((model) => model.needText('model_id')),
      }),
    ),
    write('outputs', ({ ctx, workspaceKey, fields }, runId) =>
      inputs.logOutputs(
        ctx,
        workspaceKey,
        runId,
        fields.objects('models').map((model) => ({ modelId: model.needText('model_id'), step: model.int('step') ?? 0 })),
      ),
    ),
    write('log-model', ({ ctx, workspaceKey, fields }, runId) => inputs.logModel(ctx, workspaceKey, runId, fields.needText('model_json'))),

    read('GET', 'runs/get', async ({ workspaceKey, fields }) => ({ run: runWire(await runs.get(workspaceKey, fields.needRunId())) })),
    read('POST', 'runs/search', async ({ workspaceKey, fields }) => {
      const page = await runs.search(workspaceKey, {
        experimentIds: fields.texts('experiment_ids'),
        filter: fields.text('filter') ?? '',
        orderBy: fields.texts('order_by'),
        lifecycle: lifecycleOf(fields, 'run_view_type'),
        maxResults: fields.int('max_results') ?? 1000,
        pageToken: fields.text('page_token'),
      });
      return pageWire('runs', page, runWire);
    }),
    read('GET', 'metrics/get-history', async ({ workspaceKey, fields }) => {
      const maxResults = fields.int('max_results') ?? 0;
      const pageToken = fields.text('page_token');
      if (maxResults < 0) throw new Fault('invalid', 'InvalidParameterValue', `Invalid value ${maxResults} for parameter 'max_results' supplied: it must not be negative.`);
      const page = await histories.read(workspaceKey, fields.needRunId(), fields.needText('metric_key'), {
        ...(maxResults === 0 ? {} : { maxResults }),
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      return pageWire('metrics', page, metricWire);
    }),
    read('GET', 'metrics/get-history-bulk', async ({ workspaceKey, fields }) => {
      const points = await histories.readMany(workspaceKey, runIdsOf(fields, 'run_id'), fields.needText('metric_key'), checkMaxResults(fields.int('max_results') ?? 25_000, 25_000));
      return compact({ metrics: points.map(runMetricWire) });
    }),
    read('GET', 'metrics/get-history-bulk-interval', async ({ workspaceKey, fields }) => {
      const startStep = fields.int('start_step');
      const endStep = fields.int('end_step');
      const points = await histories.sample(workspaceKey, runIdsOf(fields, 'run_ids'), fields.needText('metric_key'), {
        maxResults: checkMaxResults(fields.int('max_results') ?? 2500, 2500),
        ...(startStep === undefined ? {} : { startStep }),
        ...(endStep === undefined ? {} : { endStep }),
      });
      return compact({ metrics: points.map(runMetricWire) });
    }),
  ];
}

function runIdsOf(fields: Fields, name: string): readonly string[] {
  const ids = fields.texts(name);
  if (ids.length >= 1 && ids.length <= 100) return ids;
  throw new Fault('invalid', 'InvalidParameterValue', `'${name}' must name 1 to 100 runs; it names ${ids.length}.`, { target: name });
}

function runMetricWire(point: RunMetricPoint): Readonly<Record<string, unknown>> {
  return { run_id: point.runId, ...metricWire(point) };
}
