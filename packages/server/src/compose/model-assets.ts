// ModelAssets for MLflow's model registry, from the resources `models` and `models/versions`.

import type { JobEngine } from '#jobs/engine.ts';
import type { Resources } from '#arm/resources.ts';
import type { Context } from '#kernel/context.ts';
import { Fault, isFault } from '#kernel/faults.ts';
import { isJsonObject, type JsonObject, numberAt, objectAt, stringAt } from '#kernel/json.ts';
import type { ModelAssets, ModelContainer, ModelVersion } from '#planes/mlflow/ports.ts';
import { describeVersions, listModelVersionIds } from '#storage/asset-store.ts';
import type { Database } from '#storage/database.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import type { AssetCatalog } from '#jobs/ports.ts';

const CONTAINERS = 'Microsoft.MachineLearningServices/workspaces/models';
const VERSIONS = 'microsoft.machinelearningservices/workspaces/models/versions';
const MOST = 10_000;

export interface ModelAssetDeps {
  readonly database: Database;
  readonly store: () => Resources;
  readonly catalog: AssetCatalog;
  readonly engine: () => JobEngine;
}

export function createModelAssets(deps: ModelAssetDeps): ModelAssets {
  const { database } = deps;
  const containerId = (workspaceKey: string, name: string): string => `${workspaceKey}/models/${name}`;

  async function liveContainer(workspaceKey: string, name: string): Promise<ResourceRecord | undefined> {
    const found = await deps.store().find(containerId(workspaceKey, name)).catch(noneWhenInvalid);
    return found === undefined || found.properties['isArchived'] === true ? undefined : found;
  }
  async function getContainer(workspaceKey: string, name: string): Promise<ResourceRecord> {
    const found = await liveContainer(workspaceKey, name);
    if (found === undefined) throw new Fault('notFound', 'RegisteredModelNotFound', `Registered Model with name=${name} not found`);
    return found;
  }
  async function liveVersion(workspaceKey: string, name: string, version: string): Promise<ResourceRecord | undefined> {
    const found = await deps
      .store()
      .find(`${containerId(workspaceKey, name)}/versions/${version}`)
      .catch(noneWhenInvalid);
    return found === undefined || found.properties['isArchived'] === true ? undefined : found;
  }

  return {
    async createContainer(ctx, workspaceKey, { name, description, tags }) {
      try {
        return containerOf(await deps.store().put(ctx, containerId(workspaceKey, name), { properties: { description, tags } }, { as: 'system', ifNoneMatch: '*' }));
      } catch (error) {
        if (isFault(error, 'precondition')) throw new Fault('conflict', 'ResourceExists', `There is a model ${name} already.`, { cause: error });
        throw error;
      }
    },
    async findContainer(_ctx, workspaceKey, name) {
      const found = await liveContainer(workspaceKey, name);
      return found === undefined ? undefined : containerOf(found);
    },
    async listContainers(_ctx, workspaceKey) {
      const items: ModelContainer[] = [];
      let next: string | undefined;
      do {
        const page = await deps.store().list(CONTAINERS, workspaceKey, { top: 1000, ...(next === undefined ? {} : { next }) });
        items.push(...page.items.filter((item) => item.properties['isArchived'] !== true).map(containerOf));
        next = page.next;
      } while (next !== undefined && items.length < MOST);
      return items;
    },
    async updateContainer(ctx, workspaceKey, name, change) {
      const found = await getContainer(workspaceKey, name);
      return containerOf(await deps.store().put(ctx, found.id, { properties: { ...found.properties, ...change } }, { as: 'system' }));
    },
    async deleteContainer(ctx, workspaceKey, name) {
      const found = await getContainer(workspaceKey, name);
      await deps.store().delete(ctx, found.id, { as: 'system', purge: true });
    },
    async createVersion(ctx, workspaceKey, name, { uri, runId, description, tags, properties }) {
      for (let attempt = 0; ; attempt += 1) {
        const container = await getContainer(workspaceKey, name);
        const next = (await describeVersions(database.sql, VERSIONS, [container.key])).get(container.key)?.nextVersion ?? '1';
        const number = Math.max(Number(next), (numberAt(container.properties, 'lastVersion') ?? 0) + 1);
        try {
          return await database.transaction(async (tx) => {
            await deps.store().setProperties(tx, ctx, container.id, { lastVersion: number });
            const body = { properties: { modelUri: uri, modelType: 'mlflow_model', description, tags, properties, ...(runId === undefined ? {} : { jobName: runId }) } };
            return versionOf(await deps.store().put(ctx, `${container.id}/versions/${number}`, body, { as: 'system', ifNoneMatch: '*', tx }));
          });
        } catch (error) {
          // Why: two clients that register at once take the same number; the second looks again.
          if (attempt >= 20 || !(isFault(error, 'conflict') || isFault(error, 'precondition'))) throw error;
        }
      }
    },
    async findVersion(_ctx, workspaceKey, name, version) {
      const found = await liveVersion(workspaceKey, name, version);
      return found === undefined ? undefined : versionOf(found);
    },
    async listVersions(_ctx, workspaceKey, name) {
      const ids = await listModelVersionIds(database.sql, workspaceKey, name, MOST);
      const found = await deps.store().findMany(ids);
      return [...found.values()].filter((record) => record.properties['isArchived'] !== true).map(versionOf);
    },
    async updateVersion(ctx, workspaceKey, name, version, change) {
      const found = await liveVersion(workspaceKey, name, version);
      if (found === undefined) throw new Fault('notFound', 'ModelVersionNotFound', `Model Version (name=${name}, version=${version}) not found`);
      return versionOf(await deps.store().put(ctx, found.id, { properties: { ...found.properties, ...change } }, { as: 'system' }));
    },
    async deleteVersion(ctx, workspaceKey, name, version) {
      if (!(await deps.store().delete(ctx, `${containerId(workspaceKey, name)}/versions/${version}`, { as: 'system', purge: true }))) {
        throw new Fault('notFound', 'ModelVersionNotFound', `Model Version (name=${name}, version=${version}) not found`);
      }
    },
    locate: (ctx, workspaceKey, version) => locate(deps, ctx, workspaceKey, version.uri),
  };
}

