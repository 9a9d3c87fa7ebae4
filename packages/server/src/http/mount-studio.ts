// MountStudio: the built studio as static files. Hashed assets are kept for ever, index.html never; a page address that is
// no file gets index.html, because the studio routes in the browser.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname, join, resolve, sep } from 'node:path';
import type { PlaneReply } from '#planes/plane.ts';
import type { Exchange } from './exchange.ts';
import { answer, type FaultRenderer } from './send-reply.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
};

export const STUDIO_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'referrer-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
};

/** Replies with a file of the studio, or its first page; answers false when the path is neither. */
export function studioFallback(studioDir: string, renderFault: FaultRenderer): (exchange: Exchange) => Promise<boolean> {
  const root = resolve(studioDir);
  return async (exchange) => {
    const file = (await findFile(root, exchange)) ?? (isPageAddress(exchange) ? await findFile(root, exchange, 'index.html') : undefined);
    if (file === undefined) return false;
    exchange.route = file.path.endsWith('index.html') ? '(studio page)' : '(studio file)';
    await answer(exchange, renderFault, async () => fileReply(exchange, file));
    return true;
  };
}

interface FoundFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly type: string;
  readonly encoding?: 'br' | 'gzip';
  readonly isHashed: boolean;
}

/** Encodings that the build may have put beside a file, best first. */
const ENCODINGS = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
] as const;

async function findFile(root: string, exchange: Exchange, name = decodeURIComponent(exchange.rawPath).replace(/^\/+/, '')): Promise<FoundFile | undefined> {
  const type = CONTENT_TYPES[extname(name).toLowerCase()];
  // Why: one resolver; nothing outside the folder, nothing hidden, only kinds of files that a build makes.
  if (type === undefined || /[\0\\]/.test(name) || name.split('/').some((part) => part.startsWith('.'))) return undefined;
  const path = resolve(join(root, name));
  if (!path.startsWith(root + sep)) return undefined;
  const plain = await fileSize(path);
  if (plain === undefined) return undefined;
  const accepted = new Set((exchange.headers['accept-encoding'] ?? '').split(',').flatMap((entry) => (/;\s*q=0(\.0*)?\s*$/.test(entry) ? [] : [entry.split(';')[0]?.trim() ?? ''])));
  const isHashed = /[.-][A-Za-z0-9_-]{8,}\.\w+$/.test(name) && name.startsWith('assets/');
  for (const { name: encoding, suffix } of ENCODINGS) {
    if (!accepted.has(encoding)) continue;
    const packed = await fileSize(path + suffix);
    if (packed !== undefined) return { path: path + suffix, type, isHashed, encoding, ...packed };
  }
  return { path, type, isHashed, ...plain };
}

async function fileSize(path: string): Promise<{ readonly sizeBytes: number; readonly etag: string } | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true ? { sizeBytes: found.size, etag: `"${found.size.toString(36)}-${Math.trunc(found.mtimeMs).toString(36)}"` } : undefined;
}

function fileReply(exchange: Exchange, file: FoundFile): PlaneReply {
  const headers: Record<string, string> = {
    ...STUDIO_HEADERS,
    'content-type': file.type,
    'cache-control': file.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: file.etag,
    vary: 'accept-encoding',
    ...(file.encoding === undefined ? {} : { 'content-encoding': file.encoding }),
  };
  if (exchange.headers['if-none-match'] === file.etag) return { status: 304, headers };
  headers['content-length'] = String(file.sizeBytes);
  return { status: 200, headers, body: exchange.method === 'HEAD' ? undefined : createReadStream(file.path) };
}

/** A browser asking for a page, not a client for data that is not there. */
function isPageAddress(exchange: Exchange): boolean {
  const { headers, rawPath } = exchange;
  const isApi = /^\/(api|metadata|mlflow|discovery)(\/|$)/i.test(rawPath);
  return !isApi && headers['authorization'] === undefined && (headers['accept'] ?? '').includes('text/html') && extname(rawPath) === '';
}
