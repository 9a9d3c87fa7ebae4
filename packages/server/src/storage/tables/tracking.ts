// Tables of tracking/: experiments, runs, and what multiplies under a run. A run is a job: one record under MLflow, the job API and the studio.

import type { ColumnType, Generated } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';
import type { JobStatus } from '#kernel/job-status.ts';
import type { Sealed } from './resources.ts';

type Jsonb<T> = ColumnType<T, string, string>;

export interface ExperimentsTable {
  /** GUID. */
  id: string;
  workspace_key: string;
  name: string;
  artifact_location: string | null;
  lifecycle: 'active' | 'deleted';
  tags: Jsonb<JsonObject>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  sealed_content: Sealed;
}

export interface RunsTable {
  /** Surrogate for the tables that multiply (metrics, params, tags). */
  id: Generated<string>;
  workspace_key: string;
  /** Job name; case-sensitive. */
  run_id: string;
  experiment_id: string;
  display_name: string;
  status: JobStatus;
  /** Job status is owned by the job engine, that of a plain MLflow run by its client. */
  owner: 'job' | 'client';
  parent_run_id: string | null;
  user_id: string;
  user_name: string;
  lifecycle: 'active' | 'deleted';
  /** Why it waits, what went wrong: `{code, message}`. */
  status_reason: Jsonb<JsonObject | null>;
  created_at: Generated<Date>;
  started_at: Date | null;
  ended_at: Date | null;
  /** Computed: submission for a job, what the client said for its own run. */
  start_time: ColumnType<Date, never, never>;
  sealed_name: Sealed;
  sealed_reason: Sealed;
}

/** One point of one metric. bigint columns are read as strings. */
export interface MetricsTable {
  run_no: string;
  key: string;
  step: string;
  /** Milliseconds since the epoch. */
  ts: string;
  value: number;
  sealed_point: Sealed;
}

export interface LatestMetricsTable extends MetricsTable {
  points: string;
}

export interface RunParamsTable {
  run_no: string;
  key: string;
  value: string;
  sealed_pair: Sealed;
}

export interface RunTagsTable {
  run_no: string;
  key: string;
  value: string;
  sealed_pair: Sealed;
}

export interface DatasetsTable {
  id: Generated<string>;
  workspace_key: string;
  name: string;
  digest: string;
  source_type: string;
  source: string;
  schema: string | null;
  profile: string | null;
  sealed_content: Sealed;
}

export interface RunDatasetsTable {
  run_no: string;
  dataset_id: string;
  tags: Jsonb<JsonObject>;
  sealed_link: Sealed;
}

export interface LoggedModelsTable {
  /** `m-` and 32 hex digits. */
  id: string;
  workspace_key: string;
  experiment_id: string;
  name: string;
  model_type: string;
  source_run_id: string | null;
  status: 'PENDING' | 'READY' | 'UPLOAD_FAILED';
  lifecycle: 'active' | 'deleted';
  user_name: string;
  params: Jsonb<Readonly<Record<string, string>>>;
  tags: Jsonb<Readonly<Record<string, string>>>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  sealed_content: Sealed;
}

export interface LoggedModelMetricsTable {
  model_id: string;
  key: string;
  step: string;
  ts: string;
  value: number;
  run_id: string;
  dataset_name: string;
  dataset_digest: string;
  sealed_point: Sealed;
}

export interface RunModelsTable {
  run_no: string;
  role: 'input' | 'output';
  model_id: string;
  step: string;
}

export interface ModelAliasesTable {
  workspace_key: string;
  model_name: string;
  alias: string;
  version: string;
}

export interface ModelStagesTable {
  workspace_key: string;
  model_name: string;
  version: string;
  stage: string;
  updated_at: Generated<Date>;
}

export interface TrackingTables {
  experiments: ExperimentsTable;
  runs: RunsTable;
  metrics: MetricsTable;
  latest_metrics: LatestMetricsTable;
  run_params: RunParamsTable;
  run_tags: RunTagsTable;
  datasets: DatasetsTable;
  run_datasets: RunDatasetsTable;
  logged_models: LoggedModelsTable;
  logged_model_metrics: LoggedModelMetricsTable;
  run_models: RunModelsTable;
  model_aliases: ModelAliasesTable;
  model_stages: ModelStagesTable;
}
