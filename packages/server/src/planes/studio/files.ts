// Routes of files: of a run (logs by byte range, artifacts), of its named outputs, of models and data; downloads.

import { Readable } from 'node:stream';
import type { Context } from '#kernel/context.ts';
import { Fault, isFault } from '#kernel/faults.ts';
import { getRun } from '#storage/run-store.ts';
import type { Permission, PlaneReply, PlaneRequest, PlaneRoute } from '../plane.ts';
import { openTicket, sealTicket, TICKET_LIFETIME_MS } from './download-ticket.ts';
import { type FileContent, type FileEntry, type FileRoot, STUDIO_HOSTS, type StudioDeps } from './ports.ts';
import { integerParameter, readJobs, readModels, readStores, runIdOf, WORKSPACE_PATH, workspaceIdOf, workspaceKeyOf } from './scope.ts';

/** Folders whose files are logs, in the order in which people look. */
const LOG_FOLDERS = ['user_logs', 'logs', 'system_logs', 'azureml-logs'] as const;
const MAX_LOG_FILES = 1000;
const MAX_RANGE_BYTES = 8 * 1024 * 1024;

/** Why: what a job wrote must never run as a page of this origin. */
export const UNTRUSTED_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "sandbox; default-src 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'private, no-store',
};

export function fileRoutes(deps: StudioDeps): readonly PlaneRoute[] {
  const run = `${WORKSPACE_PATH}/runs/:run`;
  const version = (kind: string): string => `${WORKSPACE_PATH}/${kind}/:asset/versions/:version`;
  const assetOf =
    (kind: string): RootOf =>
    (ctx, request) =>
      deps.files.ofReference(ctx, workspaceKeyOf(request), `${workspaceIdOf(request)}/${kind}/${request.params['asset']}/versions/${request.params['version']}`);
  const runRoot: RootOf = async (_ctx, request) => deps.files.ofRun(workspaceKeyOf(request), await existingRun(deps, request));
  const outputRoot: RootOf = async (ctx, request) => deps.files.ofReference(ctx, workspaceKeyOf(request), `azureml://jobs/${await existingRun(deps, request)}/outputs/${request.params['output']}`);
  return [
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: `${run}/logs`,
      permission: readJobs,
      async run(ctx, request) {
        const root = await runRoot(ctx, request);
        const logs: FileEntry[] = [];
        for (const folder of LOG_FOLDERS) await collectFiles(deps, root, folder, logs);
        return { status: 200, body: { logs: logs.map((log) => ({ path: log.path, sizeBytes: log.sizeBytes ?? 0 })) } };
      },
    },
    ...treeRoutes(deps, run, readJobs, runRoot),
    // Why not for everyone who reads jobs: an output or data asset may lead anywhere that the workspace has keys for.
    ...treeRoutes(deps, `${run}/outputs/:output`, readStores, outputRoot),
    ...treeRoutes(deps, version('data'), readStores, assetOf('data')),
    ...treeRoutes(deps, version('models'), readModels, assetOf('models')),
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: '/api/studio/download/:ticket',
      permission: { kind: 'own', why: 'a ticket signed by downloadLink, whose caller was authorised; it lasts one minute' },
      async run(ctx, request) {
        const { workspaceKey, root, path } = openTicket(deps.ticketKey, request.params['ticket'] ?? '', ctx.clock.now());
        // Why again: the address of a ticket can be passed on to where its workspace is not reached from.
        await deps.network.requireWorkspace(ctx, workspaceKey);
        const content = await deps.files.open(root, path);
        return {
          status: 200,
          headers: {
            ...UNTRUSTED_HEADERS,
            'Content-Type': 'application/octet-stream',
            'Content-Length': String(content.sizeBytes),
            'Content-Disposition': attachment(path),
          },
          body: content.stream,
        };
      },
    },
  ];
}

type RootOf = (ctx: Context, request: PlaneRequest) => Promise<FileRoot>;

/** What a tree of files is looked at through: its folders, bytes of a file, an address to download one from. */
function treeRoutes(deps: StudioDeps, base: string, permission: Permission, rootOf: RootOf): readonly PlaneRoute[] {
  return [
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: `${base}/content`,
      permission,
      run: async (ctx, request) => readRange(deps, request, await rootOf(ctx, request)),
    },
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: `${base}/artifacts`,
      permission,
      run: async (ctx, request) => ({ status: 200, body: { artifacts: await deps.files.list(await rootOf(ctx, request), request.query.get('path') ?? '') } }),
    },
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: `${base}/downloadLink`,
      permission,
      async run(ctx, request) {
        const target = { workspaceKey: workspaceKeyOf(request), root: await rootOf(ctx, request), path: requiredPath(request) };
        return { status: 200, headers: { 'Cache-Control': 'no-store' }, body: { url: `/api/studio/download/${sealTicket(deps.ticketKey, target, ctx.clock.now() + TICKET_LIFETIME_MS)}` } };
      },
    },
  ];
}

/** The name of the run in the path. Throws `notFound`. */
async function existingRun(deps: StudioDeps, request: PlaneRequest): Promise<string> {
  return (await getRun(deps.database.sql, workspaceKeyOf(request), runIdOf(request))).runId;
}

async function collectFiles(deps: StudioDeps, root: FileRoot, folder: string, found: FileEntry[]): Promise<void> {
  for (const entry of await deps.files.list(root, folder)) {
    if (found.length >= MAX_LOG_FILES) return;
    if (entry.isFolder) await collectFiles(deps, root, entry.path, found);
    else found.push(entry);
  }
}

/** Bytes [offset, offset + limit) as text; `x-lazurite-size` tells how long the file is now. Beyond its end: empty, not a fault. */
async function readRange(deps: StudioDeps, request: PlaneRequest, root: FileRoot): Promise<PlaneReply> {
  const path = requiredPath(request);
  const offset = integerParameter(request, 'offset', { fallback: 0, min: 0, max: Number.MAX_SAFE_INTEGER });
  const limit = integerParameter(request, 'limit', { fallback: 1024 * 1024, min: 1, max: MAX_RANGE_BYTES });
  const content = await readOrEnd(deps, root, path, offset, limit);
  return {
    status: 200,
    headers: { ...UNTRUSTED_HEADERS, 'Content-Type': 'text/plain; charset=utf-8', 'x-lazurite-size': String(content.sizeBytes), 'x-lazurite-type': content.contentType.replace(/[^\x20-\x7e]/g, '') },
    body: content.stream,
  };
}

async function readOrEnd(deps: StudioDeps, root: FileRoot, path: string, offset: number, limit: number): Promise<FileContent> {
  try {
    return await deps.files.open(root, path, { start: offset, end: offset + limit - 1 });
  } catch (error) {
    if (!isFault(error, 'rangeNotSatisfiable')) throw error;
    return { sizeBytes: offset, contentType: 'text/plain', stream: Readable.from([]) };
  }
}

function requiredPath(request: PlaneRequest): string {
  const path = request.query.get('path') ?? '';
  if (path === '') throw new Fault('invalid', 'InvalidQueryParameter', 'path is missing; name a file below the root, such as user_logs/std_log.txt of a run.', { target: 'path' });
  return path;
}

/** RFC 6266: an ASCII fallback and the full name. */
export function attachment(path: string): string {
  const name = path.split('/').at(-1) ?? 'download';
  const ascii = name.replace(/[^\x20-\x7e]|["\\]/g, '_');
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)}`;
}
