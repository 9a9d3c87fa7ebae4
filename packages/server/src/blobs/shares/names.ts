// Names of directories and files: a path is divided by `/`; names keep their letters and are compared without their case.
// Source: Files REST, "Naming and referencing shares, directories, files, and metadata".

import { Fault } from '#kernel/faults.ts';

const MAX_NAME = 255;
const MAX_PATH = 2048;
const MAX_DEPTH = 250;
/** Also U+FFFE, U+FFFF and what stands alone of a pair. */
const FORBIDDEN = /["\\:|<>*?\p{Cc}\p{Cs}\u{FFFE}\u{FFFF}\u{10FFFF}]/u;

/** The form in which names are compared. */
export function nameKey(name: string): string {
  return name.toLowerCase();
}

/**
 * The names of a path, none for the root. Azure: dots at the end of a name are dropped unless the caller says that they
 * count. Throws `invalid`/`InvalidResourceName`, `InvalidFileOrDirectoryPathName` (too long).
 */
export function parsePath(text: string, keepsTrailingDots = false): readonly string[] {
  const names = text
    .replace(/\/+$/, '')
    .split('/')
    .map((name) => (keepsTrailingDots || /^\.+$/.test(name) ? name : name.replace(/\.+$/, '')));
  if (names.length === 1 && names[0] === '') return [];
  if (text.length > MAX_PATH || names.length > MAX_DEPTH)
    throw new Fault('invalid', 'InvalidFileOrDirectoryPathName', `The path has ${text.length} characters and ${names.length} names; up to ${MAX_PATH} characters and ${MAX_DEPTH} names are accepted.`);
  const wrong = names.find((name) => name === '' || name === '.' || name === '..' || name.length > MAX_NAME || FORBIDDEN.test(name));
  if (wrong !== undefined)
    throw new Fault(
      'invalid',
      'InvalidResourceName',
      `The name ${JSON.stringify(wrong.slice(0, 300))} is not valid: 1 to ${MAX_NAME} characters other than " \\ : | < > * ? and control characters are accepted, but neither . nor .. alone.`,
    );
  return names;
}
