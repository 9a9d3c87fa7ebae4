// JobContext: what the hooks of one attempt share. Made anew by every server that takes the job up.

import { appendFileSync } from 'node:fs';
import type { BlobAddress } from '#blobs/blob-service.ts';
import { isoTime } from '#kernel/clock.ts';
import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { type JsonObject, stringAt } from '#kernel/json.ts';
import type { Principal, PrincipalKind } from '#kernel/principal.ts';
import type { AttemptRecord, JobRecord } from '#storage/job-store.ts';
import type { AttemptFolder } from '../files/attempt-folder.ts';
import type { CommandJob } from '../command-job.ts';
import type { JobEngineDeps } from '../engine-deps.ts';
import type { StoragePlace } from '../ports.ts';

/** Ids of the workspace and the experiment of a job, fixed at submission. */
export interface JobScope {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly workspaceName: string;
  /** GUID of the workspace. */
  readonly workspaceId: string;
  readonly experimentId: string;
  readonly experimentName: string;
}

export interface JobContext {
  readonly ctx: Context;
  readonly deps: JobEngineDeps;
  readonly job: JobRecord;
  readonly command: CommandJob;
  readonly scope: JobScope;
  readonly submitter: Principal;
  readonly attempt: AttemptRecord;
  readonly folder: AttemptFolder;
  readonly artifacts: StoragePlace;
  /** Aborts when the server stops, the lease is lost, or the job is to be canceled. */
  readonly signal: AbortSignal;
  /** One line of the system log. */
  line(text: string): void;
}

/** Blob of a run's artifact: `ExperimentRun/dcid.{run}/{path}`. */
export function artifactAddress(artifacts: StoragePlace, jobName: string, path: string): BlobAddress {
  return { ...artifacts, name: `ExperimentRun/dcid.${jobName}/${path}` };
}

export function systemLogWriter(folder: AttemptFolder, ctx: Context): (text: string) => void {
  return (text) => appendFileSync(folder.systemLog, `${isoTime(ctx.clock.now())} ${text}\n`);
}

export function formatScope(scope: JobScope): JsonObject {
  return { ...scope };
}

export function parseScope(raw: JsonObject): JobScope {
  const member = (key: string): string => {
    const value = stringAt(raw, key);
    if (value === undefined) throw new Fault('internal', 'CorruptJob', `The scope of the job has no ${key}.`);
    return value;
  };
  return {
    subscriptionId: member('subscriptionId'),
    resourceGroup: member('resourceGroup'),
    workspaceName: member('workspaceName'),
    workspaceId: member('workspaceId'),
    experimentId: member('experimentId'),
    experimentName: member('experimentName'),
  };
}

const KINDS: readonly PrincipalKind[] = ['User', 'ServicePrincipal', 'ManagedIdentity', 'System', 'Anonymous'];

export function formatPrincipal(principal: Principal): JsonObject {
  return { ...principal };
}

/** The submitter as stored. Groups are read anew where they matter: they may have changed since. */
export function parsePrincipal(raw: JsonObject): Principal {
  const appId = stringAt(raw, 'appId');
  const userPrincipalName = stringAt(raw, 'userPrincipalName');
  return {
    objectId: stringAt(raw, 'objectId') ?? '',
    tenantId: stringAt(raw, 'tenantId') ?? '',
    kind: KINDS.find((kind) => kind === stringAt(raw, 'kind')) ?? 'Anonymous',
    displayName: stringAt(raw, 'displayName') ?? '',
    groups: [],
    ...(appId === undefined ? {} : { appId }),
    ...(userPrincipalName === undefined ? {} : { userPrincipalName }),
  };
}
