// JobFile: a command job in the YAML of `az ml`, and its REST form. Source: contracts/azureml-jobs.md §1-2.

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isJsonObject, type JsonObject, numberAt, objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import { parse } from 'yaml';
import { CommandError } from './exit-status.ts';

/** What a YAML file says, with local paths made absolute and not yet uploaded. */
export interface JobFile {
  readonly name: string | undefined;
  /** Absolute folder or file of the code, or a reference that the server knows. */
  readonly code: { readonly local: string } | { readonly id: string } | undefined;
  readonly environment: { readonly id: string } | { readonly conda: string | undefined; readonly image: string | undefined };
  /** REST properties without codeId and environmentId; local input paths under `localInputs`. */
  readonly properties: JsonObject;
  readonly localInputs: readonly { readonly name: string; readonly path: string }[];
}

const MODES: Readonly<Record<string, string>> = { ro_mount: 'ReadOnlyMount', rw_mount: 'ReadWriteMount', download: 'Download', upload: 'Upload', direct: 'Direct' };
const KNOWN = new Set([
  '$schema',
  'type',
  'name',
  'display_name',
  'experiment_name',
  'description',
  'tags',
  'properties',
  'command',
  'code',
  'environment',
  'environment_variables',
  'compute',
  'inputs',
  'outputs',
  'limits',
  'resources',
  'distribution',
  'identity',
]);
const KNOWN_OF_ENVIRONMENT = new Set(['$schema', 'name', 'version', 'image', 'conda_file', 'os_type', 'description', 'tags', 'properties', 'inference_config']);
const IDENTITIES: Readonly<Record<string, string>> = { managed: 'Managed', managed_identity: 'Managed', user_identity: 'UserIdentity', aml_token: 'AMLToken' };
const RESOURCES = new Set(['instance_count', 'instance_type', 'shm_size', 'docker_args', 'properties']);

/** Reads and checks the file. Throws a usage error that names the key. */
export function readJobFile(file: string): JobFile {
  const folder = dirname(resolve(file));
  const yaml: unknown = parseYaml(file);
  if (!isJsonObject(yaml)) throw usage(file, 'is not a mapping of keys to values');
  const type = stringAt(yaml, 'type') ?? 'command';
  if (type !== 'command') throw usage(file, `is a job of type ${type}; this command submits command jobs`);
  if (yaml['services'] !== undefined) throw usage(file, 'asks for services; jobs run without interactive services here. Leave them out');
  const unknown = [...Object.keys(yaml).filter((key) => !KNOWN.has(key)), ...Object.keys(objectAt(yaml, 'resources')).flatMap((key) => (RESOURCES.has(key) ? [] : [`resources.${key}`]))];
  if (unknown.length > 0) throw usage(file, `has unknown keys: ${unknown.join(', ')}`);
  const command = stringAt(yaml, 'command');
  if (command === undefined) throw usage(file, 'has no command');

  const localInputs: { name: string; path: string }[] = [];
  const inputs = Object.fromEntries(
    Object.entries(objectAt(yaml, 'inputs')).map(([name, value]) => {
      if (!isJsonObject(value)) return [name, { jobInputType: 'literal', value: String(value) }];
      const path = stringAt(value, 'path');
      if (path === undefined) throw usage(file, `has an input ${name} without a path`);
      const isLocal = !/^(azureml:|https?:|wasbs?:|abfss?:|\/subscriptions\/)/.test(path);
      if (isLocal) localInputs.push({ name, path: resolve(folder, path.replace(/^file:/, '')) });
      return [name, { jobInputType: stringAt(value, 'type') ?? 'uri_folder', uri: isLocal ? '' : path, mode: mode(file, stringAt(value, 'mode') ?? 'ro_mount') }];
    }),
  );
  const outputs = Object.fromEntries(
    Object.entries(objectAt(yaml, 'outputs')).map(([name, value]) => {
      const path = stringAt(value, 'path');
      return [
        name,
        {
          jobOutputType: stringAt(value, 'type') ?? 'uri_folder',
          mode: mode(file, stringAt(value, 'mode') ?? 'rw_mount'),
          ...(path === undefined ? {} : { uri: path }),
          ...(stringAt(value, 'name') === undefined ? {} : { assetName: stringAt(value, 'name') }),
        },
      ];
    }),
  );
  const timeout = numberAt(objectAt(yaml, 'limits'), 'timeout');
  const resources = objectAt(yaml, 'resources');
  const variables = Object.fromEntries(Object.entries(objectAt(yaml, 'environment_variables')).map(([key, value]) => [key, String(value)]));
  return {
    name: stringAt(yaml, 'name'),
    code: codeOf(yaml, folder),
    environment: environmentOf(file, yaml, folder),
    localInputs,
    properties: compact({
      jobType: 'Command',
      command,
      displayName: stringAt(yaml, 'display_name'),
      experimentName: stringAt(yaml, 'experiment_name'),
      description: stringAt(yaml, 'description'),
      tags: objectAt(yaml, 'tags'),
      properties: objectAt(yaml, 'properties'),
      computeId: stringAt(yaml, 'compute')?.replace(/^azureml:/, ''),
      environmentVariables: variables,
      inputs,
      outputs,
      limits: timeout === undefined ? undefined : { jobLimitsType: 'Command', timeout: `PT${timeout}S` },
      resources: compact({
        instanceCount: numberAt(resources, 'instance_count'),
        instanceType: stringAt(resources, 'instance_type'),
        shmSize: stringAt(resources, 'shm_size'),
        dockerArgs: stringAt(resources, 'docker_args'),
        properties: objectAt(resources, 'properties'),
      }),
      identity: identityOf(file, objectAt(yaml, 'identity')),
      distribution: distributionOf(objectAt(yaml, 'distribution')),
    }),
  };
}

