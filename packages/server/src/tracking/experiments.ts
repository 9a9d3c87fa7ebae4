// Experiments of a workspace. `Default` comes into being when it is first asked for; `0` is another word for it, for
// clients that know no GUIDs. Source: contracts/mlflow.md §3, §15.3.

import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import type { Page } from '#kernel/page.ts';
import type { Database, Sql, Tx } from '#storage/database.ts';
import {
  deleteExperimentTag,
  type ExperimentRecord,
  findExperiment,
  findExperimentByName,
  insertExperiment,
  type Lifecycle,
  renameExperiment,
  searchExperiments,
  setExperimentLifecycle,
  setExperimentTag,
} from '#storage/experiment-store.ts';
import { ensureExperiment } from '#storage/run-store.ts';
import { doesNotExist, invalidParameter, quote } from './faults.ts';
import { checkKey, checkLength, LIMITS } from './limits.ts';
import { checkMaxResults, offsetOf, pageOf, type PageRequest } from './paging.ts';
import type { RunDataKeys, WorkspaceAccounts } from './ports.ts';
import { checkNotJob, ownRunOf } from './run/access.ts';
import { parseFilter, parseOrders } from './search-grammar.ts';
import { selectExperiments } from './sealed/experiment-search.ts';
import { EXPERIMENT_SEARCH } from './search-vocabulary.ts';

