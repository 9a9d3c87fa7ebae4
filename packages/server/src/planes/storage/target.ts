// Target: what a request is about, from its path and query, decoded exactly once. Names never become paths.
// Source: Storage REST, "Naming and referencing containers, blobs, and metadata".

import { Fault } from '#kernel/faults.ts';

export interface Target {
  readonly container?: string;
  readonly blob?: string;
}

const CONTAINER = /^(?:\$root|\$logs|\$web|[a-z0-9](?:-?[a-z0-9]){2,62})$/;
const MAX_NAME_CHARACTERS = 1024;
/** What an index entry of the database holds; reached only by long names in scripts of three and more bytes. */
const MAX_NAME_BYTES = 2500;

/** Percent-decoding of UTF-8, `+` untouched. Throws `invalid`/`InvalidUri`. */
export function decodePart(text: string): string {
  try {
    const decoded = decodeURIComponent(text);
    if (!decoded.includes('\0') && !decoded.includes('\u{10FFFF}')) return decoded;
  } catch {
    // falls through to the fault below
  }
  throw new Fault('invalid', 'InvalidUri', 'The requested URI does not represent any resource on the server: a name holds bytes that are not percent-encoded UTF-8, NUL, or U+10FFFF.');
}

export function parseTarget(rawPath: string): Target {
  const path = rawPath.startsWith('/') ? rawPath.slice(1) : rawPath;
  if (path === '') return {};
  const slash = path.indexOf('/');
  const first = decodePart(slash < 0 ? path : path.slice(0, slash));
  const rest = slash < 0 ? '' : decodePart(path.slice(slash + 1));
  if (rest === '') return { container: first };
  return { container: first, blob: rest };
}

/** Throws `invalid`/`InvalidResourceName` or `OutOfRangeInput` for names that cannot be. */
export function checkNames(target: Target): void {
  const { container, blob } = target;
  if (container !== undefined && !CONTAINER.test(container)) {
    const isLength = container.length < 3 || container.length > 63;
    throw new Fault(
      'invalid',
      isLength ? 'OutOfRangeInput' : 'InvalidResourceName',
      `The container name ${JSON.stringify(container)} is not valid: 3 to 63 lower-case letters, digits and single hyphens, starting and ending with a letter or digit.`,
    );
  }
  if (blob !== undefined && (blob.length > MAX_NAME_CHARACTERS || Buffer.byteLength(blob) > MAX_NAME_BYTES)) {
    throw new Fault(
      'invalid',
      'OutOfRangeInput',
      `The blob name has ${blob.length} characters (${Buffer.byteLength(blob)} bytes of UTF-8); up to ${MAX_NAME_CHARACTERS} characters and ${MAX_NAME_BYTES} bytes are accepted.`,
    );
  }
}

/** Query parameters by lower-cased name, decoded; `+` stays. Repeated ones in order. */
export function parseQuery(rawQuery: string): ReadonlyMap<string, readonly string[]> {
  const query = new Map<string, string[]>();
  for (const pair of rawQuery.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decodePart(equals < 0 ? pair : pair.slice(0, equals)).toLowerCase();
    const value = equals < 0 ? '' : decodePart(pair.slice(equals + 1));
    const values = query.get(name);
    if (values === undefined) query.set(name, [value]);
    else values.push(value);
  }
  return query;
}
