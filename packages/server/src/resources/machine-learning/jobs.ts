// Jobs: command jobs. The definition is stored once; status and times are those of the run, which is the same record.
// Source: contracts/azureml-rest.md §1 (Job update), §6 Jobs; contracts/azureml-jobs.md.

import { Type } from 'typebox';
import { action, type ActionCall } from '#arm/action.ts';
import { type AnyResourceType, defineResourceType, type Draft } from '#arm/resource-type.ts';
import { Fault, isFault } from '#kernel/faults.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { type JobStatus, jobStates } from '#kernel/job-status.ts';
import { isTerminal } from '#kernel/state-machine.ts';
import type { RunRecord } from '#storage/run-store.ts';
import type { ResourcePorts } from '../ports.ts';
import { machineLearningVersions } from './api-versions.ts';

const OTHER_KINDS = ['AutoML', 'Pipeline', 'Sweep', 'Spark', 'Labeling', 'FineTuning'];
/** What a PUT on an existing job may change; its definition has run and stays. */
const CHANGEABLE = ['description', 'displayName', 'isArchived', 'tags', 'properties'];
const ENDED: ReadonlySet<string> = new Set(['Completed', 'Failed', 'Canceled']);
/** With this version azure-ai-ml reads the job that it follows. */
const FOLLOWED_VERSION = '2024-01-01-preview';
const Text = Type.Optional(Type.Union([Type.String({ maxLength: 8192 }), Type.Null()]));
const Strings = Type.Optional(Type.Union([Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()])), Type.Null()]));

export function jobs(workspaces: AnyResourceType, ports: Pick<ResourcePorts, 'jobs' | 'sites'>) {
  return defineResourceType({
    type: 'Microsoft.MachineLearningServices/workspaces/jobs',
    parent: workspaces,
    kind: 'proxy',
    apiVersions: machineLearningVersions,
    name: /^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,254}$/,
    nameRule: 'has 1 to 255 letters, digits, - or _, and starts with a letter or digit',
    isNameCaseSensitive: true,
    hasProvisioningState: false,
    properties: Type.Object({
      jobType: Type.String({ minLength: 1 }),
      displayName: Text,
      description: Text,
      experimentName: Type.Optional(Type.Union([Type.String({ maxLength: 255 }), Type.Null()])),
      isArchived: Type.Boolean({ default: false }),
      tags: Strings,
      properties: Strings,
      command: Type.Optional(Type.String()),
      codeId: Text,
      environmentId: Text,
      computeId: Text,
      environmentVariables: Strings,
    }),
    readOnly: ['/status', '/parameters'],
    refuses: [{ at: '/jobType', values: OTHER_KINDS, code: 'JobTypeNotSupported', why: 'this server runs command jobs. Write what is to run as a job of type command.' }],
    filters: { jobType: { equals: '/jobType' }, tag: { entries: '/tags' }, properties: { entries: '/properties' }, listViewType: { view: '/isArchived' } },
    list: { order: 'newest' },
    validate(_ctx, { desired, current, reject }) {
      const kind = desired.properties.jobType;
      if (OTHER_KINDS.some((known) => known.toLowerCase() === kind.toLowerCase())) return;
      // Azure: `Base` is the form of a run that a client made through MLflow, without a definition.
      if (kind.toLowerCase() !== 'command' && kind.toLowerCase() !== 'base') return reject('properties.jobType', `jobType is '${kind}'; Command is accepted.`);
      if (current === undefined && kind.toLowerCase() === 'command') ports.jobs.check(desired.properties);
    },
    async prepare(_ctx, { desired, current }) {
      if (current !== undefined) {
        const changed = Object.fromEntries(CHANGEABLE.flatMap((name) => (objectAt(desired, 'properties')[name] === undefined ? [] : [[name, objectAt(desired, 'properties')[name]]])));
        return { ...desired, properties: { ...current.properties, ...changed } };
      }
      const { properties } = desired;
      const isBase = properties.jobType.toLowerCase() === 'base';
      if (!isBase) await ports.jobs.checkEnvironment(desired.parentKey, properties);
      return {
        ...desired,
        properties: {
          ...properties,
          ...(isBase ? {} : await placedOutputs(ports, desired)),
          jobType: isBase ? 'Base' : 'Command',
          experimentName: properties.experimentName || 'Default',
          displayName: properties.displayName || desired.name,
        },
      };
    },
    async onWrite(tx, ctx, { resource, previous }) {
      const { displayName } = resource.properties;
      if (previous !== undefined && typeof displayName === 'string' && displayName !== previous.properties.displayName) await ports.jobs.rename(tx, resource.parentKey, resource.name, displayName);
      if (previous !== undefined || resource.properties.jobType === 'Base') return;
      await ports.jobs.submit(tx, ctx, { workspaceKey: resource.parentKey, workspaceId: workspaceIdOf(resource.id), jobName: resource.name, properties: resource.properties });
    },
    async mayDelete(_ctx, { resource, db }) {
      const run = (await ports.jobs.runs(db, resource.parentKey, [resource.name])).get(resource.name);
      if (run !== undefined && !isTerminal(jobStates, run.status))
        throw new Fault('conflict', 'JobNotTerminal', `The job ${resource.name} is ${run.status}; cancel it and wait for its end before deleting it.`);
    },
    async onDelete(tx, ctx, resource, how) {
      if (how === 'removed') await ports.jobs.remove(tx, ctx, resource.parentKey, resource.name);
      // Why not by its type: the properties may be sealed, and the key gone. Runs of clients are no jobs of the engine.
      else await ports.jobs.requestCancel(tx, ctx, resource.parentKey, resource.name).catch(ignoreNotFound);
    },
    async view(_ctx, resources, db) {
      const byWorkspace = Map.groupBy(resources, (resource) => resource.parentKey);
      const live = new Map<string, JsonObject>();
      for (const [workspaceKey, members] of byWorkspace) {
        const runs = await ports.jobs.runs(
          db,
          workspaceKey,
          members.map((member) => member.name),
        );
        for (const member of members)
          live.set(member.key, liveProperties(member.properties, runs.get(member.name), ports.sites.studioJob(workspaceIdOf(member.id), member.name), ports.sites.api(), member));
      }
      return live;
    },
    // Azure: the default output is there from the start. Why not in this version: the clients that read jobs with it
    // (azure-ai-ml 1.34 and 1.35) then follow the log there, with a signature they make of another signature, not by the run's details.
    shape(body, apiVersion) {
      const properties = objectAt(body, 'properties');
      const isEnded = ENDED.has(stringAt(properties, 'status') ?? '');
      if (apiVersion !== FOLLOWED_VERSION || isEnded) return body;
      const { default: _artifacts, ...outputs } = objectAt(properties, 'outputs');
      return { ...body, properties: { ...properties, outputs } };
    },
    actions: {
      cancel: action({
        async run(ctx, { resource, database }: ActionCall<unknown, unknown>) {
          await database.transaction((tx) => ports.jobs.requestCancel(tx, ctx, resource.parentKey, resource.name));
          return undefined;
        },
        status: 200,
      }),
    },
  });
}

