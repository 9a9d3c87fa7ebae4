// A batch of metrics, params and tags of one run: one transaction, one statement for each kind, repeatable.
// Source: contracts/mlflow.md §5, §14.

import type { Context } from '#kernel/context.ts';
import type { Database, Tx } from '#storage/database.ts';
import { findLoggedModels, insertLoggedModelMetrics } from '#storage/logged-model-store.ts';
import { insertMetrics, type MetricPoint } from '#storage/metric-store.ts';
import { publishEvent } from '#storage/notify.ts';
import { deleteTag, insertParams, type KeyValue } from '#storage/run-data-store.ts';
import { type RunRecord, updateClientRun } from '#storage/run-store.ts';
import { doesNotExist, invalidParameter, quote } from './faults.ts';
import { checkBatchSizes, checkKey, isInt64, LIMITS, truncate } from './limits.ts';
import { addToRun, lastOfEachKey, writeTags, writeToRun } from './runs.ts';
import { PARENT_TAG, RUN_NAME_TAG } from './run-views.ts';

export interface LoggedMetric extends MetricPoint {
  /** The logged model it is also a metric of. */
  readonly modelId?: string;
  readonly datasetName?: string;
  readonly datasetDigest?: string;
}

export interface Batch {
  readonly metrics: readonly LoggedMetric[];
  readonly params: readonly KeyValue[];
  readonly tags: readonly KeyValue[];
}

export interface Batches {
  /** All or nothing. Equal points and equal params are accepted again. */
  log(ctx: Context, workspaceKey: string, runId: string, batch: Batch): Promise<void>;
  deleteTag(ctx: Context, workspaceKey: string, runId: string, key: string): Promise<void>;
}

export function createBatches(deps: { readonly database: Database }): Batches {
  const { database } = deps;
  return {
    async log(ctx, workspaceKey, runId, batch) {
      checkBatchSizes({ metrics: batch.metrics.length, params: batch.params.length, tags: batch.tags.length });
      const metrics = batch.metrics.map(checkMetric);
      const params = checkParams(batch.params);
      for (const [i, tag] of batch.tags.entries()) checkKey('tag', tag.key, `tags[${i}].key`);
      await addToRun(database, ctx, workspaceKey, runId, async (tx, run) => {
        await writeParams(tx, run, params);
        if (batch.tags.length > 0) await writeTags(tx, run, lastOfEachKey(batch.tags));
        await writeMetrics(tx, run, metrics);
        const key = `${workspaceKey}/jobs/${run.runId}`;
        if (metrics.length > 0) await publishEvent(tx, { topic: 'metrics', key });
        if (params.length > 0 || batch.tags.length > 0) await publishEvent(tx, { topic: 'run', key });
      });
    },

    async deleteTag(ctx, workspaceKey, runId, key) {
      await writeToRun(database, ctx, workspaceKey, runId, async (tx, run) => {
        if (key === RUN_NAME_TAG) throw invalidParameter(`Tag '${RUN_NAME_TAG}' is the name of the run and cannot be deleted; set it to another name.`, 'key');
        if (key === PARENT_TAG && run.parentRunId !== null) await updateClientRun(tx, run, { parentRunId: null });
        else if (!(await deleteTag(tx, run, key))) throw doesNotExist(`No tag with name: ${key} in run with id ${runId}`);
      });
    },
  };
}

function checkMetric(metric: LoggedMetric, i: number): LoggedMetric {
  checkKey('metric', metric.key, `metrics[${i}].key`);
  if (!isInt64(metric.timestamp) || metric.timestamp < 0) {
    throw invalidParameter(
      `Invalid value ${quote(metric.timestamp)} for parameter 'metrics[${i}].timestamp' supplied: a timestamp is a whole number of milliseconds, 0 or more.`,
      `metrics[${i}].timestamp`,
    );
  }
  if (!isInt64(metric.step)) throw invalidParameter(`Invalid value ${quote(metric.step)} for parameter 'metrics[${i}].step' supplied: a step is a whole number of 64 bits.`, `metrics[${i}].step`);
  const value = Number.isFinite(metric.value) || Number.isNaN(metric.value) ? metric.value : Math.sign(metric.value) * Number.MAX_VALUE;
  return { ...metric, value };
}

function checkParams(params: readonly KeyValue[]): readonly KeyValue[] {
  const seen = new Set<string>();
  return params.map((param, i) => {
    checkKey('param', param.key, `params[${i}].key`);
    if (seen.has(param.key)) throw invalidParameter(`Duplicate parameter keys have been submitted: ${quote(param.key)} is there twice.`, `params[${i}].key`);
    seen.add(param.key);
    return { key: param.key, value: truncate(param.value, LIMITS.paramValueChars) };
  });
}

async function writeParams(tx: Tx, run: RunRecord, params: readonly KeyValue[]): Promise<void> {
  const [conflict] = await insertParams(tx, run, params);
  if (conflict === undefined) return;
  throw invalidParameter(
    `Changing param values is not allowed. Param with key='${conflict.key}' was already logged with value=${quote(conflict.stored)} for run ID='${run.runId}'. Attempted logging new value ${quote(conflict.offered)}.`,
    'params',
  );
}

async function writeMetrics(tx: Tx, run: RunRecord, metrics: readonly LoggedMetric[]): Promise<void> {
  await insertMetrics(tx, run, metrics);
  const ofModels = metrics.flatMap((metric) => (metric.modelId === undefined || metric.modelId === '' ? [] : [{ ...metric, modelId: metric.modelId }]));
  if (ofModels.length === 0) return;
  const ids = [...new Set(ofModels.map((metric) => metric.modelId))];
  const known = new Set((await findLoggedModels(tx, run.workspaceKey, ids)).filter((model) => model.lifecycle === 'active').map((model) => model.id));
  const unknown = ids.find((id) => !known.has(id));
  if (unknown !== undefined) throw invalidParameter(`Invalid value ${quote(unknown)} for parameter 'model_id' supplied: there is no logged model of that id in this workspace.`, 'model_id');
  await insertLoggedModelMetrics(
    tx,
    run.workspaceKey,
    ofModels.map(({ modelId, key, step, timestamp, value, datasetName, datasetDigest }) => ({
      modelId,
      key,
      step,
      timestamp,
      value,
      runId: run.runId,
      datasetName: datasetName ?? '',
      datasetDigest: datasetDigest ?? '',
    })),
  );
}
