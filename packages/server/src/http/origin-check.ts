// OriginCheck: a browser may change state only from our own pages. Source: OWASP CSRF; Fetch standard, `Origin`.

import { Fault } from '#kernel/faults.ts';
import type { Exchange } from './exchange.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Throws `forbidden` for a state-changing request that a browser sent for a page of another origin. Clients without a browser send no Origin. */
export function checkOrigin(exchange: Exchange): void {
  const origin = exchange.headers['origin'];
  if (SAFE_METHODS.has(exchange.method) || origin === undefined) return;
  if (origin.toLowerCase() === exchange.origin.toLowerCase()) return;
  // Why: under a strict referrer policy a form on our own page sends `null`; pages cannot set Sec-Fetch-Site.
  if (origin === 'null' && exchange.headers['sec-fetch-site'] === 'same-origin') return;
  throw new Fault('forbidden', 'OriginNotAllowed', `A page of ${JSON.stringify(origin.slice(0, 200))} may not send ${exchange.method} requests here. Only pages of ${exchange.origin} may.`, {
    target: 'Origin',
  });
}
