// Tables of arm/deployments/: one row per resource that a deployment makes, removes, or will.

import type { ColumnType } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';

export type StepKind = 'create' | 'delete' | 'outputs';
export type StepState = 'waiting' | 'running' | 'succeeded' | 'failed' | 'canceled';

export interface DeploymentStepsTable {
  /** Resource key of the deployment. */
  deployment_key: string;
  /** Identity within the plan. */
  step_key: string;
  ordinal: number;
  operation_id: string;
  kind: StepKind;
  resource_id: string;
  resource_type: string;
  resource_name: string;
  state: StepState;
  /** Path and query of the operation that the resource began, or null: its own state tells. */
  poll_path: string | null;
  status_code: string | null;
  error: ColumnType<JsonObject | null, string | null, string | null>;
  started_at: Date | null;
  ended_at: Date | null;
}

export interface DeploymentsTables {
  deployment_steps: DeploymentStepsTable;
}
