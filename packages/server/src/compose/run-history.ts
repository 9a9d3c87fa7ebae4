// RunHistoryJobs for the run-history plane: jobs as resources, their outputs from the engine, their logs in the store.

import type { Resources } from '#arm/resources.ts';
import type { BlobService } from '#blobs/blob-service.ts';
import { signServiceSas } from '#blobs/sas.ts';
import type { CloudNames } from '#config/cloud-names.ts';
import { parseCommandJob } from '#jobs/command-job.ts';
import type { JobEngine } from '#jobs/engine.ts';
import type { Clock } from '#kernel/clock.ts';
import { Fault } from '#kernel/faults.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { OutputPlace, RunHistoryJobs } from '#planes/run-history/ports.ts';
import type { Database } from '#storage/database.ts';
import { resolveAsset } from './asset-catalog.ts';
import type { StorageDirectory } from './storage-directory.ts';

const LOG_FOLDERS = ['user_logs/', 'system_logs/', 'logs/azureml/'];
const MOST_LOGS = 500;
/** Azure: log addresses outlive the polling of a client, and not much more. */
const LOG_URL_MS = 3_600_000;

export interface RunHistoryPorts {
  readonly database: Database;
  readonly store: () => Resources;
  readonly engine: () => JobEngine;
  readonly storage: StorageDirectory;
  readonly blobs: BlobService;
  readonly names: CloudNames;
  readonly clock: Clock;
}

export function createRunHistoryJobs(deps: RunHistoryPorts): RunHistoryJobs {
  const jobId = (workspaceKey: string, runId: string): string => `${workspaceKey}/jobs/${runId}`;
  return {
    async findJobs(workspaceKey, runIds) {
      const found = await deps.store().findMany(runIds.map((runId) => jobId(workspaceKey, runId)));
      return new Map([...found.values()].map((job) => [job.name, { properties: job.properties, tags: textsOf(objectAt(job.properties, 'tags')) }]));
    },

    async outputs(workspaceKey, runId, { properties }) {
      if (stringAt(properties, 'jobType') !== 'Command') return new Map();
      const uris = await deps.engine().outputUris(workspaceKey, runId, properties);
      const declared = parseCommandJob(properties).outputs;
      return new Map([...declared].flatMap(([name, { type }]) => placeOf(workspaceKey, uris.get(name), type).map((place) => [name, place] as const)));
    },

    async change(ctx, workspaceKey, runId, { displayName, description, isArchived, tags, properties }) {
      const id = jobId(workspaceKey, runId);
      if ((await deps.store().find(id)) === undefined) throw new Fault('invalid', 'RunIsNoJob', `The run ${runId} was made through MLflow; change it with an MLflow client.`);
      const change: JsonObject = {
        ...(displayName === undefined ? {} : { displayName }),
        ...(description === undefined ? {} : { description }),
        ...(isArchived === undefined ? {} : { isArchived }),
        ...(tags === undefined ? {} : { tags }),
        ...(properties === undefined ? {} : { properties }),
      };
      if (Object.keys(change).length > 0) await deps.store().patch(ctx, id, { properties: change });
    },

    async logs(workspaceKey, runId) {
      const own = await deps.storage.ofWorkspace(workspaceKey);
      const keys = own === undefined ? undefined : (await deps.storage.find(own.account))?.keys;
      if (own === undefined || keys === undefined) return new Map();
      const { account, artifactContainer: container } = own;
      const root = `ExperimentRun/dcid.${runId}/`;
      const expiresOn = new Date(deps.clock.now() + LOG_URL_MS);
      const logs = new Map<string, string>();
      for (const folder of LOG_FOLDERS) {
        const { blobs } = await deps.blobs.listBlobs(account, container, { prefix: `${root}${folder}`, limit: MOST_LOGS });
        for (const { name } of blobs) {
          const signature = signServiceSas({ account, container, blob: name, key: keys.key1, permissions: 'r', expiresOn });
          logs.set(name.slice(root.length), `${deps.names.storageEndpoint(account, 'blob')}/${container}/${name.split('/').map(encodeURIComponent).join('/')}?${signature}`);
        }
      }
      return logs;
    },

    async findAsset(workspaceKey, collection, reference) {
      const [, guid, segment, name, version] = /^azureml:\/\/locations\/[^/]+\/workspaces\/([^/]+)\/(\w+)\/([^/]+)\/versions\/([^/]+)$/i.exec(reference) ?? [];
      if (guid !== undefined) {
        const workspace = await deps.store().find(workspaceKey);
        if (segment !== collection || stringAt(workspace?.properties, 'workspaceId') !== guid) return undefined;
      }
      const id = await resolveAsset(deps, collection, workspaceKey, guid === undefined ? reference : `azureml:${name ?? ''}:${version ?? ''}`);
      // Why: assets of another workspace may not be the caller's to read.
      const asset = id.toLowerCase().startsWith(`${workspaceKey}/${collection}/`) ? await deps.store().find(id) : undefined;
      if (asset === undefined) return undefined;
      const [uri, type] = collection === 'data' ? ['dataUri', 'dataType'] : ['modelUri', 'modelType'];
      return placeOf(workspaceKey, stringAt(asset.properties, uri), stringAt(asset.properties, type) ?? '')[0];
    },
  };
}

/** Clients of run history read the form with the workspace in it. */
function placeOf(workspaceKey: string, uri: string | undefined, type: string): readonly OutputPlace[] {
  if (uri === undefined) return [];
  const [, , subscription = '', , group = '', , , , workspace = ''] = workspaceKey.split('/');
  return [{ uri: uri.replace(/^azureml:\/\/datastores\//i, `azureml://subscriptions/${subscription}/resourcegroups/${group}/workspaces/${workspace}/datastores/`), type }];
}

function textsOf(object: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(object).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));
}
