// Redirect addresses: an exact match with a registered one; on loopback any port, because a native client picks a free one.
// Source: RFC 8252 §7.3, §8.4; Entra ID, "Redirect URI restrictions".

import type { RedirectUri } from '#storage/identity-store.ts';

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The registration that covers the address, or undefined. */
export function findRedirect(registered: readonly RedirectUri[], wanted: string): RedirectUri | undefined {
  if (!URL.canParse(wanted)) return undefined;
  const url = new URL(wanted);
  if (url.hash !== '' || url.username !== '' || url.password !== '' || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined;
  return registered.find(({ uri }) => {
    if (uri === wanted) return true;
    if (!URL.canParse(uri)) return false;
    const known = new URL(uri);
    if (known.protocol !== url.protocol || known.hostname !== url.hostname || known.pathname !== url.pathname || known.search !== url.search) return false;
    return url.port === known.port || (LOOPBACK.has(url.hostname) && url.protocol === 'http:');
  });
}
