// CommandJob: the properties of a Command job as the engine reads them, and the checks made before it is accepted.
// Source: contracts/azureml-jobs.md §3-5; contracts/azureml-rest.md, JobBaseProperties.

import { Fault, type FaultDetail } from '#kernel/faults.ts';
import { isJsonObject, type JsonObject, numberAt, objectAt, stringAt } from '#kernel/json.ts';
import { refuseForeignPlace } from './data-uri.ts';
import { parseDurationSeconds } from './duration.ts';
import { checkExpressions } from './expressions.ts';

export type DataType = 'uri_file' | 'uri_folder' | 'mltable' | 'custom_model' | 'mlflow_model' | 'triton_model';
export type InputMode = 'ReadOnlyMount' | 'Download' | 'Direct';
export type OutputMode = 'ReadWriteMount' | 'Upload' | 'Direct';

export type JobInput = { readonly kind: 'literal'; readonly value: string } | { readonly kind: 'data'; readonly type: DataType; readonly uri: string; readonly mode: InputMode };

export interface JobOutput {
  readonly type: DataType;
  readonly mode: OutputMode;
  readonly uri?: string;
  readonly assetName?: string;
  readonly assetVersion?: string;
}

export type Distribution =
  | { readonly kind: 'none' }
  | { readonly kind: 'PyTorch'; readonly processesPerNode: number }
  | { readonly kind: 'TensorFlow'; readonly workers: number; readonly parameterServers: number };

export interface CommandJob {
  readonly command: string;
  readonly environmentId: string;
  readonly codeId?: string;
  readonly computeId?: string;
  readonly displayName?: string;
  readonly experimentName: string;
  readonly environmentVariables: Readonly<Record<string, string>>;
  readonly inputs: ReadonlyMap<string, JobInput>;
  readonly outputs: ReadonlyMap<string, JobOutput>;
  readonly nodeCount: number;
  readonly distribution: Distribution;
  /** Seconds; 0 for none. */
  readonly timeoutSeconds: number;
  /** `identity` as given: `{identityType, clientId, …}`. */
  readonly identity: JsonObject;
}

const DATA_TYPES: readonly DataType[] = ['uri_file', 'uri_folder', 'mltable', 'custom_model', 'mlflow_model', 'triton_model'];
const INPUT_MODES: readonly InputMode[] = ['ReadOnlyMount', 'Download', 'Direct'];
const OUTPUT_MODES: readonly OutputMode[] = ['ReadWriteMount', 'Upload', 'Direct'];
/** Names become variables of the command's environment and folders. */
const MEMBER_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const IDENTITY_TYPES = ['AMLToken', 'Managed', 'UserIdentity'] as const;
const BUILT_IN_SERVICES = new Set(['tracking', 'studio']);

/** The member of `accepted` that the text means, whatever its case and underscores. */
function oneOf<T extends string>(accepted: readonly T[], text: string): T | undefined {
  const plain = text.toLowerCase().replaceAll('_', '');
  return accepted.find((value) => value.toLowerCase().replaceAll('_', '') === plain);
}

/**
 * Reads and checks `properties` of a Command job. Throws `invalid`/`ValidationError` with one detail for each mistake, and
 * `notImplemented` for what Azure accepts and this engine does not run.
 */
