// Passwords of people: set, shown, changed. After ten wrong ones in a row an account is locked, each time twice as long.
// Source: Entra smart lockout (10 attempts, 60 seconds); NIST SP 800-63B §5.1.1 (length, no composition rules).

import type { Clock } from '#kernel/clock.ts';
import { Fault } from '#kernel/faults.ts';
import type { Database, Tx } from '#storage/database.ts';
import { type DirectoryPrincipal, findPrincipalByUserName } from '#storage/identity-store.ts';
import { clearPasswordFailures, countPasswordFailure, endSignIns, findPassword, lockPassword, putPassword } from '#storage/password-store.ts';
import { aadsts } from '../aadsts.ts';
import { hashPassword, isPassword, pretendToVerify } from './password-hash.ts';

const SHORTEST = 8;
const LONGEST = 256;
const MOST_FAILURES = 10;
const LOCK_MS = 60_000;
const LONGEST_LOCK_MS = 3_600_000;
const WRONG = 'Error validating credentials due to invalid username or password.';

export interface Passwords {
  /**
   * The person behind name and password. Throws AADSTS50126 (wrong, or no such account: the same answer), 50053 (locked),
   * 50057 (disabled). `mustChange`: it is good for nothing but choosing another one.
   */
  verify(userName: string, password: string): Promise<{ readonly principal: DirectoryPrincipal; readonly mustChange: boolean }>;
  /** The person chooses another password, showing the old one. Throws as `verify`, and `invalid`/`PasswordTooWeak`. */
  change(userName: string, oldPassword: string, newPassword: string): Promise<DirectoryPrincipal>;
}

export function createPasswords(deps: { readonly database: Database; readonly clock: Clock }): Passwords {
  const { database, clock } = deps;

  async function verify(userName: string, password: string): Promise<{ readonly principal: DirectoryPrincipal; readonly mustChange: boolean }> {
    const principal = userName === '' ? undefined : await findPrincipalByUserName(database.sql, userName);
    const known = principal === undefined ? undefined : await findPassword(database.sql, principal.id);
    if (principal === undefined || known === undefined || password.length > LONGEST) {
      await pretendToVerify(password.slice(0, LONGEST));
      throw aadsts(50126, WRONG);
    }
    const now = clock.now();
    // Why before the password is looked at: while it is locked, an answer must not tell whether a guess was right.
    if (known.lockedUntil !== null && known.lockedUntil.getTime() > now) throw locked(known.lockedUntil);
    if (!(await isPassword(password, known.hash))) {
      const until = await noteFailure(principal.id, now);
      throw until === undefined ? aadsts(50126, WRONG) : locked(until);
    }
    if (!principal.isEnabled) throw aadsts(50057, 'The user account is disabled.');
    if (known.failures > 0) await database.transaction((tx) => clearPasswordFailures(tx, principal.id));
    return { principal, mustChange: known.mustChange };
  }

  async function noteFailure(principalId: string, now: number): Promise<Date | undefined> {
    return database.transaction(async (tx) => {
      const failures = await countPasswordFailure(tx, principalId);
      if (failures < MOST_FAILURES) return undefined;
      const until = new Date(now + Math.min(LONGEST_LOCK_MS, LOCK_MS * 2 ** Math.min(10, failures - MOST_FAILURES)));
      await lockPassword(tx, principalId, until);
      return until;
    });
  }

  return {
    verify,
    async change(userName, oldPassword, newPassword) {
      const { principal } = await verify(userName, oldPassword);
      if (newPassword === oldPassword) throw new Fault('invalid', 'PasswordTooWeak', 'The new password is the old one. Choose another.', { target: 'newPassword' });
      const set = await preparePassword(newPassword, false, clock);
      await database.transaction((tx) => set(tx, principal.id));
      return principal;
    },
  };
}

function locked(until: Date): Fault {
  return aadsts(50053, `The account is locked, you've tried to sign in too many times with an incorrect user ID or password. Try again after ${until.toISOString()}.`);
}

/**
 * Checks and hashes a password, and answers what writes it: hashing takes its time and must not hold a transaction. Whoever
 * was signed in as the person is signed out. Throws `invalid`/`PasswordTooWeak`.
 */
export async function preparePassword(password: string, mustChange: boolean, clock: Clock): Promise<(tx: Tx, principalId: string) => Promise<void>> {
  if (password.length < SHORTEST || password.length > LONGEST)
    throw new Fault('invalid', 'PasswordTooWeak', `A password has between ${SHORTEST} and ${LONGEST} characters; this one has ${password.length}.`, { target: 'passwordProfile.password' });
  if (new Set(password).size < 4) throw new Fault('invalid', 'PasswordTooWeak', 'The password repeats less than four different characters. Choose another.', { target: 'passwordProfile.password' });
  const hash = await hashPassword(password);
  const now = new Date(clock.now());
  return async (tx, principalId) => {
    await putPassword(tx, principalId, { hash, mustChange, now });
    await endSignIns(tx, principalId, now);
  };
}
