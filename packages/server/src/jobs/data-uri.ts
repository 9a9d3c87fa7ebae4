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
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1];
  if (/^azureml:\/\/registries\//i.test(text) || (scheme !== undefined && ['abfs', 'abfss', 'adl', 'git', 'git+https', 's3'].includes(scheme.toLowerCase()))) {
    throw new Fault('notImplemented', 'UriNotImplemented', `${text} cannot be read yet; azureml://datastores/…, azureml://jobs/…, data and model assets, and https:// can.`, { target });
  }
  throw new Fault(
    'invalid',
    'InvalidUri',
    `${JSON.stringify(text)} is not a place a job can read; azureml://datastores/NAME/paths/PATH, azureml:NAME:VERSION, azureml://jobs/JOB/outputs/NAME and https:// are accepted.`,
    { target },
  );
}

function nounOf(text: string | undefined): 'data' | 'models' {
  return text?.toLowerCase() === 'models' ? 'models' : 'data';
}
