// Tables of tracking/: experiments and runs. A run is a job: one record under MLflow, the job API and the studio.

import type { ColumnType, Generated } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';
import type { JobStatus } from '#kernel/job-status.ts';

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
}

export interface TrackingTables {
  experiments: ExperimentsTable;
  runs: RunsTable;
}
