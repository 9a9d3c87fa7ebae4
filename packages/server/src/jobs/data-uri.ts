// DataUri: where an input, an output or code lives, as written by clients.
// Source: contracts/azureml-jobs.md §2 "References".

import { Fault } from '#kernel/faults.ts';

export type DataUri =
  /** In a datastore: of the given workspace, or of the job's own. */
  | { readonly kind: 'datastore'; readonly workspaceKey?: string; readonly datastore: string; readonly path: string }
  /** Output of a job of the same workspace; `artifacts` and `default` name its artifact store. */
  | { readonly kind: 'jobOutput'; readonly jobName: string; readonly output: string; readonly path: string }
  /** A data or model asset version, to be looked up. */
  | { readonly kind: 'asset'; readonly noun: 'data' | 'models' | undefined; readonly ref: string }
  /** http(s), wasb(s): perhaps one of our own blobs. */
  | { readonly kind: 'url'; readonly url: string };

const SHORT_DATASTORE = /^azureml:\/\/datastores\/([^/]+)\/paths\/?(.*)$/is;
const LONG_DATASTORE = /^azureml:\/\/(subscriptions\/[^/]+\/resourcegroups\/[^/]+)(?:\/providers\/microsoft\.machinelearningservices)?\/workspaces\/([^/]+)\/datastores\/([^/]+)\/paths\/?(.*)$/is;
const JOB_OUTPUT = /^azureml:\/\/jobs\/([^/]+)\/outputs\/([^/]+)(?:\/paths\/?(.*))?$/is;
const RUN_ARTIFACT = /^runs:\/+([^/]+)\/?(.*)$/is;
const ARM_ASSET = /^(?:azureml:)?(\/subscriptions\/.+\/workspaces\/[^/]+\/(data|models)\/[^/]+\/(?:versions|labels)\/[^/]+)$/i;
const LOCATION_ASSET = /^azureml:\/\/locations\/[^/]+\/workspaces\/[^/]+\/(data|models)\/([^/]+)\/(versions|labels)\/([^/]+)$/i;
const REGISTRY = /^azureml:\/\/registries\/([^/]+)(?:\/([^/]+)\/([^/]+))?/i;
const FOREIGN_SCHEME = /^(?:abfss?|adl|git|git\+https|s3):/i;
const NAMED_ASSET = /^azureml:([A-Za-z0-9][\w.-]*)(?::([\w.-]+)|@([\w.-]+))$/;

/** Throws `invalid`/`InvalidUri` for what no form fits, and `notImplemented` for places that are not served. */
export function parseDataUri(text: string, target: string): DataUri {
  const short = SHORT_DATASTORE.exec(text);
  if (short !== null) return { kind: 'datastore', datastore: short[1] ?? '', path: short[2] ?? '' };
  const long = LONG_DATASTORE.exec(text);
  if (long !== null) {
    const workspaceKey = `/${long[1] ?? ''}/providers/microsoft.machinelearningservices/workspaces/${long[2] ?? ''}`.toLowerCase();
    return { kind: 'datastore', workspaceKey, datastore: long[3] ?? '', path: long[4] ?? '' };
  }
  const output = JOB_OUTPUT.exec(text);
  if (output !== null) return { kind: 'jobOutput', jobName: output[1] ?? '', output: output[2] ?? '', path: output[3] ?? '' };
  const artifact = RUN_ARTIFACT.exec(text);
  if (artifact !== null) return { kind: 'jobOutput', jobName: artifact[1] ?? '', output: 'artifacts', path: artifact[2] ?? '' };
  const arm = ARM_ASSET.exec(text);
  if (arm !== null) return { kind: 'asset', noun: nounOf(arm[2]), ref: arm[1] ?? '' };
  const located = LOCATION_ASSET.exec(text);
  if (located !== null) return { kind: 'asset', noun: nounOf(located[1]), ref: located[3]?.toLowerCase() === 'labels' ? `azureml:${located[2]}@${located[4]}` : `azureml:${located[2]}:${located[4]}` };
  if (NAMED_ASSET.test(text)) return { kind: 'asset', noun: undefined, ref: text };
  if (/^(https?|wasbs?):\/\//i.test(text)) return { kind: 'url', url: text };
  refuseForeignPlace(text, target);
  throw new Fault(
    'invalid',
    'InvalidUri',
    `${JSON.stringify(text)} is not a place a job can read; azureml://datastores/NAME/paths/PATH, azureml:NAME:VERSION, azureml://jobs/JOB/outputs/NAME and https:// are accepted.`,
    { target },
  );
}

/** Throws `notImplemented` for places that Azure reads and this server does not. */
export function refuseForeignPlace(text: string, target: string): void {
  refuseRegistry(text, target, 'Upload the data to this workspace and name it as azureml:NAME@latest, or give a local path or a public https:// address.');
  if (FOREIGN_SCHEME.test(text)) {
    throw new Fault('notImplemented', 'UriNotImplemented', `${text} cannot be read yet; azureml://datastores/…, azureml://jobs/…, data and model assets, and https:// can.`, { target });
  }
}

/** The name of an environment in a machine learning registry; undefined for any other reference. */
export function registryEnvironment(text: string): string | undefined {
  const [, , collection, name] = REGISTRY.exec(text) ?? [];
  return collection?.toLowerCase() === 'environments' ? name : undefined;
}

/** Throws `notImplemented`, with what to write instead, for an environment that lives in a machine learning registry. */
export function refuseRegistryEnvironment(text: string, target: string): void {
  refuseRegistry(text, target, environmentInstead(REGISTRY.exec(text)?.[3] ?? 'NAME'));
}

/** What to write in place of an environment that Azure curates. */
export function environmentInstead(name: string): string {
  return `Azure's curated environments are not on this server. Say what the job needs in its own file (environment: with an image, which is not used, and a conda_file), or make an environment of this workspace (az ml environment create --name ${name} --conda-file conda.yml --image IMAGE) and write azureml:${name}@latest; references to a registry's ${name} then mean it, too.`;
}

function refuseRegistry(text: string, target: string, instead: string): void {
  const registry = REGISTRY.exec(text)?.[1];
  if (registry === undefined) return;
  throw new Fault('notImplemented', 'RegistryNotSupported', `${text} is in the machine learning registry ${registry}, and this server has no registries. ${instead}`, { target });
}

function nounOf(text: string | undefined): 'data' | 'models' {
  return text?.toLowerCase() === 'models' ? 'models' : 'data';
}
