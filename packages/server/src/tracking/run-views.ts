// A run with all that is known of it, read for a whole page of runs at once.

import type { Sql } from '#storage/database.ts';
import { findExperiments } from '#storage/experiment-store.ts';
import { listLatestMetrics, type MetricPoint } from '#storage/metric-store.ts';
import { type KeyValue, listParamsOf, listTagsOf } from '#storage/run-data-store.ts';
import { type DatasetInput, listDatasetsOf, listModelsOf, type RunModel } from '#storage/run-input-store.ts';
import { RUN_ARTIFACT_URI } from '#storage/run-search-store.ts';
import type { RunRecord } from '#storage/run-store.ts';

export const RUN_NAME_TAG = 'mlflow.runName';
export const PARENT_TAG = 'mlflow.parentRunId';

export interface RunView {
  readonly run: RunRecord;
  readonly artifactUri: string;
  /** Newest point of each metric. */
  readonly metrics: readonly MetricPoint[];
  readonly params: readonly KeyValue[];
  /** Stored tags and those that are columns of the run. */
  readonly tags: readonly KeyValue[];
  readonly datasets: readonly DatasetInput[];
  readonly models: readonly RunModel[];
}

export async function viewRuns(db: Sql, workspaceKey: string, runs: readonly RunRecord[]): Promise<readonly RunView[]> {
  if (runs.length === 0) return [];
  const nos = runs.map((run) => run.id);
  const [experiments, metrics, params, tags, datasets, models] = await Promise.all([
    findExperiments(db, workspaceKey, [...new Set(runs.map((run) => run.experimentId))]),
    listLatestMetrics(db, nos),
    listParamsOf(db, nos),
    listTagsOf(db, nos),
    listDatasetsOf(db, nos),
    listModelsOf(db, nos),
  ]);
  return runs.map((run) => ({
    run,
    artifactUri: artifactUriOf(run.runId, experiments.get(run.experimentId)?.artifactLocation ?? null),
    metrics: metrics.get(run.id) ?? [],
    params: params.get(run.id) ?? [],
    tags: [...derivedTags(run), ...(tags.get(run.id) ?? [])],
    datasets: datasets.get(run.id) ?? [],
    models: models.get(run.id) ?? [],
  }));
}

export function artifactUriOf(runId: string, location: string | null): string {
  return location === null ? `${RUN_ARTIFACT_URI}${runId}` : `${location.replace(/\/$/, '')}/${runId}/artifacts`;
}

/** The experiment's own place for logged models, or the workspace's. */
export function modelUriOf(modelId: string, location: string | null): string {
  return location === null ? `mlflow-artifacts:/LoggedModels/${modelId}` : `${location.replace(/\/$/, '')}/models/${modelId}/artifacts`;
}

function derivedTags(run: RunRecord): readonly KeyValue[] {
  const tags: KeyValue[] = [{ key: RUN_NAME_TAG, value: run.displayName }];
  if (run.parentRunId !== null) tags.push({ key: PARENT_TAG, value: run.parentRunId });
  return tags;
}
