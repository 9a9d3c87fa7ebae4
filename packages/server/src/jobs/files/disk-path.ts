// disk-path: the one resolver for every name from outside (a blob, an output, an input) that reaches the disk.

import { resolve, sep } from 'node:path';
import { Fault } from '#kernel/faults.ts';

/** The path of `relative` (segments divided by `/`) inside `root`. Throws `invalid`/`UnsafePath` for whatever would leave it. */
export function resolveInside(root: string, relative: string): string {
  const segments = relative.split('/');
  const isUnsafe = relative === '' || segments.some((segment) => segment === '' || segment === '.' || segment === '..' || segment.includes('\0') || (sep === '\\' && /[\\:]/.test(segment)));
  const path = resolve(root, ...segments);
  if (isUnsafe || !path.startsWith(resolve(root) + sep)) {
    throw new Fault('invalid', 'UnsafePath', `The name ${JSON.stringify(relative)} cannot become a file of a job: it is empty, absolute, or has an empty, '.' or '..' segment.`);
  }
  return path;
}