function workspaceIdOf(jobId: string): string {
  return jobId.split('/').slice(0, 9).join('/');
}

/** Where each output goes is settled when the job is made: another default datastore later moves nothing. */
async function placedOutputs(ports: Pick<ResourcePorts, 'jobs'>, { name, parentKey, properties }: Draft<unknown>): Promise<JsonObject> {
  const outputs = Object.entries(objectAt(properties, 'outputs'));
  const isOpen = (output: unknown): boolean => /^(?:$|.*\$\{\{)/.test(stringAt(output, 'uri') ?? '');
  if (!outputs.some(([, output]) => isJsonObject(output) && isOpen(output))) return {};
  const uris = await ports.jobs.outputUris(parentKey, name, isJsonObject(properties) ? properties : {});
  return { outputs: Object.fromEntries(outputs.map(([key, output]) => [key, isJsonObject(output) && isOpen(output) && uris.has(key) ? { ...output, uri: uris.get(key) } : output])) };
}

/** Status and times of the run, the built-in services and the default output of every job. */
function liveProperties(properties: unknown, run: RunRecord | undefined, studioUrl: string, apiOrigin: string, job: { readonly name: string; readonly id: string }): JsonObject {
  const status: JobStatus = run?.status ?? 'NotStarted';
  const reason = run?.statusReason ?? undefined;
  const times = { ...(run?.startedAt ? { StartTimeUtc: run.startedAt.toISOString() } : {}), ...(run?.endedAt ? { EndTimeUtc: run.endedAt.toISOString() } : {}) };
  return {
    status,
    properties: {
      ...objectAt(properties, 'properties'),
      ...times,
      ...(reason === undefined ? {} : { statusReason: stringAt(reason, 'message') ?? '', statusReasonCode: stringAt(reason, 'code') ?? '' }),
    },
    services: {
      ...objectAt(properties, 'services'),
      Tracking: {
        jobServiceType: 'Tracking',
        port: null,
        endpoint: `azureml://${new URL(apiOrigin).host}/mlflow/v1.0${workspaceIdOf(job.id)}?`,
        status: null,
        errorMessage: null,
        properties: null,
        nodes: null,
      },
      Studio: { jobServiceType: 'Studio', port: null, endpoint: studioUrl, status: null, errorMessage: null, properties: null, nodes: null },
    },
    outputs: {
      ...objectAt(properties, 'outputs'),
      default: artifactsOutput(job.name),
    },
  };
}

function artifactsOutput(jobName: string): JsonObject {
  return {
    jobOutputType: 'uri_folder',
    mode: 'ReadWriteMount',
    uri: `azureml://datastores/workspaceartifactstore/ExperimentRun/dcid.${jobName}`,
    assetName: null,
    assetVersion: null,
    description: null,
  };
}

function ignoreNotFound(error: unknown): void {
  if (!isFault(error, 'notFound')) throw error;
}