export const DEFAULT_EXPERIMENT = 'Default';
const DEFAULT_ALIAS = '0';
/** Places a client writes to by itself, with its own credentials. */
const CLIENT_SIDE_LOCATION = /^(s3|gs|gcs|wasbs?|abfss?|azureml|https?|hdfs|dbfs|ftp|sftp|r2|oss):\/\/[^#;]+$/;

export interface ExperimentSearchRequest extends PageRequest {
  readonly filter: string;
  readonly orderBy: readonly string[];
  readonly lifecycle: Lifecycle;
}

export interface Experiments {
  create(ctx: Context, workspaceKey: string, request: { readonly name: string; readonly artifactLocation?: string; readonly tags: Readonly<Record<string, string>> }): Promise<ExperimentRecord>;
  /** Deleted ones too. Throws `notFound`. */
  get(workspaceKey: string, id: string): Promise<ExperimentRecord>;
  getByName(workspaceKey: string, name: string): Promise<ExperimentRecord>;
  search(workspaceKey: string, request: ExperimentSearchRequest): Promise<Page<ExperimentRecord>>;
  rename(ctx: Context, workspaceKey: string, id: string, name: string): Promise<void>;
  delete(ctx: Context, workspaceKey: string, id: string): Promise<void>;
  restore(ctx: Context, workspaceKey: string, id: string): Promise<void>;
  setTag(ctx: Context, workspaceKey: string, id: string, key: string, value: string): Promise<void>;
  deleteTag(ctx: Context, workspaceKey: string, id: string, key: string): Promise<void>;
  /** Ids as stored, `0` replaced by the id of Default where that exists. */
  canonicalIds(workspaceKey: string, ids: readonly string[]): Promise<readonly string[]>;
}

export function createExperiments(deps: { readonly database: Database; readonly accounts: WorkspaceAccounts; readonly keys: RunDataKeys }): Experiments {
  const { database, accounts, keys } = deps;
  const db = database.sql;

  async function checkWorkspace(workspaceKey: string): Promise<void> {
    if ((await accounts.find(workspaceKey)) === undefined) throw doesNotExist(`There is no workspace ${workspaceKey.split('/').at(-1) ?? ''} in this resource group.`);
  }

  async function getDefault(workspaceKey: string): Promise<ExperimentRecord> {
    const found = await findExperimentByName(db, workspaceKey, DEFAULT_EXPERIMENT);
    if (found !== undefined) return found;
    await checkWorkspace(workspaceKey);
    await database.transaction((tx) => ensureExperiment(tx, workspaceKey, DEFAULT_EXPERIMENT));
    const made = await findExperimentByName(db, workspaceKey, DEFAULT_EXPERIMENT);
    if (made === undefined) throw doesNotExist('The experiment Default was removed at this moment; try again.');
    return made;
  }

  async function get(workspaceKey: string, id: string): Promise<ExperimentRecord> {
    if (id === DEFAULT_ALIAS) return getDefault(workspaceKey);
    const found = await findExperiment(db, workspaceKey, id);
    if (found === undefined) throw doesNotExist(`No Experiment with id=${id} exists`);
    return found;
  }

  async function change(ctx: Context, workspaceKey: string, id: string, act: string, write: (tx: Tx, experiment: ExperimentRecord) => Promise<void>): Promise<void> {
    checkNotJob(ctx, workspaceKey, act);
    const experiment = await get(workspaceKey, id);
    await database.transaction((tx) => write(tx, experiment));
  }

  return {
    async create(ctx, workspaceKey, request) {
      ownRunOf(ctx, workspaceKey);
      const { name, artifactLocation, tags } = request;
      checkExperimentName(name);
      if (artifactLocation !== undefined) checkLocation(artifactLocation);
      for (const [key, value] of Object.entries(tags)) checkExperimentTag(key, value);
      await checkWorkspace(workspaceKey);
      return database.transaction((tx) => insertExperiment(tx, { workspaceKey, name, tags, ...(artifactLocation === undefined ? {} : { artifactLocation }) }));
    },

    get,

    async getByName(workspaceKey, name) {
      if (name === DEFAULT_EXPERIMENT) return getDefault(workspaceKey);
      const found = await findExperimentByName(db, workspaceKey, name);
      if (found === undefined) throw doesNotExist(`Could not find experiment with name '${name}'`);
      return found;
    },

    async search(workspaceKey, request) {
      const limit = checkMaxResults(request.maxResults, 50_000);
      const query = [request.filter, request.orderBy, request.lifecycle];
      const offset = offsetOf(request.pageToken, query);
      const conditions = parseFilter(request.filter, EXPERIMENT_SEARCH);
      const orders = parseOrders(request.orderBy, EXPERIMENT_SEARCH);
      const search = { workspaceKey, lifecycle: request.lifecycle, conditions, orders, offset, limit: limit + 1 };
      const rows = (await keys.isSealed(workspaceKey)) ? await selectExperiments(db, search) : await searchExperiments(db, search);
      return pageOf(rows, offset, limit, query);
    },

    rename: (ctx, workspaceKey, id, name) =>
      change(ctx, workspaceKey, id, 'rename experiments', async (tx, experiment) => {
        checkExperimentName(name);
        checkActive(experiment);
        if (!(await renameExperiment(tx, experiment, name))) {
          throw new Fault('invalid', 'BadRequest', `An experiment named '${name}' exists in this workspace already; choose another name.`);
        }
      }),

    delete: (ctx, workspaceKey, id) =>
      change(ctx, workspaceKey, id, 'delete experiments', async (tx, experiment) => {
        if (experiment.lifecycle === 'deleted') throw doesNotExist(`Experiment ${experiment.id} is deleted already.`);
        await setExperimentLifecycle(tx, experiment.id, 'deleted');
      }),

    restore: (ctx, workspaceKey, id) =>
      change(ctx, workspaceKey, id, 'restore experiments', async (tx, experiment) => {
        if (experiment.lifecycle === 'active') throw doesNotExist(`No deleted experiment with id=${experiment.id} exists; this one is active.`);
        await setExperimentLifecycle(tx, experiment.id, 'active');
      }),

    setTag: (ctx, workspaceKey, id, key, value) =>
      change(ctx, workspaceKey, id, 'tag experiments', async (tx, experiment) => {
        checkExperimentTag(key, value);
        checkActive(experiment);
        await setExperimentTag(tx, experiment, key, value);
      }),

    deleteTag: (ctx, workspaceKey, id, key) =>
      change(ctx, workspaceKey, id, 'untag experiments', async (tx, experiment) => {
        checkActive(experiment);
        if (!(await deleteExperimentTag(tx, experiment, key))) throw doesNotExist(`Experiment ${experiment.id} has no tag ${quote(key)}.`);
      }),

    canonicalIds: (workspaceKey, ids) => canonicalIds(db, workspaceKey, ids),
  };
}

async function canonicalIds(db: Sql, workspaceKey: string, ids: readonly string[]): Promise<readonly string[]> {
  if (!ids.includes(DEFAULT_ALIAS)) return ids;
  const found = await findExperimentByName(db, workspaceKey, DEFAULT_EXPERIMENT);
  return ids.flatMap((id) => (id !== DEFAULT_ALIAS ? [id] : found === undefined ? [] : [found.id]));
}

function checkExperimentName(name: string): void {
  checkLength('An experiment name', name, LIMITS.experimentNameChars);
}

function checkExperimentTag(key: string, value: string): void {
  checkKey('tag', key, 'key');
  checkLength(`The value of experiment tag ${quote(key)}`, value, LIMITS.experimentTagValueChars);
}

export function checkActive(experiment: ExperimentRecord): void {
  if (experiment.lifecycle === 'active') return;
  throw invalidParameter(`The experiment ${experiment.id} must be in the 'active' state. Current state is deleted.`);
}

function checkLocation(location: string): void {
  checkLength('An artifact location', location, LIMITS.locationChars);
  if (CLIENT_SIDE_LOCATION.test(location) && !/(^|[/?&=])\.\.([/&]|$)/.test(location)) return;
  throw invalidParameter(
    `Invalid value ${quote(location)} for parameter 'artifact_location' supplied: leave it out to keep artifacts in the workspace's own storage, or give a store that clients reach by themselves, such as s3://, gs://, wasbs:// or abfss://, without '..', fragment or parameters.`,
    'artifact_location',
  );
}
