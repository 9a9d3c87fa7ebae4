// IssuerKeys: the public keys of other issuers, by their discovery documents, kept for a while.
// Source: OpenID Connect Discovery 1.0 §4; RFC 7517.

import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '#kernel/clock.ts';
import { isJsonObject, stringAt } from '#kernel/json.ts';
import { aadsts } from '../aadsts.ts';

const FRESH_MS = 10 * 60_000;
/** A key that is not known makes us look again, no more often than this. */
const AGAIN_MS = 30_000;
const MOST_ISSUERS = 200;

export interface IssuerKeys {
  /** Whether its keys can be read safely: over https, or because the operator trusts it. */
  isAccepted(issuer: string): boolean;
  /** Throws AADSTS700211 when the issuer's keys cannot be read. */
  find(issuer: string, isAgain: boolean): Promise<JWTVerifyGetKey>;
}

/** `fetchJson`: reads a document of the public internet. `trusted`: issuers of the operator's own network, and how their documents are read. */
export function createIssuerKeys(deps: {
  readonly clock: Clock;
  fetchJson(url: string): Promise<unknown>;
  readonly trusted?: { readonly issuers: ReadonlySet<string>; fetchJson(url: string): Promise<unknown> };
}): IssuerKeys {
  const known = new Map<string, { readonly keys: Promise<JWTVerifyGetKey>; readonly at: number }>();

  async function load(issuer: string): Promise<JWTVerifyGetKey> {
    const { fetchJson } = deps.trusted?.issuers.has(issuer) === true ? deps.trusted : deps;
    try {
      const document = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
      if (stringAt(document, 'issuer') !== issuer) throw new TypeError(`its discovery document names the issuer '${stringAt(document, 'issuer')}'`);
      const address = stringAt(document, 'jwks_uri') ?? '';
      const isNear = fetchJson !== deps.fetchJson && URL.canParse(address) && new URL(address).origin === new URL(issuer).origin;
      if (!address.startsWith('https://') && !isNear) throw new TypeError(`its discovery document names no https address of keys (jwks_uri is '${address}')`);
      const set = await fetchJson(address);
      if (!isKeySet(set)) throw new TypeError(`${address} is no JSON Web Key Set`);
      return createLocalJWKSet(set);
    } catch (error) {
      throw aadsts(700211, `The keys of the issuer '${issuer}' cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
    }
  }

  return {
    isAccepted: (issuer) => issuer.startsWith('https://') || deps.trusted?.issuers.has(issuer) === true,
    async find(issuer, isAgain) {
      const now = deps.clock.now();
      const found = known.get(issuer);
      if (found !== undefined && now - found.at < (isAgain ? AGAIN_MS : FRESH_MS)) return found.keys;
      if (known.size >= MOST_ISSUERS) known.clear();
      const entry = { keys: load(issuer), at: now };
      known.set(issuer, entry);
      entry.keys.catch(() => known.get(issuer) === entry && known.delete(issuer));
      return entry.keys;
    },
  };
}

function isKeySet(value: unknown): value is JSONWebKeySet {
  return isJsonObject(value) && Array.isArray(value['keys']) && value['keys'].every((key) => isJsonObject(key) && typeof key['kty'] === 'string');
}
