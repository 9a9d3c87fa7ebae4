// Content: what a job or a workspace keeps outside of the resources table, and how it is removed: rows at once, bytes by
// durable work, so that a crash in between leaves nothing behind.

import { randomUUID } from 'node:crypto';
import type { BlobService } from '#blobs/blob-service.ts';
import type { JobEngine } from '#jobs/engine.ts';
import type { Context } from '#kernel/context.ts';
import { type JsonObject, stringAt } from '#kernel/json.ts';
import { deleteWorkspaceTracking } from '#storage/experiment-store.ts';
import { deleteLoggedModels, deleteRun, entombTracking, listEntombed } from '#storage/run-removal-store.ts';
import type { Database, Tx } from '#storage/database.ts';
import { markShareDeleted } from '#storage/file-share-store.ts';
import { enqueueWork } from '#storage/work-store.ts';
import { defineWork, type WorkKind, type WorkResult } from '#work/define-work.ts';
import { ARTIFACT_CONTAINER, type StorageDirectory } from './storage-directory.ts';

const FREE = 'content.free';
const EMPTY_TOMB = 'content.empty-tomb';
const PAGE = 200;

export interface Content {
  /** Run record, metrics, logs and artifacts of a job. */
  removeJob(tx: Tx, ctx: Context, workspaceKey: string, jobName: string): Promise<void>;
  /** Everything tracked in a workspace, its artifacts, and the file shares that are its own. */
  removeWorkspace(
    tx: Tx,
    ctx: Context,
    workspace: { readonly key: string; readonly storageAccount: string | undefined; readonly artifactContainer: string | undefined; readonly shares: readonly string[] },
  ): Promise<void>;
  readonly work: readonly WorkKind[];
}

export function createContent(deps: { readonly blobs: BlobService; readonly storage: StorageDirectory; readonly database: Database; readonly engine: () => JobEngine }): Content {
  const free = async (tx: Tx, ctx: Context, workspaceKey: string, prefix: string): Promise<void> => {
    const found = await deps.storage.ofAnyWorkspace(workspaceKey);
    if (found === undefined) return;
    await enqueueWork(tx, { kind: FREE, payload: { account: found.account, container: found.artifactContainer, prefix }, correlationId: ctx.correlationId });
  };
  return {
    async removeJob(tx, ctx, workspaceKey, jobName) {
      await deps.engine().remove(tx, ctx, workspaceKey, jobName);
      await deleteRun(tx, workspaceKey, jobName);
      await free(tx, ctx, workspaceKey, `ExperimentRun/dcid.${jobName}/`);
    },
    async removeWorkspace(tx, ctx, { key, storageAccount, artifactContainer, shares }) {
      const tombKey = `deleted/${randomUUID()}`;
      const account = storageAccount?.split('/').at(-1)?.toLowerCase() ?? '';
      await entombTracking(tx, key, tombKey);
      for (const share of shares) await markShareDeleted(tx, account, share, ctx.correlationId);
      await enqueueWork(tx, { kind: EMPTY_TOMB, payload: { account, container: artifactContainer ?? ARTIFACT_CONTAINER, tombKey }, correlationId: ctx.correlationId });
    },
    work: [
      defineWork({
        kind: FREE,
        maxAttempts: 1_000,
        async run(_ctx, payload) {
          await deps.blobs.deletePrefix(String(payload['account']), containerIn(payload), String(payload['prefix']));
          return 'done';
        },
      }),
      defineWork({
        kind: EMPTY_TOMB,
        maxAttempts: 1_000,
        run: (_ctx, payload) => emptyTomb(deps, String(payload['account']), containerIn(payload), String(payload['tombKey'])),
      }),
    ],
  };
}

/** Items of an earlier version name none. */
function containerIn(payload: JsonObject): string {
  return stringAt(payload, 'container') ?? ARTIFACT_CONTAINER;
}

/** Bytes first, then their rows, page by page. Why by run: the account may be the customer's own, shared with other workspaces. */
async function emptyTomb(deps: { readonly blobs: BlobService; readonly database: Database }, account: string, container: string, tombKey: string): Promise<WorkResult> {
  for (;;) {
    const { runIds, modelIds } = await listEntombed(deps.database.sql, tombKey, PAGE);
    if (runIds.length === 0 && modelIds.length === 0) break;
    if (account !== '') {
      for (const runId of runIds) await deps.blobs.deletePrefix(account, container, `ExperimentRun/dcid.${runId}/`);
      for (const modelId of modelIds) await deps.blobs.deletePrefix(account, container, `LoggedModels/${modelId}/`);
    }
    await deps.database.transaction(async (tx) => {
      for (const runId of runIds) await deleteRun(tx, tombKey, runId);
      await deleteLoggedModels(tx, modelIds);
    });
  }
  await deps.database.transaction((tx) => deleteWorkspaceTracking(tx, tombKey));
  return 'done';
}
