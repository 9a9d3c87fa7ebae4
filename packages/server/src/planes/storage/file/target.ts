// Names of shares. Source: Files REST, "Naming and referencing shares, directories, files, and metadata".

import { Fault } from '#kernel/faults.ts';

const SHARE = /^[a-z0-9](?:-?[a-z0-9])*$/;

/** Throws `invalid`/`OutOfRangeInput`, `InvalidResourceName`. */
export function checkShareName(name: string): void {
  const isLength = name.length < 3 || name.length > 63;
  if (!isLength && SHARE.test(name)) return;
  throw new Fault(
    'invalid',
    isLength ? 'OutOfRangeInput' : 'InvalidResourceName',
    `The share name ${JSON.stringify(name.slice(0, 100))} is not valid: 3 to 63 lower-case letters, digits and single hyphens, starting and ending with a letter or digit.`,
  );
}
