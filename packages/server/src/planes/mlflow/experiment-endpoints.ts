// Calls on experiments. Source: contracts/mlflow.md §3.

import type { Lifecycle } from '#storage/experiment-store.ts';
import type { Tracking } from '#tracking/tracking.ts';
import type { Call, Endpoint } from './endpoint.ts';
import type { Fields } from './fields.ts';
import { compact, experimentWire, pageWire } from './wire.ts';

const LIFECYCLES: Readonly<Record<'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL', Lifecycle>> = { ACTIVE_ONLY: 'active', DELETED_ONLY: 'deleted', ALL: 'all' };

/** A view type field; active things when it is absent. */
export function lifecycleOf(fields: Fields, name: string): Lifecycle {
  return LIFECYCLES[fields.word(name, ['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL']) ?? 'ACTIVE_ONLY'];
}

export function experimentEndpoints({ experiments, inputs }: Tracking): readonly Endpoint[] {
  const at = (method: Endpoint['method'], name: string, action: Endpoint['action'], run: (call: Call) => Promise<object>): Endpoint => ({
    method,
    path: `2.0/mlflow/experiments/${name}`,
    action,
    run,
  });

  async function search({ workspaceKey, fields }: Call): Promise<object> {
    const page = await experiments.search(workspaceKey, {
      // Why: 0 stands for an absent value here, and both are refused, as clients' tests expect.
      maxResults: fields.int('max_results') ?? 0,
      pageToken: fields.text('page_token'),
      filter: fields.text('filter') ?? '',
      orderBy: fields.texts('order_by'),
      lifecycle: lifecycleOf(fields, 'view_type'),
    });
    return pageWire('experiments', page, experimentWire);
  }

  return [
    at('POST', 'create', 'experiments/write', async ({ ctx, workspaceKey, fields }) => {
      const location = fields.text('artifact_location');
      const experiment = await experiments.create(ctx, workspaceKey, {
        name: fields.needText('name'),
        tags: Object.fromEntries(fields.pairs('tags').map((tag) => [tag.key, tag.value])),
        ...(location === undefined || location === '' ? {} : { artifactLocation: location }),
      });
      return { experiment_id: experiment.id };
    }),
    at('GET', 'get', 'experiments/read', async ({ workspaceKey, fields }) => ({ experiment: experimentWire(await experiments.get(workspaceKey, fields.needText('experiment_id'))) })),
    at('GET', 'get-by-name', 'experiments/read', async ({ workspaceKey, fields }) => ({
      experiment: experimentWire(await experiments.getByName(workspaceKey, fields.needText('experiment_name'))),
    })),
    at('POST', 'search', 'experiments/read', search),
    at('GET', 'search', 'experiments/read', search),
    at('POST', 'update', 'experiments/write', async ({ ctx, workspaceKey, fields }) => {
      await experiments.rename(ctx, workspaceKey, fields.needText('experiment_id'), fields.needText('new_name'));
      return {};
    }),
    at('POST', 'delete', 'experiments/delete', async ({ ctx, workspaceKey, fields }) => {
      await experiments.delete(ctx, workspaceKey, fields.needText('experiment_id'));
      return {};
    }),
    at('POST', 'restore', 'experiments/write', async ({ ctx, workspaceKey, fields }) => {
      await experiments.restore(ctx, workspaceKey, fields.needText('experiment_id'));
      return {};
    }),
    at('POST', 'set-experiment-tag', 'experiments/write', async ({ ctx, workspaceKey, fields }) => {
      await experiments.setTag(ctx, workspaceKey, fields.needText('experiment_id'), fields.needText('key'), fields.text('value') ?? '');
      return {};
    }),
    at('POST', 'delete-experiment-tag', 'experiments/write', async ({ ctx, workspaceKey, fields }) => {
      await experiments.deleteTag(ctx, workspaceKey, fields.needText('experiment_id'), fields.needText('key'));
      return {};
    }),
    at('POST', 'search-datasets', 'experiments/runs/read', async ({ workspaceKey, fields }) => {
      const found = await inputs.listDatasets(workspaceKey, fields.texts('experiment_ids'));
      return compact({
        dataset_summaries: found.map((d) => compact({ experiment_id: d.experimentId, name: d.name, digest: d.digest, context: d.context ?? undefined })),
      });
    }),
  ];
}
