// ExternalProvider: people sign in with an OpenID provider of the operator's; whoever it names is a user here from the first
// time on, and the groups of its claims are groups here. Source: OpenID Connect Core 1.0 §3.1; RFC 7636.

import { createHash, randomUUID } from 'node:crypto';
import * as oidc from 'openid-client';
import { Fault } from '#kernel/faults.ts';
import type { Database, Tx } from '#storage/database.ts';
import { findExternalGroups, findExternalPerson, insertExternalGroup, insertExternalPerson, setExternalMemberships } from '#storage/external-store.ts';
import { type DirectoryPrincipal, findPrincipal, findPrincipalByUserName, insertPrincipal, lockInstallation } from '#storage/identity-store.ts';
import { aadsts } from '../aadsts.ts';

const MOST_GROUPS = 1_000;

export interface ExternalSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** On the button. */
  readonly name: string;
  /** Claim with the names of the person's groups. */
  readonly groupsClaim: string;
}

/** What a browser keeps between leaving for the provider and coming back. */
export interface ExternalAttempt {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

export interface ExternalProvider {
  readonly name: string;
  /** Where to send the browser; it comes back to `returnTo`, which the provider has to know. */
  begin(returnTo: string): Promise<{ readonly url: string; readonly attempt: ExternalAttempt }>;
  /** The person behind the answer. Throws AADSTS50058 when it does not belong to the attempt or the provider refused. */
  finish(current: URL, attempt: ExternalAttempt): Promise<DirectoryPrincipal>;
}

export interface ExternalDeps {
  readonly database: Database;
  readonly domain: string;
  readonly fetch: oidc.CustomFetch;
}

export function createExternalProvider(deps: ExternalDeps, settings: ExternalSettings): ExternalProvider {
  let known: Promise<oidc.Configuration> | undefined;

  /** Asked for at the first sign-in and not at start: the provider may be down then. */
  async function configuration(): Promise<oidc.Configuration> {
    const isPlain = new URL(settings.issuer).protocol === 'http:';
    known ??= oidc.discovery(new URL(settings.issuer), settings.clientId, settings.clientSecret, undefined, {
      [oidc.customFetch]: deps.fetch,
      ...(isPlain ? { execute: [oidc.allowInsecureRequests] } : {}),
    });
    return known.catch((error: unknown) => {
      known = undefined;
      throw new Fault('unavailable', 'ExternalProviderUnavailable', `The provider ${settings.issuer} does not answer as an OpenID provider: ${messageOf(error)}.`, { cause: error });
    });
  }

  return {
    name: settings.name,
    async begin(returnTo) {
      const provider = await configuration();
      const attempt = { state: oidc.randomState(), nonce: oidc.randomNonce(), codeVerifier: oidc.randomPKCECodeVerifier() };
      const url = oidc.buildAuthorizationUrl(provider, {
        redirect_uri: returnTo,
        scope: 'openid profile email',
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(attempt.codeVerifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, attempt };
    },
    async finish(current, attempt) {
      const provider = await configuration();
      const claims = await claimsOf(provider, current, attempt, settings).catch((error: unknown) => {
        throw aadsts(50058, `${settings.name} did not sign you in: ${messageOf(error)}.`);
      });
      return deps.database.transaction((tx) => admit(tx, deps, settings, claims));
    },
  };
}

type Claims = Readonly<Record<string, unknown>> & { readonly sub: string };

async function claimsOf(provider: oidc.Configuration, current: URL, attempt: ExternalAttempt, settings: ExternalSettings): Promise<Claims> {
  const tokens = await oidc.authorizationCodeGrant(provider, current, {
    pkceCodeVerifier: attempt.codeVerifier,
    expectedState: attempt.state,
    expectedNonce: attempt.nonce,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (claims === undefined) throw new TypeError('it sent no id token');
  const isComplete = claims[settings.groupsClaim] !== undefined && (claims['name'] !== undefined || claims['preferred_username'] !== undefined);
  if (isComplete || provider.serverMetadata().userinfo_endpoint === undefined) return claims;
  return { ...(await oidc.fetchUserInfo(provider, tokens.access_token, claims.sub)), ...claims };
}

async function admit(tx: Tx, deps: ExternalDeps, settings: ExternalSettings, claims: Claims): Promise<DirectoryPrincipal> {
  const { issuer } = settings;
  // Why: two browsers of one person, at the first sign-in, must not make two users.
  await lockInstallation(tx);
  const id = (await findExternalPerson(tx, issuer, claims.sub)) ?? (await addPerson(tx, deps, issuer, claims));
  await setExternalMemberships(tx, issuer, id, await groupsOf(tx, issuer, claims[settings.groupsClaim]));
  const principal = await findPrincipal(tx, id);
  if (principal === undefined || !principal.isEnabled) throw aadsts(50057, 'The user account is disabled.');
  return principal;
}

async function addPerson(tx: Tx, deps: ExternalDeps, issuer: string, claims: Claims): Promise<string> {
  const text = (name: string): string | undefined => (typeof claims[name] === 'string' && claims[name] !== '' ? claims[name] : undefined);
  const wanted = text('preferred_username') ?? text('email') ?? claims.sub;
  const name = /^[^\s@]+@[^\s@]+$/.test(wanted) ? wanted : `${wanted.toLowerCase().replace(/[^a-z0-9._-]+/g, '.')}@${deps.domain}`;
  // Why never the account of that name: the provider vouches for its own people, not for those of this directory.
  const isTaken = (await findPrincipalByUserName(tx, name)) !== undefined;
  const own = createHash('sha256').update(`${issuer}\n${claims.sub}`).digest('hex').slice(0, 12);
  const id = randomUUID();
  await insertPrincipal(tx, { id, kind: 'User', displayName: text('name') ?? wanted, userPrincipalName: isTaken ? `${own}.${name}` : name });
  await insertExternalPerson(tx, issuer, claims.sub, id);
  return id;
}

async function groupsOf(tx: Tx, issuer: string, claim: unknown): Promise<readonly string[]> {
  const names = [...new Set((Array.isArray(claim) ? claim : []).filter((name): name is string => typeof name === 'string' && name !== ''))].slice(0, MOST_GROUPS);
  const known = await findExternalGroups(tx, issuer, names);
  const ids = [...known.values()];
  for (const name of names.filter((each) => !known.has(each))) {
    const id = randomUUID();
    await insertPrincipal(tx, { id, kind: 'Group', displayName: name });
    await insertExternalGroup(tx, issuer, name, id);
    ids.push(id);
  }
  return ids;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const description = 'error_description' in error && typeof error.error_description === 'string' ? error.error_description : undefined;
  return description ?? error.message;
}
