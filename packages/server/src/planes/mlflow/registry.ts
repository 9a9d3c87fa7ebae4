// The registry: model assets of the workspace with what only MLflow's view of them has (aliases, stages).
// Source: contracts/mlflow.md §7.

import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import type { Page } from '#kernel/page.ts';
import type { Database } from '#storage/database.ts';
import { deleteModelAlias, deleteModelMarks, listModelMarks, type ModelMarks, setModelAlias, setModelStage } from '#storage/model-mark-store.ts';
import { doesNotExist, invalidParameter, quote } from '#tracking/faults.ts';
import { checkMaxResults, offsetOf, pageOf, type PageRequest } from '#tracking/paging.ts';
import { parseFilter, parseOrders } from '#tracking/search-grammar.ts';
import { compareBy, satisfies } from '#tracking/search-memory.ts';
import { MODEL_VERSION_SEARCH, REGISTERED_MODEL_SEARCH } from '#tracking/search-vocabulary.ts';
import type { ModelAssets, ModelContainer, ModelVersion } from './ports.ts';
import { modelReader, versionNumber, versionReader } from './registry-readers.ts';

export const STAGES = ['None', 'Staging', 'Production', 'Archived'] as const;
export type Stage = (typeof STAGES)[number];

export interface VersionView extends ModelVersion {
  readonly stage: string;
  readonly aliases: readonly string[];
}

export interface ModelView extends ModelContainer {
  readonly aliases: ReadonlyMap<string, string>;
  /** Newest of each stage. */
  readonly latest: readonly VersionView[];
}

export interface SearchRequest extends PageRequest {
  readonly filter: string;
  readonly orderBy: readonly string[];
}

const PROMPT_TAG = 'mlflow.prompt.is_prompt';

export class Registry {
  readonly #database: Database;
  readonly #assets: ModelAssets;

  constructor(deps: { readonly database: Database; readonly assets: ModelAssets }) {
    this.#database = deps.database;
    this.#assets = deps.assets;
  }