/** The blobs behind a model's uri, when they are on this server and this caller may read them. */
async function locate(
  deps: ModelAssetDeps,
  { principal }: Context,
  workspaceKey: string,
  uri: string,
): Promise<{ readonly account: string; readonly container: string; readonly prefix: string } | undefined> {
  const artifact = /^azureml:\/\/artifacts\/(.+)$/i.exec(uri) ?? /^mlflow-artifacts:\/+(?:[^/]+\/)?((?:ExperimentRun\/dcid\.|LoggedModels\/).+)$/.exec(uri);
  const logged = /^models:\/(m-[0-9a-f]{32})$/.exec(uri);
  if (logged !== null) return { ...(await deps.catalog.artifactStore(workspaceKey)), prefix: `LoggedModels/${logged[1]}` };
  if (artifact?.[1] !== undefined) return { ...(await deps.catalog.artifactStore(workspaceKey)), prefix: trim(artifact[1]) };
  const place = await deps
    .engine()
    .locate(principal, workspaceKey, uri)
    .catch((error: unknown) => {
      if (isFault(error, 'forbidden') || isFault(error, 'notFound')) return undefined;
      throw error;
    });
  if (place === undefined || place.kind === 'url') return undefined;
  if (place.service === 'file') throw new Fault('notImplemented', 'FileShareNotImplemented', `${uri} is in a file share; MLflow is served the files of models from blob storage.`);
  return { account: place.account, container: place.container, prefix: trim(place.path) };
}

function trim(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}

function noneWhenInvalid(error: unknown): undefined {
  if (isFault(error)) return undefined;
  throw error;
}

function texts(value: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(value).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])));
}

function containerOf(record: ResourceRecord): ModelContainer {
  return {
    name: record.name,
    description: stringAt(record.properties, 'description') ?? '',
    tags: texts(objectAt(record.properties, 'tags')),
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
    userName: record.systemData.createdBy,
  };
}

function versionOf(record: ResourceRecord): ModelVersion {
  const { properties } = record;
  const runId = stringAt(properties, 'jobName');
  return {
    name: record.id.split('/').at(-3) ?? '',
    version: record.name,
    description: stringAt(properties, 'description') ?? '',
    tags: texts(objectAt(properties, 'tags')),
    properties: isJsonObject(properties['properties']) ? texts(properties['properties']) : {},
    uri: stringAt(properties, 'modelUri') ?? '',
    ...(runId === undefined ? {} : { runId }),
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
    userName: record.systemData.createdBy,
  };
}
