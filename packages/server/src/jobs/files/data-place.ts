// data-place: from a reference to the place where its bytes are: storage of ours, or a URL outside.

import type { ContentService } from '#blobs/blob-service.ts';
import { Fault } from '#kernel/faults.ts';
import type { Principal } from '#kernel/principal.ts';
import { findJob } from '#storage/job-store.ts';
import { type JobOutput, parseCommandJob } from '../command-job.ts';
import { parseDataUri } from '../data-uri.ts';
import type { JobEngineDeps } from '../engine-deps.ts';
import type { JobContext } from '../phases/job-context.ts';
import type { ServicePlace } from '../ports.ts';

export type DataPlace = (ServicePlace & { readonly kind: 'stored' /** No leading slash. */; readonly path: string; readonly isVouched: boolean }) | { readonly kind: 'url'; readonly url: string };

const MAX_DEPTH = 5;

/** What the place is read and written through. */
export function storeOf(deps: Pick<JobEngineDeps, 'blobs' | 'files'>, place: ServicePlace): ContentService {
  return place.service === 'file' ? deps.files : deps.blobs;
}
const DEFAULT_DATASTORE = /\$\{\{\s*default_datastore\s*\}\}/;

/** The place behind a reference of a job, for the one who submitted it. Throws as `findPlaceFor` does. */
export async function findAllowedPlace(job: JobContext, reference: string, target: string, act: 'read' | 'write'): Promise<DataPlace> {
  return findPlaceFor(job.deps, { workspaceKey: job.job.workspaceKey, principal: job.submitter }, { reference, target, act });
}

/**
 * The place behind a reference, for somebody at work in a workspace. Throws `forbidden` where neither the workspace has
 * credentials for the data nor they a role on it: a reference is a user's word, and the server can read everything.
 */
export async function findPlaceFor(
  deps: JobEngineDeps,
  { workspaceKey, principal }: { readonly workspaceKey: string; readonly principal: Principal },
  { reference, target, act }: { readonly reference: string; readonly target: string; readonly act: 'read' | 'write' },
): Promise<DataPlace> {
  const place = await findPlace(deps, workspaceKey, reference, target);
  if (place.kind !== 'stored' || place.isVouched) return place;
  const own = await deps.catalog.artifactStore(workspaceKey);
  if (place.account !== own.account) await deps.access.require(principal, place, act);
  return place;
}

/** Follows assets and job outputs to a place. Throws the faults of the look-ups and of `parseDataUri`. */
async function findPlace(deps: JobEngineDeps, workspaceKey: string, reference: string, target: string, depth = 0): Promise<DataPlace> {
  if (depth > MAX_DEPTH) throw new Fault('invalid', 'ReferenceLoop', `${reference} leads through more than ${MAX_DEPTH} references.`, { target });
  const uri = parseDataUri(reference, target);
  switch (uri.kind) {
    case 'datastore': {
      const store = await deps.catalog.getDatastore(uri.workspaceKey ?? workspaceKey, uri.datastore);
      const isOwn = uri.workspaceKey === undefined || uri.workspaceKey === workspaceKey;
      return { kind: 'stored', ...store, isVouched: isOwn && store.isVouched, path: uri.path.replace(/^\/+/, '') };
    }
    case 'url': {
      const own = deps.endpoints.parseStorageUrl(uri.url);
      if (own !== undefined) return { kind: 'stored', ...own, isVouched: false };
      return { kind: 'url', url: webAddress(uri.url, target) };
    }
    case 'asset': {
      const asset = uri.noun === 'models' ? await deps.catalog.getModel(workspaceKey, uri.ref) : await deps.catalog.getData(workspaceKey, uri.ref);
      return findPlace(deps, workspaceKey, asset.uri, target, depth + 1);
    }
    case 'jobOutput': {
      const path = uri.path.replace(/^\/+/, '');
      if (uri.output === 'artifacts' || uri.output === 'default') {
        const artifacts = await deps.catalog.artifactStore(workspaceKey);
        return { kind: 'stored', service: 'blob', ...artifacts, isVouched: true, path: `ExperimentRun/dcid.${uri.jobName}/${path}` };
      }
      const job = await findJob(deps.database.sql, workspaceKey, uri.jobName);
      const output = job === undefined ? undefined : parseCommandJob(job.definition).outputs.get(uri.output);
      if (job === undefined || output === undefined) throw new Fault('notFound', 'JobOutputNotFound', `There is no output ${uri.output} of a job ${uri.jobName} in this workspace.`, { target });
      const place = await findPlace(deps, workspaceKey, await outputUri(deps, workspaceKey, job.name, uri.output, output), target, depth + 1);
      if (place.kind === 'url' || path === '') return place;
      return { ...place, path: `${place.path.replace(/\/*$/, '/')}${path}` };
    }
  }
}

/** Azure: wasbs://CONTAINER@ACCOUNT.blob.…/PATH names the blob at https://ACCOUNT.blob.…/CONTAINER/PATH, which is read when it is public. */
function webAddress(url: string, target: string): string {
  if (/^https?:/i.test(url)) return url;
  const { username, host, pathname } = URL.canParse(url) ? new URL(url) : { username: '', host: '', pathname: '' };
  if (username === '') throw new Fault('invalid', 'InvalidUri', `${url} is not a place of a blob; wasbs://CONTAINER@ACCOUNT.blob.DOMAIN/PATH is.`, { target });
  return `https://${host}/${username}${pathname}`;
}

/** Where an output goes: the job's own wish, or the default place. `${{name}}` and its like are filled in; a file gets a name. */
export async function outputUri(deps: JobEngineDeps, workspaceKey: string, jobName: string, outputName: string, output: JobOutput): Promise<string> {
  const wish = (output.uri ?? `azureml://datastores/\${{default_datastore}}/paths/azureml/${jobName}/${outputName}/`)
    .replaceAll(/\$\{\{\s*name\s*\}\}/g, jobName)
    .replaceAll(/\$\{\{\s*output_name\s*\}\}/g, outputName);
  const uri = DEFAULT_DATASTORE.test(wish) ? wish.replaceAll(new RegExp(DEFAULT_DATASTORE, 'g'), await deps.catalog.defaultDatastore(workspaceKey)) : wish;
  return output.type === 'uri_file' && uri.endsWith('/') ? `${uri}${outputName}` : uri;
}
