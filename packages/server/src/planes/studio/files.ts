// Routes of a run's files: logs by byte range, artifacts, downloads.

import { Readable } from 'node:stream';
import { Fault, isFault } from '#kernel/faults.ts';
import { getRun } from '#storage/run-store.ts';
import type { PlaneReply, PlaneRequest, PlaneRoute } from '../plane.ts';
import { openTicket, sealTicket, TICKET_LIFETIME_MS } from './download-ticket.ts';
import { type ArtifactContent, type ArtifactEntry, STUDIO_HOSTS, type StudioDeps } from './ports.ts';
import { integerParameter, readJobs, runIdOf, WORKSPACE_PATH, workspaceKeyOf } from './scope.ts';

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
  return [
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: `${run}/logs`,
      permission: readJobs,
      async run(_ctx, request) {
        const { workspaceKey, runId } = await existingRun(deps, request);
        const logs: ArtifactEntry[] = [];
        for (const folder of LOG_FOLDERS) await collectFiles(deps, workspaceKey, runId, folder, logs);
        return { status: 200, body: { logs: logs.map((log) => ({ path: log.path, sizeBytes: log.sizeBytes ?? 0 })) } };
      },
    },
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: `${run}/content`,
      permission: readJobs,
      async run(_ctx, request) {
        const { workspaceKey, runId } = await existingRun(deps, request);
        return readRange(deps, request, workspaceKey, runId);
      },
    },
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: `${run}/artifacts`,
      permission: readJobs,
      async run(_ctx, request) {
        const { workspaceKey, runId } = await existingRun(deps, request);
        return { status: 200, body: { artifacts: await deps.artifacts.list(workspaceKey, runId, request.query.get('path') ?? '') } };
      },
    },
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: `${run}/downloadLink`,
      permission: readJobs,
      async run(ctx, request) {
        const { workspaceKey, runId } = await existingRun(deps, request);
        const path = requiredPath(request);
        const ticket = sealTicket(deps.ticketKey, { workspaceKey, runId, path }, ctx.clock.now() + TICKET_LIFETIME_MS);
        return { status: 200, headers: { 'Cache-Control': 'no-store' }, body: { url: `/api/studio/download/${ticket}` } };
      },
    },
    {
      hosts: STUDIO_HOSTS,
      method: 'GET',
      path: '/api/studio/download/:ticket',
      permission: { kind: 'own', why: 'a ticket signed by downloadLink, whose caller was authorised; it lasts one minute' },
      async run(ctx, request) {
        const { workspaceKey, runId, path } = openTicket(deps.ticketKey, request.params['ticket'] ?? '', ctx.clock.now());
        // Why again: the address of a ticket can be passed on to where its workspace is not reached from.
        await deps.network.requireWorkspace(ctx, workspaceKey);
        const content = await deps.artifacts.open(workspaceKey, runId, path);
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

async function existingRun(deps: StudioDeps, request: PlaneRequest): Promise<{ readonly workspaceKey: string; readonly runId: string }> {
  const workspaceKey = workspaceKeyOf(request);
  const run = await getRun(deps.database.sql, workspaceKey, runIdOf(request));
  return { workspaceKey, runId: run.runId };
}

async function collectFiles(deps: StudioDeps, workspaceKey: string, runId: string, folder: string, found: ArtifactEntry[]): Promise<void> {
  for (const entry of await deps.artifacts.list(workspaceKey, runId, folder)) {
    if (found.length >= MAX_LOG_FILES) return;
    if (entry.isFolder) await collectFiles(deps, workspaceKey, runId, entry.path, found);
    else found.push(entry);
  }
}

/** Bytes [offset, offset + limit) as text; `x-lazurite-size` tells how long the file is now. Beyond its end: empty, not a fault. */
async function readRange(deps: StudioDeps, request: PlaneRequest, workspaceKey: string, runId: string): Promise<PlaneReply> {
  const path = requiredPath(request);
  const offset = integerParameter(request, 'offset', { fallback: 0, min: 0, max: Number.MAX_SAFE_INTEGER });
  const limit = integerParameter(request, 'limit', { fallback: 1024 * 1024, min: 1, max: MAX_RANGE_BYTES });
  const content = await readOrEnd(deps, workspaceKey, runId, path, offset, limit);
  return {
    status: 200,
    headers: { ...UNTRUSTED_HEADERS, 'Content-Type': 'text/plain; charset=utf-8', 'x-lazurite-size': String(content.sizeBytes), 'x-lazurite-type': content.contentType.replace(/[^\x20-\x7e]/g, '') },
    body: content.stream,
  };
}

async function readOrEnd(deps: StudioDeps, workspaceKey: string, runId: string, path: string, offset: number, limit: number): Promise<ArtifactContent> {
  try {
    return await deps.artifacts.open(workspaceKey, runId, path, { start: offset, end: offset + limit - 1 });
  } catch (error) {
    if (!isFault(error, 'rangeNotSatisfiable')) throw error;
    return { sizeBytes: offset, contentType: 'text/plain', stream: Readable.from([]) };
  }
}

function requiredPath(request: PlaneRequest): string {
  const path = request.query.get('path') ?? '';
  if (path === '') throw new Fault('invalid', 'InvalidQueryParameter', 'path is missing; name the file below the root of the run, such as user_logs/std_log.txt.', { target: 'path' });
  return path;
}

/** RFC 6266: an ASCII fallback and the full name. */
export function attachment(path: string): string {
  const name = path.split('/').at(-1) ?? 'download';
  const ascii = name.replace(/[^\x20-\x7e]|["\\]/g, '_');
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)}`;
}
