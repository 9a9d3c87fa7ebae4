// Calls on the logged models of MLflow 3. Source: contracts/mlflow.md §8.

import type { Artifacts } from '#tracking/artifacts.ts';
import type { Tracking } from '#tracking/tracking.ts';
import type { Call, Endpoint } from './endpoint.ts';
import type { Fields } from './fields.ts';
import { compact, fileWire, loggedModelWire, pageWire } from './wire.ts';

const STATUSES = ['LOGGED_MODEL_PENDING', 'LOGGED_MODEL_READY', 'LOGGED_MODEL_UPLOAD_FAILED'] as const;
const STATUS_OF_WORD = { LOGGED_MODEL_PENDING: 'PENDING', LOGGED_MODEL_READY: 'READY', LOGGED_MODEL_UPLOAD_FAILED: 'UPLOAD_FAILED' } as const;

export function loggedModelEndpoints({ loggedModels }: Tracking, artifacts: Artifacts): readonly Endpoint[] {
  const at = (method: Endpoint['method'], path: string, action: Endpoint['action'], run: (call: Call, id: string) => Promise<object>): Endpoint => ({
    method,
    path: `2.0/mlflow/logged-models${path}`,
    action,
    run: (call) => run(call, call.request.params['id'] ?? ''),
  });
  return [
    at('POST', '', 'experiments/runs/write', async ({ ctx, workspaceKey, fields }) => {
      const sourceRunId = fields.text('source_run_id');
      const view = await loggedModels.create(ctx, workspaceKey, {
        experimentId: fields.needText('experiment_id'),
        name: fields.text('name') ?? '',
        modelType: fields.text('model_type') ?? '',
        params: fields.pairs('params'),
        tags: fields.pairs('tags'),
        ...(sourceRunId === undefined ? {} : { sourceRunId }),
      });
      return { model: loggedModelWire(view) };
    }),
    at('POST', '/search', 'experiments/runs/read', async ({ workspaceKey, fields }) => {
      const page = await loggedModels.search(workspaceKey, {
        experimentIds: fields.texts('experiment_ids'),
        filter: fields.text('filter') ?? '',
        datasets: fields.objects('datasets').map((dataset) => datasetOf(dataset.needText('dataset_name'), dataset)),
        orderBy: fields.objects('order_by').map((order) => {
          const name = order.text('dataset_name');
          return { field: order.needText('field_name'), isAscending: order.bool('ascending') ?? true, ...(name ? { dataset: datasetOf(name, order) } : {}) };
        }),
        maxResults: fields.int('max_results') ?? 50,
        pageToken: fields.text('page_token'),
      });
      return pageWire('models', page, loggedModelWire);
    }),
    at('GET', '/:id', 'experiments/runs/read', async ({ workspaceKey }, id) => ({ model: loggedModelWire(await loggedModels.get(workspaceKey, id)) })),
    at('PATCH', '/:id', 'experiments/runs/write', async ({ ctx, workspaceKey, fields }, id) => ({
      model: loggedModelWire(await loggedModels.finalize(ctx, workspaceKey, id, STATUS_OF_WORD[fields.needWord('status', STATUSES)])),
    })),
    at('DELETE', '/:id', 'experiments/runs/delete', async ({ ctx, workspaceKey }, id) => {
      await loggedModels.delete(ctx, workspaceKey, id);
      return {};
    }),
    at('PATCH', '/:id/tags', 'experiments/runs/write', async ({ ctx, workspaceKey, fields }, id) => ({
      model: loggedModelWire(await loggedModels.setTags(ctx, workspaceKey, id, fields.pairs('tags'))),
    })),
    at('DELETE', '/:id/tags/:key', 'experiments/runs/write', async ({ ctx, workspaceKey, request }, id) => {
      await loggedModels.deleteTag(ctx, workspaceKey, id, request.params['key'] ?? '');
      return {};
    }),
    at('POST', '/:id/params', 'experiments/runs/write', async ({ ctx, workspaceKey, fields }, id) => {
      await loggedModels.addParams(ctx, workspaceKey, id, fields.pairs('params'));
      return {};
    }),
    at('GET', '/:id/artifacts/directories', 'experiments/runs/read', async ({ workspaceKey, fields }, id) => {
      const { artifactUri } = await loggedModels.get(workspaceKey, id);
      const files = await artifacts.trees.list(await artifacts.ofLoggedModel(workspaceKey, id), fields.text('artifact_directory_path') ?? '');
      return compact({ root_uri: artifactUri, files: files.map(fileWire) });
    }),
  ];
}

function datasetOf(name: string, fields: Fields): { readonly name: string; readonly digest?: string } {
  const digest = fields.text('dataset_digest');
  return digest ? { name, digest } : { name };
}
