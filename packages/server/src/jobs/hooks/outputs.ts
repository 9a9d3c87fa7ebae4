// Hook: the outputs: a local path before the command, the store during and after it, an asset at the end.
// Source: contracts/azureml-jobs.md §4.

import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '#kernel/faults.ts';
import type { JobOutput } from '../command-job.ts';
import { findAllowedPlace, outputUri, storeOf } from '../files/data-place.ts';
import { resolveInside } from '../files/disk-path.ts';
import { type FolderSync, startFolderSync } from '../files/folder-sync.ts';
import type { ServicePlace } from '../ports.ts';
import type { JobContext } from '../phases/job-context.ts';

/** Makes the folders. Returns the text that each output's expression becomes. Repeatable. */
export async function placeOutputs(job: JobContext): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  for (const [name, output] of job.command.outputs) {
    const uri = await uriOf(job, name, output);
    await storePlace(job, name, uri);
    if (output.mode === 'Direct') {
      values.set(name, uri);
      continue;
    }
    const path = localPath(job, name, output, uri);
    await mkdir(output.type === 'uri_file' ? dirname(path) : path, { recursive: true });
    values.set(name, path);
  }
  return values;
}

/** Starts carrying the outputs to the store: while the job runs for ReadWriteMount, at the end for Upload. */
export async function syncOutputs(job: JobContext): Promise<readonly FolderSync[]> {
  const syncs: FolderSync[] = [];
  for (const [name, output] of job.command.outputs) {
    if (output.mode === 'Direct') continue;
    const place = await storePlace(job, name, await uriOf(job, name, output));
    const prefix = output.type === 'uri_file' && !place.path.endsWith('/') ? dirnameOf(place.path) : place.path.replace(/\/*$/, '/');
    syncs.push(
      await startFolderSync(
        {
          blobs: storeOf(job.deps, place),
          folder: job.folder.outputDir(name),
          addressOf: (relativePath) => ({ account: place.account, container: place.container, name: `${prefix === '/' ? '' : prefix}${relativePath}` }),
          linkRoot: job.folder.root,
          mirrorsDeletes: output.mode === 'ReadWriteMount',
          onSkipped: (path, why) => job.line(`output ${name}: ${path} was not uploaded: ${why}`),
          onError: (error) => job.ctx.log.warn({ err: error, job: job.job.name, output: name }, 'job.output_sync_failed'),
        },
        output.mode === 'ReadWriteMount',
      ),
    );
  }
  return syncs;
}

/** Registers outputs that have an asset name, when the job has succeeded. Idempotent. */
export async function registerOutputs(job: JobContext): Promise<void> {
  for (const [name, output] of job.command.outputs) {
    if (output.assetName === undefined) continue;
    const id = await job.deps.registrar.register(job.ctx, {
      workspaceKey: job.job.workspaceKey,
      jobName: job.job.name,
      outputName: name,
      type: output.type,
      uri: await uriOf(job, name, output),
      assetName: output.assetName,
      ...(output.assetVersion === undefined ? {} : { assetVersion: output.assetVersion }),
      principal: job.submitter,
    });
    job.line(`output ${name}: registered as ${id}`);
  }
}

/** A declared file output must exist at the end; a sentence for each that does not. */
export async function missingFileOutputs(job: JobContext): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const [name, output] of job.command.outputs) {
    if (output.type !== 'uri_file' || output.mode === 'Direct') continue;
    const path = localPath(job, name, output, await uriOf(job, name, output));
    const isThere = await stat(path).then(
      () => true,
      () => false,
    );
    if (!isThere) missing.push(`output ${name}: the command wrote no file to ${path}`);
  }
  return missing;
}

function uriOf(job: JobContext, name: string, output: JobOutput): Promise<string> {
  return outputUri(job.deps, job.job.workspaceKey, job.job.name, name, output);
}

function localPath(job: JobContext, name: string, output: JobOutput, uri: string): string {
  const dir = job.folder.outputDir(name);
  return output.type === 'uri_file' ? resolveInside(dir, uri.slice(uri.lastIndexOf('/') + 1) || name) : dir;
}

async function storePlace(job: JobContext, name: string, uri: string): Promise<ServicePlace & { readonly path: string }> {
  const place = await findAllowedPlace(job, uri, `properties.outputs.${name}.uri`, 'write');
  if (place.kind === 'stored') return place;
  throw new Fault('invalid', 'OutputNotWritable', `Output ${name} cannot be written to ${place.url}; a path in a datastore can.`, { target: `properties.outputs.${name}.uri` });
}

function dirnameOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1) || '/';
}
