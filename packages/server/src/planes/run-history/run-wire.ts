// Runs and their details as clients read them.
// Source: contracts/azure-ai-ml.md §4.11.2, §4.11.3, §5 (run details, run metadata).

import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { RunRecord } from '#storage/run-store.ts';
import type { OutputPlace, RunJob } from './ports.ts';

/** A run and what its job says of it. */
export interface SeenRun {
  readonly run: RunRecord;
  readonly job: RunJob | undefined;
  /** Tags of a run without a job. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Azure: run history names types in Pascal case, Resource Manager in snake case. */
const OUTPUT_TYPES: Readonly<Record<string, string>> = {
  uri_file: 'UriFile',
  uri_folder: 'UriFolder',
  mltable: 'MLTable',
  custom_model: 'CustomModel',
  mlflow_model: 'MLFlowModel',
  triton_model: 'TritonModel',
};

export function runWire({ run, job, tags }: SeenRun): JsonObject {
  const properties = job?.properties;
  const compute = stringAt(properties, 'computeId')?.split('/').at(-1);
  return {
    runId: run.runId,
    dataContainerId: `dcid.${run.runId}`,
    experimentId: run.experimentId,
    parentRunId: run.parentRunId,
    rootRunId: run.parentRunId ?? run.runId,
    displayName: run.displayName,
    description: stringAt(properties, 'description') ?? null,
    status: run.status,
    createdUtc: run.createdAt.toISOString(),
    startTimeUtc: run.startedAt?.toISOString() ?? null,
    endTimeUtc: run.endedAt?.toISOString() ?? null,
    createdBy: { userObjectId: run.userId, userName: run.userName },
    userId: run.userId,
    hidden: properties?.['isArchived'] === true || run.lifecycle === 'deleted',
    runType: run.owner === 'job' ? 'azureml.scriptrun' : 'azureml.mlflow',
    properties: objectAt(properties, 'properties'),
    tags: job?.tags ?? tags,
    target: compute ?? null,
    compute: compute === undefined ? null : { target: compute },
    ...(errorOf(run) === undefined ? {} : { error: errorOf(run) }),
    warnings: [],
    services: {},
    inputs: {},
    outputs: {},
  };
}

export function detailsWire(seen: SeenRun, logs: ReadonlyMap<string, string>): JsonObject {
  const { runId, status, target, startTimeUtc, endTimeUtc, error, warnings, properties, inputs, outputs } = runWire(seen);
  return {
    runId,
    status,
    target,
    startTimeUtc,
    endTimeUtc,
    ...(error === undefined ? {} : { error }),
    warnings,
    properties,
    inputs,
    outputs,
    inputDatasets: [],
    outputDatasets: [],
    logFiles: Object.fromEntries(logs),
    submittedBy: seen.run.userName,
  };
}

/**
 * Outputs by name. Azure: `azure-ai-ml` before 1.35 leaves out data whose type is not in Pascal case, 1.35 and later those
 * whose type is; models are in Pascal case for both.
 */
export function outputsWire(runId: string, outputs: ReadonlyMap<string, OutputPlace>, userAgent: string): JsonObject {
  const [, major, minor] = /azure-ai-ml\/(\d+)\.(\d+)/.exec(userAgent) ?? [];
  const isSnake = major !== undefined && (Number(major) > 1 || Number(minor) >= 35);
  const typeWord = (type: string): string => (isSnake && !type.endsWith('_model') ? type : (OUTPUT_TYPES[type] ?? type));
  return Object.fromEntries([...outputs].map(([name, { type }]) => [name, { assetId: outputAssetId(runId, name), type: typeWord(type) }]));
}

export function resolvedType(place: OutputPlace): string {
  return OUTPUT_TYPES[place.type] ?? place.type;
}

/** The id by which clients ask for the place of an output. */
function outputAssetId(runId: string, name: string): string {
  return `azureml://jobs/${runId}/outputs/${name}`;
}

export function parseOutputAssetId(id: string): { readonly runId: string; readonly name: string } | undefined {
  const [, runId, name] = /^azureml:\/\/jobs\/([^/]+)\/outputs\/([^/]+)\/?$/.exec(id) ?? [];
  return runId === undefined || name === undefined ? undefined : { runId, name };
}

function errorOf(run: RunRecord): JsonObject | undefined {
  if (run.status !== 'Failed' || run.statusReason === null) return undefined;
  const message = stringAt(run.statusReason, 'message') ?? 'The run failed.';
  return { error: { code: 'UserError', message, messageParameters: {}, details: [{ code: stringAt(run.statusReason, 'code') ?? 'Failed', message, details: [] }] } };
}