function parseYaml(file: string): unknown {
  const text = readText(file, file);
  try {
    return parse(text);
  } catch (error) {
    throw usage(file, `is not YAML: ${error instanceof Error ? error.message.trim() : String(error)}`);
  }
}

/** Throws a usage error about `mentionedIn`, the job file. */
function readText(path: string, mentionedIn: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const why = isMissing ? 'does not exist' : `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    throw usage(mentionedIn, path === mentionedIn ? why : `names ${path}, which ${why}`);
  }
}

function codeOf(yaml: JsonObject, folder: string): JobFile['code'] {
  const code = stringAt(yaml, 'code');
  if (code === undefined) return undefined;
  return /^(azureml:|\/subscriptions\/)/.test(code) ? { id: code.replace(/^azureml:(?=\/)/, '') } : { local: resolve(folder, code) };
}

function environmentOf(file: string, yaml: JsonObject, folder: string): JobFile['environment'] {
  const value = yaml['environment'];
  if (typeof value === 'string') return { id: value.replace(/^azureml:(?=\/[^/])/, '') };
  if (!isJsonObject(value)) throw usage(file, 'has no environment; give `environment: azureml:NAME@latest` or an inline one with conda_file');
  if (value['build'] !== undefined) throw usage(file, 'asks for an image built from a Dockerfile (environment.build); images are not built here. Give environment a conda_file instead');
  const unknown = Object.keys(value).filter((key) => !KNOWN_OF_ENVIRONMENT.has(key));
  if (unknown.length > 0) throw usage(file, `has unknown keys: ${unknown.map((key) => `environment.${key}`).join(', ')}`);
  const conda = value['conda_file'];
  const text = typeof conda === 'string' ? readText(resolve(folder, conda), file) : isJsonObject(conda) ? JSON.stringify(conda) : undefined;
  return { conda: text, image: stringAt(value, 'image') };
}

function distributionOf(value: JsonObject): JsonObject | undefined {
  const type = stringAt(value, 'type');
  if (type === undefined) return undefined;
  const names: Readonly<Record<string, string>> = { pytorch: 'PyTorch', mpi: 'Mpi', tensorflow: 'TensorFlow' };
  return compact({
    distributionType: names[type.toLowerCase()] ?? type,
    processCountPerInstance: numberAt(value, 'process_count_per_instance'),
    workerCount: numberAt(value, 'worker_count'),
    parameterServerCount: numberAt(value, 'parameter_server_count'),
  });
}

function identityOf(file: string, value: JsonObject): JsonObject | undefined {
  const type = stringAt(value, 'type');
  if (type === undefined) return undefined;
  const identityType = IDENTITIES[type.toLowerCase()];
  if (identityType === undefined) throw usage(file, `has identity.type ${type}; ${Object.keys(IDENTITIES).join(', ')} are accepted`);
  return compact({ identityType, clientId: stringAt(value, 'client_id'), objectId: stringAt(value, 'object_id'), resourceId: stringAt(value, 'resource_id') ?? stringAt(value, 'msi_resource_id') });
}

function mode(file: string, text: string): string {
  const known = MODES[text];
  if (known === undefined) throw usage(file, `has mode ${text}; ${Object.keys(MODES).join(', ')} are accepted`);
  return known;
}

/** The object without undefined members and empty objects. */
function compact(value: Readonly<Record<string, JsonObject[string]>>): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined && !(isJsonObject(member) && Object.keys(member).length === 0)));
}

function usage(file: string, what: string): CommandError {
  return new CommandError(`${file} ${what}${what.includes('\n') ? '' : '.'}`, 2);
}