export function parseCommandJob(properties: JsonObject): CommandJob {
  const faults: FaultDetail[] = [];
  const reject = (target: string, message: string): void => {
    faults.push({ code: 'ValidationError', target: `properties.${target}`, message });
  };
  const command = stringAt(properties, 'command') ?? '';
  if (command.trim() === '') reject('command', 'command is empty; a command job needs the command line to run.');
  if (command.includes('\0')) reject('command', 'command contains a NUL character.');
  const environmentId = stringAt(properties, 'environmentId') ?? '';
  if (environmentId === '') reject('environmentId', 'environmentId is missing; name an environment version.');

  const inputs = new Map<string, JobInput>();
  for (const [name, raw] of Object.entries(objectAt(properties, 'inputs'))) {
    if (raw === null) continue;
    if (!MEMBER_NAME.test(name)) reject(`inputs.${name}`, `The input name ${JSON.stringify(name)} is not accepted; letters, digits and underscores are, not starting with a digit.`);
    const input = parseInput(name, raw, reject);
    if (input !== undefined) inputs.set(name, input);
  }
  const outputs = new Map<string, JobOutput>();
  for (const [name, raw] of Object.entries(objectAt(properties, 'outputs'))) {
    // Azure: `default` is the job's artifact store, which the service adds to every job and clients send back.
    if (raw === null || name === 'default') continue;
    if (!MEMBER_NAME.test(name)) reject(`outputs.${name}`, `The output name ${JSON.stringify(name)} is not accepted; letters, digits and underscores are, not starting with a digit.`);
    const output = parseOutput(name, raw, reject);
    if (output !== undefined) outputs.set(name, output);
  }

  const names = { inputs: [...inputs.keys()], outputs: [...outputs.keys()] };
  faults.push(...checkExpressions(command, names, 'properties.command'));
  const environmentVariables: Record<string, string> = {};
  for (const [name, value] of Object.entries(objectAt(properties, 'environmentVariables'))) {
    if (value === null || value === undefined) continue;
    if (!VARIABLE_NAME.test(name)) reject(`environmentVariables.${name}`, `${JSON.stringify(name)} cannot name an environment variable; letters, digits and underscores are accepted.`);
    else if (typeof value === 'object') reject(`environmentVariables.${name}`, `The value of ${name} is not text.`);
    else if (String(value).includes('\0')) reject(`environmentVariables.${name}`, `The value of ${name} contains a NUL character.`);
    else {
      environmentVariables[name] = String(value);
      faults.push(...checkExpressions(String(value), names, `properties.environmentVariables.${name}`));
    }
  }

  const resources = objectAt(properties, 'resources');
  const nodeCount = wholeNumber(resources['instanceCount'], 1);
  if (nodeCount === undefined || nodeCount < 1) reject('resources.instanceCount', `instanceCount is ${JSON.stringify(resources['instanceCount'])}; a whole number from 1 is accepted.`);
  const limit = objectAt(properties, 'limits')['timeout'];
  const timeoutSeconds = limit === undefined || limit === null ? 0 : parseDurationSeconds(String(limit));
  if (timeoutSeconds === undefined) reject('limits.timeout', `limits.timeout is ${JSON.stringify(limit)}; an ISO 8601 duration such as PT1H30M is accepted.`);
  for (const [name, service] of Object.entries(objectAt(properties, 'services'))) {
    const type = stringAt(service, 'jobServiceType') ?? name;
    if (service !== null && !BUILT_IN_SERVICES.has(type.toLowerCase())) {
      throw new Fault('notImplemented', 'JobServiceNotImplemented', `Interactive service ${name} (${type}) is not there yet: jobs run without services. Leave it out.`, {
        target: `properties.services.${name}`,
      });
    }
  }
  const identityType = stringAt(objectAt(properties, 'identity'), 'identityType');
  if (identityType !== undefined && oneOf(IDENTITY_TYPES, identityType) === undefined)
    reject('identity.identityType', `identityType is ${JSON.stringify(identityType)}; ${IDENTITY_TYPES.join(', ')} are accepted.`);
  const distribution = parseDistribution(objectAt(properties, 'distribution'), nodeCount ?? 1, reject);
  if (faults.length > 0) throw new Fault('invalid', 'ValidationError', faults.map((fault) => fault.message).join(' '), { target: faults[0]?.target ?? 'properties', details: faults });
  return {
    command,
    environmentId,
    ...optional('codeId', stringAt(properties, 'codeId')),
    ...optional('computeId', stringAt(properties, 'computeId')),
    ...optional('displayName', stringAt(properties, 'displayName')),
    experimentName: stringAt(properties, 'experimentName') || 'Default',
    environmentVariables,
    inputs,
    outputs,
    nodeCount: nodeCount ?? 1,
    distribution,
    timeoutSeconds: timeoutSeconds ?? 0,
    identity: objectAt(properties, 'identity'),
  };
}

/** Throws the faults of `parseCommandJob`, and `notImplemented` for inputs that lead out of this server; before a job is accepted. */
export function validateCommandJob(properties: JsonObject): void {
  const { inputs } = parseCommandJob(properties);
  for (const [name, input] of inputs) if (input.kind === 'data' && input.mode !== 'Direct') refuseForeignPlace(input.uri, `properties.inputs.${name}.uri`);
}

type Reject = (target: string, message: string) => void;

