// Federated assertions: a token of another issuer stands for the credentials of an application or of a user-assigned
// identity, if issuer, subject and audience are exactly those of one of its federated credentials.
// Source: Entra "Workload identity federation"; RFC 7523 §3.

import { decodeJwt, errors as joseErrors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '#kernel/clock.ts';
import type { Federation } from '#storage/application-store.ts';
import { aadsts } from '../aadsts.ts';
import type { SigningKeys } from '../signing-keys.ts';
import { JOB_CLAIM } from '../tokens.ts';
import { assertionFault, clockToleranceSeconds } from './certificate-assertion.ts';
import type { IssuerKeys } from './issuer-keys.ts';

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

export interface FederationDeps {
  readonly clock: Clock;
  readonly tenantId: string;
  readonly domain: string;
  readonly keys: SigningKeys;
  readonly issuerKeys: IssuerKeys;
}

/** Throws AADSTS70021, 700211, 700212, 700213 (no federation of these claims), 700024, 700027. */
export async function verifyFederatedAssertion(deps: FederationDeps, assertion: string, appId: string, federations: readonly Federation[]): Promise<void> {
  const claims = decodeJwt(assertion);
  const { iss = '', sub = '' } = claims;
  const audiences = Array.isArray(claims.aud) ? claims.aud : [claims.aud ?? ''];
  const shown = `Assertion Issuer: '${iss}'. Assertion Subject: '${sub}'. Assertion Audience: '${audiences.join(' ')}'.`;
  if (federations.length === 0) throw aadsts(70021, `No matching federated identity record found for presented assertion: '${appId}' has none. ${shown}`);
  // Why exact, with letter case: so are the claims of the issuers, and a slash more is another issuer.
  const ofIssuer = federations.filter((each) => each.issuer === iss);
  if (ofIssuer.length === 0) throw aadsts(700211, `No matching federated identity record found for presented assertion issuer '${iss}'. ${shown}`);
  const ofSubject = ofIssuer.filter((each) => each.subject === sub);
  if (ofSubject.length === 0) throw aadsts(700213, `No matching federated identity record found for presented assertion subject '${sub}'. ${shown}`);
  if (!ofSubject.some((each) => each.audiences.some((audience) => audiences.includes(audience))))
    throw aadsts(700212, `No matching federated identity record found for presented assertion audience '${audiences.join(' ')}'. ${shown}`);
  const payload = isOwnIssuer(deps, iss) ? await verifyWith(ownKeys(deps), assertion, deps) : await verifyForeign(deps, assertion, iss);
  // Why: a job's token must not become another identity that is not bound to the job.
  if (payload[JOB_CLAIM] !== undefined) throw aadsts(700027, 'The token of a job is no credential of an application.');
}

async function verifyForeign(deps: FederationDeps, assertion: string, issuer: string): Promise<JWTPayload> {
  if (!deps.issuerKeys.isAccepted(issuer))
    throw aadsts(700211, `The issuer '${issuer}' is no https address, and none of the operator's (LAZURITE_FEDERATION_ISSUERS); its keys cannot be read safely.`);
  try {
    return await verifyWith(await deps.issuerKeys.find(issuer, false), assertion, deps);
  } catch (error) {
    if (!(error instanceof joseErrors.JWKSNoMatchingKey)) throw error;
    return verifyWith(await deps.issuerKeys.find(issuer, true), assertion, deps);
  }
}

async function verifyWith(keys: JWTVerifyGetKey, assertion: string, deps: FederationDeps): Promise<JWTPayload> {
  const now = new Date(deps.clock.now());
  try {
    return (await jwtVerify(assertion, keys, { algorithms: ALGORITHMS, currentDate: now, clockTolerance: clockToleranceSeconds, requiredClaims: ['exp', 'iss', 'sub', 'aud'] })).payload;
  } catch (error) {
    if (error instanceof joseErrors.JWKSNoMatchingKey) throw error;
    throw assertionFault(error, now);
  }
}

/** Our own tokens need no network. */
function ownKeys(deps: FederationDeps): JWTVerifyGetKey {
  return async (header) => {
    const key = typeof header.kid === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(header.kid) ? await deps.keys.findPublicKey(header.kid) : undefined;
    if (key === undefined) throw aadsts(700027, 'Client assertion failed signature validation: no key of this server signed it.');
    return key;
  };
}

function isOwnIssuer(deps: FederationDeps, issuer: string): boolean {
  if (issuer === `https://sts.${deps.domain}/${deps.tenantId}/`) return true;
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  return url?.hostname === `login.${deps.domain}` && url.pathname === `/${deps.tenantId}/v2.0`;
}
