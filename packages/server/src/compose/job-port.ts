// Jobs and computes as their resource types see them, and the other ports of the job engine that compose fills in.

import type { Resources } from '#arm/resources.ts';
import type { CloudNames } from '#config/cloud-names.ts';
import { validateCommandJob } from '#jobs/command-job.ts';
import { refuseRegistryEnvironment, registryEnvironment } from '#jobs/data-uri.ts';
import type { JobEngine } from '#jobs/engine.ts';
import type { Endpoints, OutputRegistrar } from '#jobs/ports.ts';
import { isFault } from '#kernel/faults.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { ComputePort, JobPort } from '#resources/ports.ts';
import { describeVersions } from '#storage/asset-store.ts';
import type { Database } from '#storage/database.ts';
import { listUnfinishedJobs } from '#storage/job-store.ts';
import { findRuns, lockRun, updateClientRun } from '#storage/run-store.ts';
import type { Content } from './content.ts';

export function createJobPort(deps: { readonly engine: () => JobEngine; readonly store: () => Resources; readonly content: Content }): JobPort {
  return {
    check: validateCommandJob,
    async checkEnvironment(workspaceKey, properties) {
      const reference = stringAt(properties, 'environmentId') ?? '';
      const name = registryEnvironment(reference);
      const own = name === undefined ? undefined : await deps.store().find(`${workspaceKey}/environments/${name}`);
      if (own === undefined) refuseRegistryEnvironment(reference, 'properties.environmentId');
    },
    outputUris: (workspaceKey, jobName, properties) => deps.engine().outputUris(workspaceKey, jobName, properties),
    async submit(tx, ctx, { workspaceKey, workspaceId, jobName, properties }) {
      const workspace = await deps.store().get(workspaceId, tx);
      const [, , subscriptionId = '', , resourceGroup = ''] = workspace.id.split('/');
      const hubId = workspace.kind === 'Project' ? stringAt(workspace.properties, 'hubResourceId') : undefined;
      await deps.engine().submit(tx, ctx, {
        ...(hubId === undefined ? {} : { hubKey: hubId.toLowerCase() }),
        workspaceKey,
        jobName,
        definition: properties,
        workspace: { subscriptionId, resourceGroup, workspaceName: workspace.name, workspaceId: stringAt(workspace.properties, 'workspaceId') ?? '' },
      });
    },
    async rename(tx, workspaceKey, jobName, displayName) {
      const run = await lockRun(tx, workspaceKey, jobName);
      if (run !== undefined) await updateClientRun(tx, run, { displayName });
    },
    async requestCancel(tx, ctx, workspaceKey, jobName) {
      await deps.engine().requestCancel(tx, ctx, workspaceKey, jobName);
    },
    remove: (tx, ctx, workspaceKey, jobName) => deps.content.removeJob(tx, ctx, workspaceKey, jobName),
    runs: (db, workspaceKey, names) => findRuns(db, workspaceKey, names),
  };
}

export function createComputePort(engine: () => JobEngine, database: Database): ComputePort {
  const describe: ComputePort['describe'] = async (db, keys) =>
    new Map([...(await engine().computes.describe(db, keys))].map(([key, state]) => [key, { ...state, nodeStateCounts: { ...state.nodeStateCounts } }]));
  return {
    put: (tx, ctx, key, scale) => engine().computes.putCompute(tx, ctx, key, key.split('/').at(-1) ?? key, scale),
    remove: (tx, ctx, key) => engine().computes.deleteCompute(tx, ctx, key),
    activeJobs: async (db, key) => (await listUnfinishedJobs(db, key)).map((job) => job.name),
    putInstance: (tx, ctx, key, timing) => engine().computes.putInstance(tx, ctx, key, key.split('/').at(-1) ?? key, timing),
    changePower: (tx, ctx, key, change) => engine().computes.changePower(tx, ctx, key, change, 'User'),
    describe,
    find: async (key) => (await describe(database.sql, [key])).get(key),
    listNodes: async (db, key) =>
      (await engine().computes.listNodes(db, key)).map(({ nodeId, nodeState, privateIpAddress, runId }) => ({ nodeId, nodeState, privateIpAddress, publicIpAddress: null, port: null, runId })),
  };
}

const SERVICES = ['blob', 'file'] as const;

export function createJobEndpoints(names: CloudNames, caBundle: string): Endpoints {
  return {
    localOrigin: () => `http://127.0.0.1:${names.port}`,
    apiOrigin: () => names.api,
    studioJobUrl: (workspaceKey, jobName) => studioJobUrl(names, workspaceKey, jobName),
    parseStorageUrl(url) {
      const parsed = URL.canParse(url) ? new URL(url) : undefined;
      const service = SERVICES.find((each) => parsed?.hostname.endsWith(`.${each}.${names.domain}`) === true);
      if (parsed === undefined || service === undefined) return undefined;
      const account = parsed.hostname.slice(0, -`.${service}.${names.domain}`.length);
      const pathname = decodePath(parsed.pathname);
      if (pathname === undefined) return undefined;
      const [, container = '', ...path] = pathname.split('/');
      // Azure: wasbs://container@account.blob.… has the container before the host.
      if (parsed.username !== '') return { service, account, container: parsed.username, path: [container, ...path].join('/') };
      return { service, account, container, path: path.join('/') };
    },
    caBundlePath: () => caBundle,
  };
}

/** Undefined for an escape that is none. */
function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** Page of a job in the studio. It has a query, as Azure's has: azure-ai-ml and `az ml` append `&tid=…` to it. */
export function studioJobUrl(names: CloudNames, workspaceId: string, jobName: string): string {
  const [, , subscription = '', , group = '', , , , workspace = ''] = workspaceId.split('/');
  return `${names.local}/workspaces/${[subscription, group, workspace].map(encodeURIComponent).join('/')}/jobs/${encodeURIComponent(jobName)}?wsid=${encodeURI(workspaceId)}`;
}

/** Outputs that name an asset become a version of it, once. */
export function createOutputRegistrar(deps: { readonly database: Database; readonly store: () => Resources }): OutputRegistrar {
  return {
    async register(given, { workspaceKey, jobName, outputName, type, uri, assetName, assetVersion, principal }) {
      // Why: the version is the submitter's, in its systemData and in the activity log.
      const ctx = { ...given, principal };
      const isModel = type.endsWith('_model');
      const collection = isModel ? 'models' : 'data';
      const container = `${workspaceKey}/${collection}/${assetName}`;
      const marks = { 'azureml.jobName': jobName, 'azureml.outputName': outputName };
      const properties: JsonObject = isModel ? { modelUri: uri, modelType: type, jobName, properties: marks } : { dataUri: uri, dataType: type, properties: marks };
      for (let attempt = 0; ; attempt += 1) {
        const known = (await describeVersions(deps.database.sql, `microsoft.machinelearningservices/workspaces/${collection}/versions`, [container])).get(container);
        const latest = known === undefined ? undefined : await deps.store().find(`${container}/versions/${known.latestVersion}`);
        const latestMarks = objectAt(latest?.properties, 'properties');
        if (latest !== undefined && latestMarks['azureml.jobName'] === jobName && latestMarks['azureml.outputName'] === outputName) return latest.id;
        try {
          return (await deps.store().put(ctx, `${container}/versions/${assetVersion ?? known?.nextVersion ?? '1'}`, { properties }, { as: 'system', ifNoneMatch: '*' })).id;
        } catch (error) {
          if (assetVersion !== undefined || attempt >= 5 || !(isFault(error, 'precondition') || isFault(error, 'conflict'))) throw error;
        }
      }
    },
  };
}
