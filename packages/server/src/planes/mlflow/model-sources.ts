// Where a model version comes from: what a client gives as `source`, as the uri of an asset and back.
// Source: contracts/mlflow.md §7.3, §15.4.

import { Fault } from '#kernel/faults.ts';
import { parseArtifactPath } from '#tracking/artifact-path.ts';
import { quote } from '#tracking/faults.ts';

export const ARTIFACT_SCHEME = 'mlflow-artifacts:/';
/** The datastore that stands for the container of artifacts. */
const ARTIFACT_STORE = 'azureml://datastores/workspaceartifactstore/paths/';
/** Stores that clients read with credentials of their own. */
const FOREIGN = /^(azureml|s3|gs|gcs|wasbs?|abfss?|https?|hdfs|dbfs|r2|oss):\/\/./i;

export type ModelSource =
  | { readonly kind: 'artifacts'; readonly path: string }
  | { readonly kind: 'run'; readonly runId: string; readonly path: string }
  | { readonly kind: 'loggedModel'; readonly modelId: string }
  | { readonly kind: 'version'; readonly name: string; readonly version: string }
  | { readonly kind: 'foreign'; readonly uri: string };

/** Throws `invalid` for a source that is local to the client or tries to leave its place. */
export function parseModelSource(source: string): ModelSource {
  const loggedModel = /^models:\/(m-[0-9a-f]{32})$/.exec(source)?.[1];
  if (loggedModel !== undefined) return { kind: 'loggedModel', modelId: loggedModel };
  const version = /^models:\/([^/@]+)\/([^/@]+)$/.exec(source);
  if (version !== null) return { kind: 'version', name: version[1] ?? '', version: version[2] ?? '' };
  const run = /^runs:\/([a-zA-Z0-9][\w-]{0,255})\/(.*)$/.exec(source);
  if (run !== null) return { kind: 'run', runId: run[1] ?? '', path: parseArtifactPath(run[2] ?? '') };
  if (source.startsWith(ARTIFACT_SCHEME) && !source.startsWith(`${ARTIFACT_SCHEME}/`)) return { kind: 'artifacts', path: parseArtifactPath(source.slice(ARTIFACT_SCHEME.length)) };
  // Prompts are model versions without files; this is what clients put where files would be.
  if (source === 'prompt-template' || source === 'dummy-source') return { kind: 'foreign', uri: source };
  if (FOREIGN.test(source) && isCleanUri(source)) return { kind: 'foreign', uri: source };
  throw new Fault(
    'invalid',
    'InvalidParameterValue',
    `Invalid model version source: ${quote(source)}. To use a local path as a model version source, log it as an artifact of a run or model first; accepted are runs:/, models:/, mlflow-artifacts:/, azureml:// and cloud stores, without '..', query or fragment.`,
    { target: 'source' },
  );
}

function isCleanUri(uri: string): boolean {
  const [, rest = ''] = uri.split('://', 2);
  try {
    parseArtifactPath(rest.replace(/\/+$/, ''));
  } catch {
    return false;
  }
  return !/[?#;]/.test(uri);
}

/** The uri of an asset for a path among the workspace's artifacts. */
export function assetUriOf(path: string): string {
  return `${ARTIFACT_STORE}${path}`;
}

/** The path among the workspace's artifacts an asset's uri stands for; undefined for other places. */
export function artifactPathOf(uri: string): string | undefined {
  const short = uri.startsWith(ARTIFACT_STORE) ? uri.slice(ARTIFACT_STORE.length) : undefined;
  const long = /^azureml:\/\/subscriptions\/.+\/datastores\/workspaceartifactstore\/paths\/(.+)$/i.exec(uri)?.[1];
  const named = /^azureml:\/\/artifacts\/(ExperimentRun\/.+)$/.exec(uri)?.[1];
  const job = /^azureml:\/\/jobs\/([^/]+)\/outputs\/artifacts\/(?:paths\/)?(.+)$/.exec(uri);
  const path = short ?? long ?? named ?? (job === null ? undefined : `ExperimentRun/dcid.${job[1] ?? ''}/${job[2] ?? ''}`);
  return path?.replace(/\/+$/, '');
}