  /** Throws `notFound` in MLflow's words. */
  async getModel(ctx: Context, workspaceKey: string, name: string): Promise<ModelView> {
    const container = await this.#getContainer(ctx, workspaceKey, name);
    const versions = await this.#assets.listVersions(ctx, workspaceKey, name);
    return modelView(container, versions, await listModelMarks(this.#database.sql, workspaceKey, [name]));
  }

  async getVersion(ctx: Context, workspaceKey: string, name: string, version: string): Promise<VersionView> {
    if (!/^\d{1,18}$/.test(version)) throw invalidParameter(`Invalid value ${quote(version)} for parameter 'version' supplied: a model version is a whole number.`, 'version');
    const found = await this.#assets.findVersion(ctx, workspaceKey, name, String(BigInt(version)));
    if (found === undefined) throw doesNotExist(`Model Version (name=${name}, version=${version}) not found`);
    return versionView(found, await listModelMarks(this.#database.sql, workspaceKey, [name]));
  }

  /** The newest version of each of these stages; of all without any. */
  async latestVersions(ctx: Context, workspaceKey: string, name: string, stages: readonly string[]): Promise<readonly VersionView[]> {
    const wanted = stages.map(canonicalStage);
    const { latest } = await this.getModel(ctx, workspaceKey, name);
    return wanted.length === 0 ? latest : latest.filter((version) => wanted.some((stage) => stage === version.stage));
  }

  async searchModels(ctx: Context, workspaceKey: string, request: SearchRequest): Promise<Page<ModelView>> {
    const limit = checkMaxResults(request.maxResults, 1000);
    const query = ['models', request.filter, request.orderBy];
    const offset = offsetOf(request.pageToken, query);
    const conditions = parseFilter(request.filter, REGISTERED_MODEL_SEARCH);
    const orders = [...parseOrders(request.orderBy, REGISTERED_MODEL_SEARCH), { entity: 'attribute', key: 'name', isAscending: true } as const];
    const isPromptSearch = conditions.some((condition) => condition.entity === 'tag' && condition.key === PROMPT_TAG);
    const containers = (await this.#assets.listContainers(ctx, workspaceKey)).filter((container) => isPromptSearch || container.tags[PROMPT_TAG] !== 'true');
    // Why: clients say "not a prompt" as `tag != 'true'` and mean models without the tag too.
    const isKept = (container: ModelContainer): boolean =>
      conditions.every((c) => satisfies(modelReader(container), c) || (c.key === PROMPT_TAG && c.comparator === '!=' && container.tags[PROMPT_TAG] === undefined));
    const kept = containers.filter(isKept).sort((a, b) => compareBy(orders, modelReader(a), modelReader(b)));
    const page = pageOf(kept.slice(offset, offset + limit + 1), offset, limit, query);
    const [only] = page.items.length === 1 ? page.items : [];
    const versions = await this.#assets.listVersions(ctx, workspaceKey, only?.name);
    const marks = await listModelMarks(
      this.#database.sql,
      workspaceKey,
      page.items.map((container) => container.name),
    );
    const items = page.items.map((container) =>
      modelView(
        container,
        versions.filter((version) => version.name === container.name),
        marks,
      ),
    );
    return page.next === undefined ? { items } : { items, next: page.next };
  }

  async searchVersions(ctx: Context, workspaceKey: string, request: SearchRequest): Promise<Page<VersionView>> {
    const limit = checkMaxResults(request.maxResults, 200_000);
    const query = ['versions', request.filter, request.orderBy];
    const offset = offsetOf(request.pageToken, query);
    const conditions = parseFilter(request.filter, MODEL_VERSION_SEARCH);
    const given = parseOrders(request.orderBy, MODEL_VERSION_SEARCH);
    const orders = [
      ...(given.length > 0 ? given : [{ entity: 'attribute', key: 'last_updated_timestamp', isAscending: false } as const]),
      { entity: 'attribute', key: 'name', isAscending: true } as const,
      { entity: 'attribute', key: 'version_number', isAscending: false } as const,
    ];
    const named = conditions.find((c) => c.entity === 'attribute' && c.key === 'name' && c.comparator === '=');
    const versions = await this.#assets.listVersions(ctx, workspaceKey, named === undefined ? undefined : String(named.value));
    const isKept = (version: ModelVersion): boolean =>
      conditions.every((c) => satisfies(versionReader(version), c) || (c.key === PROMPT_TAG && c.comparator === '!=' && version.tags[PROMPT_TAG] === undefined));
    const kept = versions.filter(isKept).sort((a, b) => compareBy(orders, versionReader(a), versionReader(b)));
    const page = pageOf(kept.slice(offset, offset + limit + 1), offset, limit, query);
    const marks = await listModelMarks(this.#database.sql, workspaceKey, [...new Set(page.items.map((version) => version.name))]);
    const items = page.items.map((version) => versionView(version, marks));
    return page.next === undefined ? { items } : { items, next: page.next };
  }

  async deleteModel(ctx: Context, workspaceKey: string, name: string): Promise<void> {
    await this.#getContainer(ctx, workspaceKey, name);
    await this.#assets.deleteContainer(ctx, workspaceKey, name);
    await this.#database.transaction((tx) => deleteModelMarks(tx, workspaceKey, name));
  }

  async deleteVersion(ctx: Context, workspaceKey: string, name: string, version: string): Promise<void> {
    const found = await this.getVersion(ctx, workspaceKey, name, version);
    await this.#assets.deleteVersion(ctx, workspaceKey, name, found.version);
    await this.#database.transaction((tx) => deleteModelMarks(tx, workspaceKey, name, found.version));
  }

  /** Moves a version to a stage; with `isArchiving`, the others of that stage go to Archived. */
  async transition(ctx: Context, workspaceKey: string, name: string, version: string, to: string, isArchiving: boolean): Promise<VersionView> {
    const stage = canonicalStage(to);
    if (isArchiving && stage !== 'Staging' && stage !== 'Production') {
      throw invalidParameter(`'archive_existing_versions' goes with stages Staging and Production only, not with ${stage}.`, 'archive_existing_versions');
    }
    const found = await this.getVersion(ctx, workspaceKey, name, version);
    const { stages } = await listModelMarks(this.#database.sql, workspaceKey, [name]);
    const others = [...(stages.get(name) ?? [])].filter(([other, mark]) => other !== found.version && mark.stage === stage).map(([other]) => other);
    await this.#database.transaction(async (tx) => {
      await setModelStage(tx, workspaceKey, name, found.version, stage);
      if (isArchiving) for (const other of others) await setModelStage(tx, workspaceKey, name, other, 'Archived');
    });
    return this.getVersion(ctx, workspaceKey, name, found.version);
  }

  async setAlias(ctx: Context, workspaceKey: string, name: string, alias: string, version: string): Promise<void> {
    checkAlias(alias);
    await this.#getContainer(ctx, workspaceKey, name);
    const found = await this.getVersion(ctx, workspaceKey, name, version);
    await this.#database.transaction((tx) => setModelAlias(tx, workspaceKey, name, alias, found.version));
  }

  async deleteAlias(ctx: Context, workspaceKey: string, name: string, alias: string): Promise<void> {
    await this.#getContainer(ctx, workspaceKey, name);
    await this.#database.transaction((tx) => deleteModelAlias(tx, workspaceKey, name, alias));
  }

  async getByAlias(ctx: Context, workspaceKey: string, name: string, alias: string): Promise<VersionView> {
    const model = await this.getModel(ctx, workspaceKey, name);
    if (alias.toLowerCase() === 'latest') {
      const newest = [...model.latest].sort((a, b) => versionNumber(b.version) - versionNumber(a.version))[0];
      if (newest === undefined) throw doesNotExist(`Registered Model with name=${name} has no versions.`);
      return newest;
    }
    const version = model.aliases.get(alias);
    // MLflow answers 400 here, not 404, and clients' tests depend on it.
    if (version === undefined) throw invalidParameter(`Registered model alias ${alias} not found.`, 'alias');
    return this.getVersion(ctx, workspaceKey, name, version);
  }

  async #getContainer(ctx: Context, workspaceKey: string, name: string): Promise<ModelContainer> {
    const container = await this.#assets.findContainer(ctx, workspaceKey, name);
    if (container === undefined) throw doesNotExist(`Registered Model with name=${name} not found`);
    return container;
  }
}

function canonicalStage(stage: string): Stage {
  const found = STAGES.find((known) => known.toLowerCase() === stage.toLowerCase());
  if (found === undefined) throw new Fault('invalid', 'InvalidParameterValue', `Invalid Model Version stage: ${stage}. Value must be one of ${STAGES.join(', ')}.`, { target: 'stage' });
  return found;
}

function checkAlias(alias: string): void {
  if (alias.length > 255 || !/^[\w-]+$/.test(alias)) throw invalidParameter(`Invalid alias name: ${quote(alias)}. It may hold letters, digits, underscores and dashes, at most 255.`, 'alias');
  if (alias.toLowerCase() === 'latest' || /^v\d+$/i.test(alias)) throw invalidParameter(`Alias ${quote(alias)} is reserved; 'latest' and 'v' with a number mean versions.`, 'alias');
}

export function versionView(version: ModelVersion, marks: ModelMarks): VersionView {
  const mark = marks.stages.get(version.name)?.get(version.version);
  const aliases = [...(marks.aliases.get(version.name) ?? [])].filter(([, target]) => target === version.version).map(([alias]) => alias);
  const updatedAt = mark !== undefined && mark.updatedAt > version.updatedAt ? mark.updatedAt : version.updatedAt;
  return { ...version, updatedAt, stage: mark?.stage ?? 'None', aliases };
}

function modelView(container: ModelContainer, versions: readonly ModelVersion[], marks: ModelMarks): ModelView {
  const newest = new Map<string, VersionView>();
  for (const version of versions) {
    const view = versionView(version, marks);
    const known = newest.get(view.stage);
    if (known === undefined || versionNumber(view.version) > versionNumber(known.version)) newest.set(view.stage, view);
  }
  const present = new Set(versions.map((version) => version.version));
  const aliases = new Map([...(marks.aliases.get(container.name) ?? [])].filter(([, version]) => present.has(version)));
  return { ...container, aliases, latest: [...newest.values()] };
}
