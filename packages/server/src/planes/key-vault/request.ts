// Request: path, query and body of a request to a vault, read leniently where clients are careless: doubled and final
// slashes, percent-encoded parameter names. Source: design/findings.md §4; contracts/terraform-azurerm.md §4.7.

import type { Readable } from 'node:stream';
import { Fault } from '#kernel/faults.ts';
import { badParameter } from '#vault/faults.ts';
import type { PlaneRequest } from '../plane.ts';

const NUMBERED = /^7\.[0-9](-preview(\.\d+)?)?$/;
const DATED = /^\d{4}-\d{2}-\d{2}(-preview)?$/;

export function segmentsOf(rawPath: string): readonly string[] {
  return rawPath
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => decodeURIComponent(segment));
}

/** By lower-cased name; of a repeated parameter the first counts. */
export function queryOf(request: PlaneRequest): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  for (const [name, value] of request.query) if (!query.has(name.toLowerCase())) query.set(name.toLowerCase(), value);
  return query;
}

/** Versions 7.0 to 7.9, and dated ones: clients are newer than this program. */
export function apiVersionOf(query: ReadonlyMap<string, string>): string {
  const version = query.get('api-version');
  if (version === undefined || version === '') throw badParameter('api-version must be specified.', 'api-version');
  if (!NUMBERED.test(version) && !DATED.test(version))
    throw badParameter(`The specified version (${version.slice(0, 50)}) is not recognized. 7.0 to 7.6 and 2025-07-01 are examples of those that are.`, 'api-version');
  return version;
}

/** The parsed JSON body; undefined when it is empty. */
export async function readBody(stream: Readable, headers: Readonly<Record<string, string>>): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString('utf8');
  if (text.trim() === '') return undefined;
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity')
    throw new Fault('unsupportedMedia', 'UnsupportedMediaType', `The body is encoded with '${encoding.slice(0, 50)}'; send it as it is.`, { target: 'Content-Encoding' });
  try {
    return JSON.parse(text);
  } catch {
    throw badParameter('The body is not valid JSON.');
  }
}
