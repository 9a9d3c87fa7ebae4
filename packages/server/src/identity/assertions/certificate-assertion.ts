// Certificate assertions: an application signs a short statement with the key of a certificate that is registered for it.
// Source: RFC 7523 §3; Entra "Application authentication certificate credentials".

import { createPublicKey, X509Certificate } from 'node:crypto';
import { decodeProtectedHeader, errors as joseErrors, type JWTPayload, jwtVerify } from 'jose';
import type { ApplicationKey } from '#storage/application-store.ts';
import { aadsts } from '../aadsts.ts';

const ALGORITHMS = ['RS256', 'PS256', 'RS384', 'PS384', 'RS512', 'PS512', 'ES256', 'ES384', 'ES512'];
/** Clocks of clients go wrong by minutes. */
export const clockToleranceSeconds = 300;

export interface AssertionAudience {
  readonly tenantId: string;
  readonly domain: string;
  /** Origin that the request came to. */
  readonly origin: string;
}

/** Checks the statement of `appId` against its certificates. Throws AADSTS700027, 700024, 700021, 700023. */
export async function verifyCertificateAssertion(assertion: string, appId: string, keys: readonly ApplicationKey[], audience: AssertionAudience, now: Date): Promise<void> {
  const header = decodeProtectedHeader(assertion);
  const sha1 = thumbprintOf(header['x5t']);
  const sha256 = thumbprintOf(header['x5t#S256']);
  const key = keys.find((each) => (sha256 === undefined ? each.thumbprint === sha1 : each.thumbprint256 === sha256));
  if (key === undefined) {
    throw aadsts(
      700027,
      `The certificate with identifier used to sign the client assertion is not registered on application '${appId}'. Thumbprint of key used by client: '${sha256 ?? sha1 ?? 'none (x5t or x5t#S256 is missing in the header)'}'.`,
    );
  }
  if (key.startsAt > now || key.endsAt <= now)
    throw aadsts(700027, `The certificate '${key.displayName}' of application '${appId}' is valid from ${key.startsAt.toISOString()} to ${key.endsAt.toISOString()}. Register another.`);
  const payload = await verify(assertion, key, now);
  if (payload.sub?.toLowerCase() !== appId || payload.iss?.toLowerCase() !== appId)
    throw aadsts(700021, `Client assertion application identifier doesn't match 'client_id' parameter: issuer '${payload.iss}' and subject '${payload.sub}' have to be '${appId}'.`);
  const wanted = acceptedAudiences(audience);
  const audiences = Array.isArray(payload.aud) ? payload.aud : [payload.aud ?? ''];
  if (!audiences.some((each) => wanted.has(each.replace(/\/$/, ''))))
    throw aadsts(
      700023,
      `Client assertion audience claim does not match Realm issuer. It is '${audiences.join(' ')}' and has to be the address of the token endpoint, ${audience.origin}/${audience.tenantId}/oauth2/v2.0/token.`,
    );
}

async function verify(assertion: string, key: ApplicationKey, now: Date): Promise<JWTPayload> {
  try {
    const publicKey = createPublicKey(new X509Certificate(key.certificate).publicKey.export({ type: 'spki', format: 'pem' }));
    const { payload } = await jwtVerify(assertion, publicKey, { algorithms: ALGORITHMS, currentDate: now, clockTolerance: clockToleranceSeconds, requiredClaims: ['aud', 'exp', 'iss', 'sub'] });
    return payload;
  } catch (error) {
    throw assertionFault(error, now);
  }
}

/** What jose found wrong, in Entra's words. */
export function assertionFault(error: unknown, now: Date): unknown {
  if (error instanceof joseErrors.JWTExpired || (error instanceof joseErrors.JWTClaimValidationFailed && (error.claim === 'nbf' || error.claim === 'iat')))
    return aadsts(700024, `Client assertion is not within its valid time range. Current time: ${now.toISOString()}. ${error.message}.`);
  if (error instanceof joseErrors.JWTClaimValidationFailed) return aadsts(50027, `The client assertion is not usable: ${error.message}.`);
  if (error instanceof joseErrors.JOSEError || error instanceof TypeError)
    return aadsts(700027, 'Client assertion failed signature validation: the key of the certificate did not sign it, or not with an accepted algorithm.');
  return error;
}

function acceptedAudiences({ tenantId, domain, origin }: AssertionAudience): ReadonlySet<string> {
  const tails = ['', '/v2.0', '/oauth2/token', '/oauth2/v2.0/token'];
  return new Set([tenantId, domain, 'common', 'organizations'].flatMap((tenant) => tails.map((tail) => `${origin}/${tenant}${tail}`)));
}

/** Some clients write the thumbprint in hexadecimal, some pad it. */
function thumbprintOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  if (/^([0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})$/.test(value)) return Buffer.from(value, 'hex').toString('base64url');
  return Buffer.from(value, 'base64').toString('base64url');
}
