// Hook: the inputs, each as the text that its expression becomes: a literal, a local path, or a URI.
// Source: contracts/azureml-jobs.md §4.

import { createWriteStream } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { Fault, isFault } from '#kernel/faults.ts';
import { downloadBlob, type FolderFile, listBlobFolder, writeFolder } from '../files/blob-folder.ts';
import type { JobInput } from '../command-job.ts';
import { type DataPlace, findAllowedPlace, storeOf } from '../files/data-place.ts';
import { resolveInside } from '../files/disk-path.ts';
import type { InputCache } from '../files/input-cache.ts';
import type { JobContext } from '../phases/job-context.ts';

const FETCH_PAUSES_MS = [1_000, 3_000];

export async function placeInputs(job: JobContext, cache: InputCache): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  for (const [name, input] of job.command.inputs) {
    job.signal.throwIfAborted();
    values.set(name, input.kind === 'literal' ? input.value : await placeData(job, cache, name, input));
  }
  return values;
}

async function placeData(job: JobContext, cache: InputCache, name: string, input: Extract<JobInput, { kind: 'data' }>): Promise<string> {
  const target = `properties.inputs.${name}.uri`;
  if (input.mode === 'Direct') return input.uri;
  const place = await find(job, name, input.uri, target);
  const dir = job.folder.inputDir(name);
  await mkdir(dir, { recursive: true });
  const store = place.kind === 'stored' ? storeOf(job.deps, place) : job.deps.blobs;
  const bringTo = async (file: FolderFile, path: string): Promise<void> => {
    if (input.mode === 'Download') await downloadBlob(store, file.address, path, job.signal);
    else {
      await cache.place(store, file.address, file.properties, path, job.signal);
      await chmod(path, 0o444);
    }
  };

  if (place.kind === 'url') {
    if (input.type !== 'uri_file') {
      const why = `${place.url} is outside of this server, where single files are read (type: uri_file), not a ${input.type}. Upload the data to this workspace and name it as azureml:NAME@latest, or give a local path.`;
      throw new Fault('invalid', 'InputNotReadable', `Input ${name}: ${why}`, { target });
    }
    const path = resolveInside(dir, basename(new URL(place.url).pathname) || 'file');
    await fetchFile(job, name, place.url, path);
    job.line(`input ${name}: fetched ${new URL(place.url).host}`);
    return path;
  }

  const single = place.path === '' || place.path.endsWith('/') ? undefined : await store.findBlob({ account: place.account, container: place.container, name: place.path });
  if (single !== undefined && single.metadata['hdi_isfolder'] !== 'true') {
    const path = resolveInside(dir, basename(place.path));
    await bringTo({ relativePath: basename(place.path), address: { account: place.account, container: place.container, name: place.path }, properties: single }, path);
    job.line(`input ${name}: 1 file, ${single.sizeBytes} bytes`);
    // Azure: a file given where a folder is expected shows as the folder that holds it.
    return input.type === 'uri_file' || input.type === 'custom_model' ? path : dir;
  }
  const files = await listBlobFolder(store, place);
  if (files.length === 0) throw new Fault('invalid', 'InputNotFound', `Input ${name}: there is no data at ${input.uri}.`, { target });
  if (input.type === 'uri_file')
    throw new Fault('invalid', 'InputNotReadable', `Input ${name} is a uri_file, but ${input.uri} is a folder of ${files.length} files; declare it as uri_folder.`, { target });
  const folder = join(dir, 'data');
  await writeFolder(files, folder, job.signal, bringTo);
  job.line(`input ${name}: ${files.length} files, ${files.reduce((sum, file) => sum + file.properties.sizeBytes, 0)} bytes`);
  return folder;
}

/** A few tries, some seconds in all: somebody waits for the job, and a host that cannot be reached from here does not come back soon. */
async function fetchFile(job: JobContext, name: string, url: string, path: string): Promise<void> {
  for (const pauseMs of [...FETCH_PAUSES_MS, undefined]) {
    try {
      const { stream } = await job.deps.outbound.get(url, job.signal);
      return await pipeline(stream, createWriteStream(path), { signal: job.signal });
    } catch (error) {
      job.signal.throwIfAborted();
      const isFinal = isFault(error) && error.kind !== 'unavailable';
      const why = isFault(error) ? error.message : `${url} was not read to its end: ${error instanceof Error ? error.message : String(error)}.`;
      if (isFinal || pauseMs === undefined) {
        const instead = 'This server fetches it itself; where it cannot, upload the data to this workspace and name it as azureml:NAME@latest, or give a local path.';
        throw new Fault('invalid', isFinal ? error.code : 'InputNotReachable', `Input ${name}: ${why} ${instead}`, { target: `properties.inputs.${name}.uri`, cause: error });
      }
      job.line(`input ${name}: ${why} Trying again in ${pauseMs / 1_000} s`);
      await setTimeout(pauseMs, undefined, { signal: job.signal });
    }
  }
}

/** A bare `azureml:name:version` may name data or a model; data first, as Azure's clients resolve it. */
async function find(job: JobContext, name: string, uri: string, target: string): Promise<DataPlace> {
  try {
    return await findAllowedPlace(job, uri, target, 'read');
  } catch (error) {
    if (isFault(error, 'notFound')) throw new Fault('invalid', 'InputNotFound', `Input ${name}: ${error.message}`, { target, cause: error });
    throw error;
  }
}
