// Resource ids: raw paths to decoded segments, safely. What the segments mean is the registry's business.

import { Fault } from '#kernel/faults.ts';

const MAX_PATH = 8_192;
const MAX_SEGMENT = 512;
// Why: these would change the meaning of an id, of a log line, or of a path that a name later becomes part of.
const FORBIDDEN = /[\p{Cc}/\\?#]/u;

/**
 * Decoded segments of a percent-encoded path or of an id. A trailing slash is tolerated. Throws `invalid`/`InvalidResourceId`
 * for empty, `.` and `..` segments, encoded slashes, control characters and malformed encoding.
 */
export function splitPath(path: string): readonly string[] {
  if (path.length > MAX_PATH) throw invalidId(`it has ${path.length} characters; at most ${MAX_PATH} are accepted`, path);
  // Azure: @azure/arm-locks sends a scope as one encoded segment. Unfolded here, its parts are checked like all others.
  const unfolded = path.replace(/^\/(?:%2F)?subscriptions%2F[^/]*/i, (scope) => scope.replace(/%2F/gi, '/').replace(/^\/\//, '/'));
  const trimmed = unfolded.replace(/^\//, '').replace(/\/$/, '');
  if (trimmed === '') return [];
  return trimmed.split('/').map((raw) => decodeSegment(raw, path));
}

function decodeSegment(raw: string, path: string): string {
  let segment: string;
  try {
    segment = decodeURIComponent(raw);
  } catch {
    throw invalidId(`the segment '${raw.slice(0, 100)}' is not valid percent-encoding`, path);
  }
  if (segment === '' || segment === '.' || segment === '..') throw invalidId(`a segment is empty, '.' or '..'`, path);
  if (segment.length > MAX_SEGMENT) throw invalidId(`a segment has ${segment.length} characters; at most ${MAX_SEGMENT} are accepted`, path);
  if (FORBIDDEN.test(segment)) throw invalidId(`the segment '${encodeURIComponent(segment).slice(0, 100)}' has a slash, backslash, question mark, hash or control character`, path);
  return segment;
}

function invalidId(why: string, path: string): Fault {
  return new Fault('invalid', 'InvalidResourceId', `The path is not a valid resource id: ${why}.`, { target: path.slice(0, 200).replace(/\p{Cc}/gu, '') });
}

/** An id as a URL path. */
export function encodePath(id: string): string {
  return id.split('/').map(encodeURIComponent).join('/').replaceAll('%3A', ':').replaceAll('%40', '@');
}
