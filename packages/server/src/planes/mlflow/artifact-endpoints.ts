// The artifact proxy: files of runs, logged models and registered models through the tracking URI.
// Source: contracts/mlflow.md §4 (artifacts/list), §12.
//
//   ExperimentRun/dcid.{run}/...   a run          LoggedModels/{id}/...   a logged model
//   Models/{name}/{version}/...    a registered model, read only

import { Fault } from '#kernel/faults.ts';
import type { PlaneReply } from '#planes/plane.ts';
import { parseArtifactPath } from '#tracking/artifact-path.ts';
import type { Artifacts, ArtifactTree } from '#tracking/artifacts.ts';
import { doesNotExist, quote } from '#tracking/faults.ts';
import type { Tracking } from '#tracking/tracking.ts';
import { ARTIFACT_SCHEME } from './model-sources.ts';
import type { Call, Endpoint, RawEndpoint } from './endpoint.ts';
import type { ModelAssets } from './ports.ts';
import { compact, fileWire } from './wire.ts';

const PROXY = '2.0/mlflow-artifacts';
/** No limit of ours: artifacts are as large as the disk allows. */
const MAX_ARTIFACT_BYTES = 2 ** 43;

export function artifactEndpoints(tracking: Tracking, artifacts: Artifacts, assets: ModelAssets): readonly (Endpoint | RawEndpoint)[] {
  const { runs, loggedModels } = tracking;

  /** The tree a proxy path is in and the rest of the path. With `isWrite`, throws unless the caller may write there. */
  async function resolve({ ctx, workspaceKey }: Call, path: string, isWrite: boolean): Promise<{ readonly tree: ArtifactTree; readonly rest: string }> {
    const clean = parseArtifactPath(path);
    const [root, first = '', ...more] = clean.split('/');
    if (root === 'ExperimentRun' && first.startsWith('dcid.')) {
      const runId = first.slice('dcid.'.length);
      if (isWrite) await runs.checkWrite(ctx, workspaceKey, runId);
      return { tree: await artifacts.ofRun(workspaceKey, runId), rest: more.join('/') };
    }
    if (root === 'LoggedModels' && first !== '') {
      if (isWrite) await loggedModels.checkWrite(ctx, workspaceKey, first);
      return { tree: await artifacts.ofLoggedModel(workspaceKey, first), rest: more.join('/') };
    }
    const [version = '', ...rest] = more;
    if (root === 'Models' && version !== '') {
      const found = await assets.findVersion(ctx, workspaceKey, first, version);
      const place = found === undefined ? undefined : await assets.locate(ctx, workspaceKey, found);
      if (place === undefined) throw doesNotExist(`There are no files of version ${version} of model ${quote(first)} on this server.`);
      return { tree: { ...place, isReadOnly: true }, rest: rest.join('/') };
    }
    throw doesNotExist(`There is no artifact ${quote(path)}: artifacts are below ExperimentRun/dcid.{run id}, LoggedModels/{model id} and Models/{name}/{version}.`);
  }

  async function download(call: Call): Promise<PlaneReply> {
    const path = pathOf(call);
    const { tree, rest } = await resolve(call, path, false);
    const file = await artifacts.trees.open(tree, rest);
    return {
      status: 200,
      headers: {
        'Content-Type': file.contentType,
        'Content-Length': String(file.sizeBytes),
        'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(path.split('/').at(-1) ?? 'artifact')}`,
        'X-Content-Type-Options': 'nosniff',
        ETag: file.etag,
      },
      body: file.stream,
    };
  }

  return [
    {
      method: 'GET',
      path: '2.0/mlflow/artifacts/list',
      action: 'experiments/runs/read',
      async run({ workspaceKey, fields }) {
        const { run, artifactUri } = await runs.get(workspaceKey, fields.needRunId());
        if (!artifactUri.startsWith(ARTIFACT_SCHEME)) {
          throw new Fault('notImplemented', 'ForeignArtifactStore', `The artifacts of run ${run.runId} are at ${artifactUri}, which this server does not read; list them there.`);
        }
        const files = await artifacts.list(workspaceKey, run.runId, fields.text('path') ?? '');
        return compact({ root_uri: artifactUri, files: files.map(fileWire) });
      },
    },
    {
      method: 'GET',
      path: `${PROXY}/artifacts`,
      action: 'experiments/runs/read',
      async run(call) {
        const { tree, rest } = await resolve(call, call.fields.text('path') ?? '', false);
        const files = await artifacts.trees.list(tree, rest);
        return compact({ files: files.map((file) => fileWire({ ...file, path: file.path.split('/').at(-1) ?? '' })) });
      },
    },
    { method: 'GET', path: `${PROXY}/artifacts/*`, action: 'experiments/runs/read', reply: download },
    {
      method: 'PUT',
      path: `${PROXY}/artifacts/*`,
      action: 'experiments/runs/write',
      body: 'stream',
      maxBodyBytes: MAX_ARTIFACT_BYTES,
      async run(call) {
        const { tree, rest } = await resolve(call, pathOf(call), true);
        await artifacts.trees.put(tree, rest, call.request.stream);
        return {};
      },
    },
    {
      method: 'DELETE',
      path: `${PROXY}/artifacts/*`,
      action: 'experiments/runs/delete',
      body: 'none',
      async run(call) {
        const { tree, rest } = await resolve(call, pathOf(call), true);
        await artifacts.trees.delete(tree, rest);
        return {};
      },
    },
    {
      method: 'POST',
      path: `${PROXY}/mpu/*`,
      action: 'experiments/runs/write',
      async run() {
        // Clients fall back to a plain PUT on exactly these first words.
        throw new Fault(
          'notImplemented',
          'MultipartNotSupported',
          'Multipart upload is not supported for the current artifact repository. Send the file with one PUT; it is streamed to disk whatever its size.',
        );
      },
    },
    {
      method: 'GET',
      path: `${PROXY}/presigned/*`,
      action: 'experiments/runs/read',
      async run() {
        throw new Fault('notImplemented', 'PresignedNotSupported', 'Presigned download is not supported for the current artifact repository. Read the file with GET.');
      },
    },
  ];
}

/** The wildcard, decoded once; what is left after that is the resolver's to judge. */
function pathOf({ request }: Call): string {
  const raw = request.params['*'] ?? '';
  try {
    return decodeURIComponent(raw);
  } catch {
    throw new Fault('invalid', 'InvalidPath', `Invalid path ${quote(raw)}: its percent-encoding is broken.`, { target: 'path' });
  }
}
