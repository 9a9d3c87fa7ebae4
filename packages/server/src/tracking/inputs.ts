// What a run read and made: datasets, logged models, and the models of MLflow 2 that live among its artifacts.
// Source: contracts/mlflow.md §4.

import type { Context } from '#kernel/context.ts';
import { isJsonObject } from '#kernel/json.ts';
import type { Database } from '#storage/database.ts';
import { findLoggedModels } from '#storage/logged-model-store.ts';
import { publishEvent } from '#storage/notify.ts';
import { lockTag, upsertTags } from '#storage/run-data-store.ts';
import { type DatasetInput, type DatasetSummary, insertRunDatasets, listDatasetSummaries, upsertRunModels } from '#storage/run-input-store.ts';
import type { Experiments } from './experiments.ts';
import { doesNotExist, invalidParameter, quote } from './faults.ts';
import { LIMITS } from './limits.ts';
import { writeToRun } from './runs.ts';

const MODEL_HISTORY_TAG = 'mlflow.log-model.history';

export interface Inputs {
  /** Repeats are no-ops. */
  log(ctx: Context, workspaceKey: string, runId: string, inputs: { readonly datasets: readonly DatasetInput[]; readonly modelIds: readonly string[] }): Promise<void>;
  logOutputs(ctx: Context, workspaceKey: string, runId: string, models: readonly { readonly modelId: string; readonly step: number }[]): Promise<void>;
  /** Adds the description of a model among the run's artifacts (MLflow 2). */
  logModel(ctx: Context, workspaceKey: string, runId: string, modelJson: string): Promise<void>;
  listDatasets(workspaceKey: string, experimentIds: readonly string[]): Promise<readonly DatasetSummary[]>;
}

export function createInputs(deps: { readonly database: Database; readonly experiments: Experiments }): Inputs {
  const { database, experiments } = deps;

  async function checkModels(workspaceKey: string, ids: readonly string[]): Promise<void> {
    const known = new Set((await findLoggedModels(database.sql, workspaceKey, ids)).filter((model) => model.lifecycle === 'active').map((model) => model.id));
    const unknown = ids.find((id) => !known.has(id));
    if (unknown !== undefined) throw doesNotExist(`Logged model with ID '${unknown}' not found.`);
  }

  return {
    async log(ctx, workspaceKey, runId, inputs) {
      if (inputs.datasets.length > LIMITS.datasetsPerCall) {
        throw invalidParameter(`A call can hold at most ${LIMITS.datasetsPerCall} datasets; this one has ${inputs.datasets.length}.`, 'datasets');
      }
      inputs.datasets.forEach(checkDataset);
      const datasets = [...new Map(inputs.datasets.map((input) => [JSON.stringify([input.name, input.digest]), input])).values()];
      const modelIds = [...new Set(inputs.modelIds)];
      await checkModels(workspaceKey, modelIds);
      await writeToRun(database, ctx, workspaceKey, runId, async (tx, run) => {
        await insertRunDatasets(tx, workspaceKey, run.id, datasets);
        await upsertRunModels(
          tx,
          run.id,
          'input',
          modelIds.map((modelId) => ({ modelId, step: 0 })),
        );
        await publishEvent(tx, { topic: 'run', key: `${workspaceKey}/jobs/${run.runId}` });
      });
    },

    async logOutputs(ctx, workspaceKey, runId, models) {
      const distinct = [...new Map(models.map((model) => [model.modelId, model])).values()];
      await checkModels(
        workspaceKey,
        distinct.map((model) => model.modelId),
      );
      await writeToRun(database, ctx, workspaceKey, runId, async (tx, run) => {
        await upsertRunModels(tx, run.id, 'output', distinct);
        await publishEvent(tx, { topic: 'run', key: `${workspaceKey}/jobs/${run.runId}` });
      });
    },

    async logModel(ctx, workspaceKey, runId, modelJson) {
      const model = parseModel(modelJson);
      await writeToRun(database, ctx, workspaceKey, runId, async (tx, run) => {
        const history: unknown = JSON.parse((await lockTag(tx, run, MODEL_HISTORY_TAG)) ?? '[]');
        // Why: beyond the length limit of tags that callers set, as in the reference: cutting JSON would break it.
        const value = JSON.stringify([...(Array.isArray(history) ? history : []), model]);
        await upsertTags(tx, run, [{ key: MODEL_HISTORY_TAG, value }]);
      });
    },

    async listDatasets(workspaceKey, experimentIds) {
      if (experimentIds.length < 1 || experimentIds.length > 20) throw invalidParameter(`'experiment_ids' must hold 1 to 20 ids; it has ${experimentIds.length}.`, 'experiment_ids');
      return listDatasetSummaries(database.sql, workspaceKey, await experiments.canonicalIds(workspaceKey, experimentIds), 1000);
    },
  };
}

function parseModel(text: string): object {
  let model: unknown;
  try {
    model = JSON.parse(text);
  } catch {
    throw invalidParameter(`Malformed model info: 'model_json' is not JSON: ${quote(text)}`, 'model_json');
  }
  if (!isJsonObject(model)) throw invalidParameter(`Malformed model info: 'model_json' must be a JSON object, not ${quote(model)}`, 'model_json');
  const missing = ['artifact_path', 'flavors', 'utc_time_created', 'run_id'].filter((field) => model[field] === undefined);
  if (missing.length > 0) throw invalidParameter(`Model json is missing mandatory fields: ${missing.join(', ')}`, 'model_json');
  return model;
}

function checkDataset(input: DatasetInput, i: number): void {
  const check = (field: string, value: string | null, most: number): void => {
    if (value !== null && value.length > most)
      throw invalidParameter(`'datasets[${i}].dataset.${field}' has ${value.length} characters; at most ${most} are accepted.`, `datasets[${i}].dataset.${field}`);
  };
  check('name', input.name, 500);
  check('digest', input.digest, 36);
  check('source', input.source, 65_535);
  check('schema', input.schema, 1_048_575);
  check('profile', input.profile, 16_777_215);
  for (const [key, value] of Object.entries(input.tags)) {
    if (key.length > 255 || value.length > 500) throw invalidParameter(`Tag ${quote(key)} of 'datasets[${i}]' is too long: a key has at most 255 characters, a value 500.`, `datasets[${i}].tags`);
  }
}
