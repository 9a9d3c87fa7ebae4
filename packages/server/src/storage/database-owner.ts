// DatabaseOwner: runs the database's programs as another user where Lazurite is root, because PostgreSQL refuses to be root.
// Folders above that let only root through (/root, mostly) stay as they are: the programs get the one capability instead.

import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '#kernel/faults.ts';

export interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

/** Of util-linux; by full path, so that nothing on a search path is run as root. */
const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'];

export interface OwnedCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** For child_process. */
  readonly options: Owner;
}

/** How to run a program as the owner, able to reach these paths. Throws `unavailable`/`DatabaseFolderClosed` where there is no way. */
export function asOwner(program: string, args: readonly string[], owner: Owner, paths: readonly string[]): OwnedCommand {
  const closed = owner.uid === undefined ? undefined : paths.map((path) => closedAbove(realpathSync(path), owner)).find((folder) => folder !== undefined);
  if (closed === undefined) return { program, args, options: owner };
  const setpriv = SETPRIV.find((path) => existsSync(path));
  if (setpriv === undefined) {
    throw new Fault(
      'unavailable',
      'DatabaseFolderClosed',
      `PostgreSQL refuses to run as root, and the user it runs as instead may not pass through ${closed}. Choose a data folder elsewhere with --data-dir, open ${closed} with \`chmod o+x\`, or start Lazurite as an ordinary user.`,
    );
  }
  const identity = ['--reuid', String(owner.uid), '--regid', String(owner.gid), '--clear-groups'];
  // Why the securebit: access(2), which initdb asks about its own files, counts capabilities of a user that is not root only with it.
  return { program: setpriv, args: [...identity, '--securebits', '+no_setuid_fixup', '--inh-caps', '+dac_override', '--ambient-caps', '+dac_override', '--', program, ...args], options: {} };
}

/** The first folder on the way that does not let the user through. */
function closedAbove(folder: string, owner: Owner): string | undefined {
  for (let at = dirname(folder); ; at = dirname(at)) {
    const { mode, uid, gid } = statSync(at);
    const bit = uid === owner.uid ? 0o100 : gid === owner.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return at;
    if (at === dirname(at)) return undefined;
  }
}
