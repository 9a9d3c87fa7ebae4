// Tables of jobs/.

import type { ColumnType, Generated } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';
import type { Sealed } from './resources.ts';

type Jsonb<T> = ColumnType<T, string, string>;

export type JobPhase = 'queued' | 'preparing' | 'starting' | 'running' | 'finalizing' | 'ended';
export type NodeState = 'idle' | 'preparing' | 'running' | 'leaving' | 'unusable';

export type Power = 'Running' | 'Stopped' | 'Restarting';

/** The last thing that was done with a compute instance. */
export interface LastOperation {
  readonly name: 'Create' | 'Start' | 'Stop' | 'Restart';
  readonly trigger: 'User' | 'Schedule' | 'IdleShutdown';
  readonly at: string;
}

/** When an instance starts and stops by itself. */
export interface PowerPlan {
  /** `computeStartStop`, as on the wire. */
  readonly schedules: readonly JsonObject[];
  /** What has no start time is counted from here. */
  readonly since: string;
  /** What was due until here was done. */
  readonly doneUntil: string;
}

export interface EngineJobsTable {
  /** Order of submission; the queue is first in, first out. */
  no: Generated<string>;
  workspace_key: string;
  /** The run id; case-sensitive. */
  name: string;
  /** `properties` of the job as submitted. */
  definition: Jsonb<JsonObject>;
  /** The principal that submitted it. */
  submitter: Jsonb<JsonObject>;
  /** Ids of workspace and experiment, for the environment of the command. */
  scope: Jsonb<JsonObject>;
  compute_key: string;
  node_count: number;
  phase: JobPhase;
  /** Number of the current attempt; 0 before the first. */
  attempt: Generated<number>;
  cancel_requested: Generated<boolean>;
  /** Its resource is gone: the rows go when the job has ended. */
  is_deleted: Generated<boolean>;
  queued_at: Date;
  ended_at: Date | null;
  sealed_content: Sealed;
}

export interface JobAttemptsTable {
  /** Names the folder of the attempt. */
  id: Generated<string>;
  job_no: string;
  number: number;
  /** The data folder that holds the attempt's files. */
  host: string;
  /** Handles of the driver, one per process, by rank. */
  handles: Jsonb<readonly JsonObject[]> | null;
  /** Ends of the processes, by rank. */
  ends: Jsonb<readonly JsonObject[]> | null;
  /** Length of each shipped log when this attempt began, by blob name: a retry appends. */
  log_bases: Jsonb<JsonObject>;
  created_at: Date;
  prepared_at: Date | null;
  started_at: Date | null;
  ended_at: Date | null;
}

export interface ComputeClustersTable {
  /** Resource key of the compute. */
  key: string;
  name: string;
  min_nodes: number;
  max_nodes: number;
  idle_seconds: number;
  is_deleted: Generated<boolean>;
  resized_at: Date;
  /** What its owner wants of a compute instance; null: a cluster, which scales. */
  power: Power | null;
  /** Idle time after which an instance stops itself. */
  stops_after_seconds: number | null;
  last_operation: Jsonb<LastOperation> | null;
  power_plan: Jsonb<PowerPlan> | null;
}

export interface ComputeNodesTable {
  id: string;
  compute_key: string;
  state: NodeState;
  job_no: string | null;
  error: string | null;
  idle_since: Date | null;
  created_at: Date;
}

export interface WorkspaceQuotasTable {
  workspace_key: string;
  node_limit: number;
}

export interface JobsTables {
  jobs: EngineJobsTable;
  job_attempts: JobAttemptsTable;
  compute_clusters: ComputeClustersTable;
  compute_nodes: ComputeNodesTable;
  workspace_quotas: WorkspaceQuotasTable;
}
