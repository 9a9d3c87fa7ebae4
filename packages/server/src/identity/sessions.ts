// Sessions of people in a browser, and the one-time links that start them.

import type { Clock } from '#kernel/clock.ts';
import type { Database } from '#storage/database.ts';
import { deleteSession, findSession, insertOneTimeLink, insertSession, useOneTimeLink } from '#storage/credential-store.ts';
import { type DirectoryPrincipal, findPrincipal } from '#storage/identity-store.ts';
import { hashSecret, newReadableCode, newSecret, normalizeReadableCode } from './secrets.ts';

const LINK_MS = 10 * 60_000;
export const sessionSeconds = 7 * 86_400;

export interface Sessions {
  /** A code that signs this principal in once, within ten minutes. For `lazurite login`. */
  createOneTimeLink(principalId: string): Promise<string>;
  /** Uses the code up and starts a session: the text of its cookie. Undefined when the code is unknown, used or over. */
  start(code: string): Promise<string | undefined>;
  /** A session for a person who has proved who they are: the text of its cookie. */
  startFor(principalId: string): Promise<string>;
  /** Who is signed in, if the session lasts and the account is enabled. */
  find(cookie: string): Promise<DirectoryPrincipal | undefined>;
  end(cookie: string): Promise<void>;
}

export function createSessions(deps: { readonly database: Database; readonly clock: Clock }): Sessions {
  const { database, clock } = deps;
  return {
    async createOneTimeLink(principalId) {
      const code = newReadableCode();
      await database.transaction((tx) => insertOneTimeLink(tx, hashSecret(code), { principalId, expiresAt: new Date(clock.now() + LINK_MS) }));
      return code;
    },
    async start(code) {
      const now = new Date(clock.now());
      const cookie = newSecret();
      return database.transaction(async (tx) => {
        const principalId = await useOneTimeLink(tx, hashSecret(normalizeReadableCode(code)), now);
        if (principalId === undefined) return undefined;
        await insertSession(tx, hashSecret(cookie), { principalId, createdAt: now, expiresAt: new Date(now.getTime() + sessionSeconds * 1000) });
        return cookie;
      });
    },
    async startFor(principalId) {
      const now = clock.now();
      const cookie = newSecret();
      await database.transaction((tx) => insertSession(tx, hashSecret(cookie), { principalId, createdAt: new Date(now), expiresAt: new Date(now + sessionSeconds * 1000) }));
      return cookie;
    },
    async find(cookie) {
      const session = await findSession(database.sql, hashSecret(cookie), new Date(clock.now()));
      const principal = session === undefined ? undefined : await findPrincipal(database.sql, session.principalId);
      return principal?.isEnabled === true ? principal : undefined;
    },
    async end(cookie) {
      await database.transaction((tx) => deleteSession(tx, hashSecret(cookie)));
    },
  };
}
