// What the plane needs from modules beside it; compose supplies it.

import type { Context } from '#kernel/context.ts';
import type { JsonObject } from '#kernel/json.ts';

/** The job resource of a run. Runs that a client made through MLflow have none. */
export interface RunJob {
  readonly properties: JsonObject;
  readonly tags: Readonly<Record<string, string>>;
}

export interface OutputPlace {
  /** `azureml://…/datastores/{name}/paths/{path}` with the workspace in it. */
  readonly uri: string;
  /** `uri_folder`, `custom_model`, … */
  readonly type: string;
}

export interface RunMetadataChange {
  readonly displayName?: string;
  readonly description?: string;
  readonly isArchived?: boolean;
  /** Added to those that are there. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties?: Readonly<Record<string, string>>;
}

export interface RunHistoryJobs {
  /** Of these runs those that are jobs, by run id. */
  findJobs(workspaceKey: string, runIds: readonly string[]): Promise<ReadonlyMap<string, RunJob>>;
  /** Declared outputs by name, without the job's own artifacts. */
  outputs(workspaceKey: string, runId: string, job: RunJob): Promise<ReadonlyMap<string, OutputPlace>>;
  /** As the caller. Throws `notFound`, `forbidden`. */
  change(ctx: Context, workspaceKey: string, runId: string, change: RunMetadataChange): Promise<void>;
  /** Logs by name (`user_logs/std_log.txt`), each with an address that can be read for a while without a credential. */
  logs(workspaceKey: string, runId: string): Promise<ReadonlyMap<string, string>>;
  /** Where an asset version is, from an id that clients name it by; undefined when it is not one of the workspace. */
  findAsset(workspaceKey: string, collection: 'data' | 'models', id: string): Promise<OutputPlace | undefined>;
}