function parseInput(name: string, raw: unknown, reject: Reject): JobInput | undefined {
  const target = `inputs.${name}`;
  const kind = stringAt(raw, 'jobInputType') ?? '';
  if (kind.toLowerCase() === 'literal') {
    const value = isJsonObject(raw) ? raw['value'] : undefined;
    if (value === undefined || value === null || typeof value === 'object') {
      reject(`${target}.value`, `The literal input ${name} has no value.`);
      return undefined;
    }
    return { kind: 'literal', value: literalText(value) };
  }
  const type = oneOf(DATA_TYPES, kind);
  if (type === undefined) {
    reject(`${target}.jobInputType`, `jobInputType of input ${name} is ${JSON.stringify(kind)}; literal, ${DATA_TYPES.join(', ')} are accepted.`);
    return undefined;
  }
  const uri = stringAt(raw, 'uri') ?? '';
  if (uri === '') reject(`${target}.uri`, `The input ${name} has no uri.`);
  const text = stringAt(raw, 'mode') ?? 'ReadOnlyMount';
  const mode = oneOf(INPUT_MODES, text);
  if (mode === undefined) {
    if (oneOf(['ReadWriteMount', 'EvalMount', 'EvalDownload'], text) !== undefined) {
      throw new Fault('notImplemented', 'InputModeNotImplemented', `Mode ${text} of input ${name} is not there yet; ${INPUT_MODES.join(', ')} are.`, { target: `properties.${target}.mode` });
    }
    reject(`${target}.mode`, `The mode of input ${name} is ${JSON.stringify(text)}; ${INPUT_MODES.join(', ')} are accepted.`);
    return undefined;
  }
  return { kind: 'data', type, uri, mode };
}

function parseOutput(name: string, raw: unknown, reject: Reject): JobOutput | undefined {
  const target = `outputs.${name}`;
  const kind = stringAt(raw, 'jobOutputType') ?? 'uri_folder';
  const type = oneOf(DATA_TYPES, kind);
  if (type === undefined) reject(`${target}.jobOutputType`, `jobOutputType of output ${name} is ${JSON.stringify(kind)}; ${DATA_TYPES.join(', ')} are accepted.`);
  const text = stringAt(raw, 'mode') ?? 'ReadWriteMount';
  const mode = oneOf(OUTPUT_MODES, text);
  if (mode === undefined) reject(`${target}.mode`, `The mode of output ${name} is ${JSON.stringify(text)}; ${OUTPUT_MODES.join(', ')} are accepted.`);
  if (type === undefined || mode === undefined) return undefined;
  const uri = stringAt(raw, 'uri') ?? stringAt(raw, 'path');
  return { type, mode, ...(uri === undefined || uri === '' ? {} : { uri }), ...optional('assetName', stringAt(raw, 'assetName')), ...optional('assetVersion', stringAt(raw, 'assetVersion')) };
}

function parseDistribution(raw: JsonObject, nodeCount: number, reject: Reject): Distribution {
  const type = stringAt(raw, 'distributionType');
  if (type === undefined) return { kind: 'none' };
  switch (type.toLowerCase()) {
    case 'pytorch': {
      const processes = wholeNumber(raw['processCountPerInstance'], 1);
      if (processes === undefined || processes < 1)
        reject('distribution.processCountPerInstance', `processCountPerInstance is ${JSON.stringify(raw['processCountPerInstance'])}; a whole number from 1 is accepted.`);
      return { kind: 'PyTorch', processesPerNode: processes ?? 1 };
    }
    case 'tensorflow': {
      const workers = wholeNumber(raw['workerCount'], nodeCount);
      const parameterServers = wholeNumber(raw['parameterServerCount'], 0);
      if (workers === undefined || workers < 1) reject('distribution.workerCount', `workerCount is ${JSON.stringify(raw['workerCount'])}; a whole number from 1 is accepted.`);
      if (parameterServers === undefined || parameterServers < 0)
        reject('distribution.parameterServerCount', `parameterServerCount is ${JSON.stringify(raw['parameterServerCount'])}; a whole number from 0 is accepted.`);
      return { kind: 'TensorFlow', workers: workers ?? 1, parameterServers: parameterServers ?? 0 };
    }
    case 'mpi':
    case 'ray':
      throw new Fault('notImplemented', 'DistributionNotImplemented', `Distribution ${type} is not there yet; PyTorch and TensorFlow are.`, { target: 'properties.distribution' });
    default:
      reject('distribution.distributionType', `distributionType is ${JSON.stringify(type)}; PyTorch and TensorFlow are accepted.`);
      return { kind: 'none' };
  }
}

/** Azure: literals are strings on the wire; a number or a boolean that came anyway prints as the service prints it. */
function literalText(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return String(value);
}

function wholeNumber(raw: unknown, whenAbsent: number): number | undefined {
  if (raw === undefined || raw === null) return whenAbsent;
  const value = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : numberAt({ raw: typeof raw === 'number' ? raw : null }, 'raw');
  return value !== undefined && Number.isInteger(value) ? value : undefined;
}

function optional<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  const result: { [P in K]?: string } = {};
  if (value !== undefined && value !== '') result[key] = value;
  return result;
}
