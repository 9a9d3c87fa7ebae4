// Routes of the code a job ran: the snapshot's files and their text.
// Source: contracts/azureml-jobs.md §2: a code version keeps `codeUri` to its folder in the workspace's container.

import { Fault } from '#kernel/faults.ts';
import { stringAt } from '#kernel/json.ts';
import { findDefinition } from '#storage/studio-store.ts';
import type { PlaneRequest, PlaneRoute } from '../plane.ts';
import { UNTRUSTED_HEADERS } from './files.ts';
import { STUDIO_HOSTS, type StudioDeps } from './ports.ts';
import { readCode, runIdOf, WORKSPACE_PATH, workspaceKeyOf } from './scope.ts';

const MAX_FILES = 5000;
const MAX_TEXT_BYTES = 2 * 1024 * 1024;

interface Snapshot {
  readonly account: string;
  readonly container: string;
  /** Ends with a slash. */
  readonly prefix: string;
}

export function codeRoutes(deps: StudioDeps): readonly PlaneRoute[] {
  return [
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: `${WORKSPACE_PATH}/runs/:run/code`,
      permission: readCode,
      async run(_ctx, request) {
        const snapshot = await findSnapshot(deps, request);
        if (snapshot === undefined) return { status: 200, body: { files: [], isTruncated: false } };
        const files: { path: string; sizeBytes: number }[] = [];
        let after: string | undefined;
        do {
          const page = await deps.blobs.listBlobs(snapshot.account, snapshot.container, { prefix: snapshot.prefix, limit: 1000, ...(after === undefined ? {} : { after }) });
          for (const blob of page.blobs) files.push({ path: blob.name.slice(snapshot.prefix.length), sizeBytes: blob.sizeBytes });
          after = page.next;
        } while (after !== undefined && files.length < MAX_FILES);
        return { status: 200, body: { files, isTruncated: after !== undefined } };
      },
    },
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: `${WORKSPACE_PATH}/runs/:run/code/content`,
      permission: readCode,
      async run(_ctx, request) {
        const snapshot = await findSnapshot(deps, request);
        const path = request.query.get('path') ?? '';
        const address = snapshot === undefined || path === '' ? undefined : { account: snapshot.account, container: snapshot.container, name: snapshot.prefix + path };
        const found = address === undefined ? undefined : await deps.blobs.findBlob(address);
        if (address === undefined || found === undefined) throw new Fault('notFound', 'CodeFileNotFound', `The code of this job has no file '${path.slice(0, 300)}'.`, { target: 'path' });
        if (found.sizeBytes > MAX_TEXT_BYTES)
          throw new Fault('tooLarge', 'CodeFileTooLarge', `'${path}' has ${found.sizeBytes} bytes; files of up to ${MAX_TEXT_BYTES} bytes can be shown.`, { target: 'path' });
        const headers = { ...UNTRUSTED_HEADERS, 'Content-Type': 'text/plain; charset=utf-8', 'x-lazurite-size': String(found.sizeBytes) };
        if (found.sizeBytes === 0) return { status: 200, headers, body: '' };
        return { status: 200, headers, body: (await deps.blobs.readBlob(address)).stream };
      },
    },
  ];
}

/** Where the job's code lies, or undefined for a job without code. */
async function findSnapshot(deps: StudioDeps, request: PlaneRequest): Promise<Snapshot | undefined> {
  const db = deps.database.sql;
  const workspaceKey = workspaceKeyOf(request);
  const job = await findDefinition(db, `${workspaceKey}/jobs/${runIdOf(request).toLowerCase()}`);
  const codeId = stringAt(job?.properties, 'codeId')
    ?.replace(/^azureml:/, '')
    .toLowerCase();
  if (codeId === undefined || codeId === '') return undefined;
  if (!codeId.startsWith(`${workspaceKey}/codes/`))
    throw new Fault('notImplemented', 'CodeOutsideWorkspace', `The code of this job is ${codeId}, which is not in this workspace; only the workspace's own code can be shown.`);
  const code = await findDefinition(db, codeId);
  const uri = stringAt(code?.properties, 'codeUri');
  if (uri === undefined) throw new Fault('notFound', 'CodeNotFound', `The code version ${codeId} that this job ran was deleted.`);
  const snapshot = parseCodeUri(uri);
  const own = await deps.accounts.find(workspaceKey);
  // Why: codeUri is a user's word; without this check it would read any account of the server with the server's own rights.
  if (snapshot === undefined || own === undefined || snapshot.account !== own.account.toLowerCase()) {
    throw new Fault(
      'notImplemented',
      'CodeOutsideWorkspace',
      `The code of this job lies at ${uri.split('?')[0]}, outside the workspace's own storage account; only code in that account can be shown.`,
    );
  }
  return snapshot;
}

/** Account, container and folder of `https://{account}.blob.{domain}/{container}/{folder}`; undefined for another form. */
export function parseCodeUri(uri: string): Snapshot | undefined {
  const url = URL.parse(uri);
  const label = url?.hostname.split('.');
  if (url === null || label === undefined || label[1] !== 'blob') return undefined;
  const [container, ...folders] = url.pathname.split('/').slice(1).map(decodeSegment);
  const folder = folders.join('/').replace(/\/+$/, '');
  if (label[0] === undefined || container === undefined || container === '' || folder === '') return undefined;
  return { account: label[0].toLowerCase(), container, prefix: `${folder}/` };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
