// The one resolver of artifact paths: what a caller names, as the rest of a blob name below a root.
// Source: contracts/mlflow.md §12.1 (path check).

import { Fault } from '#kernel/faults.ts';
import { quote } from './faults.ts';

/**
 * The path below a root, without leading or trailing slash; '' for the root itself. Throws `invalid`/`InvalidPath` for
 * anything that could mean a place outside, however often it is percent-encoded.
 */
export function parseArtifactPath(path: string): string {
  let form = path;
  for (let round = 0; round < 10; round += 1) {
    checkForm(form, path);
    const decoded = decode(form);
    if (decoded === form) break;
    // Why: nobody encodes ten times for a good reason.
    if (round === 9) invalid(path);
    form = decoded;
  }
  return path.replace(/\/+$/, '');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function checkForm(form: string, path: string): void {
  const isOutside = form.startsWith('/') || form.includes('\\') || /^[A-Za-z]:/.test(form) || form.includes('#') || /\p{Cc}/u.test(form);
  const parts = form.replace(/\/+$/, '').split('/');
  const isUnclean = form !== '' && parts.some((part) => part === '' || part === '.' || part === '..');
  if (isOutside || isUnclean || form.length > 1000) invalid(path);
}

function invalid(path: string): never {
  throw new Fault(
    'invalid',
    'InvalidPath',
    `Invalid path ${quote(path)}: an artifact path is relative, has no '.', '..' or empty parts, no backslash, drive letter or '#', and at most 1000 characters.`,
    { target: 'path' },
  );
}
