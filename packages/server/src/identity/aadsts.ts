// AADSTS: the errors of the token service, in Entra's own numbers and OAuth words. A Fault carries the number as its code
// (`AADSTS7000215`); `oauthErrorOf` gives the rest. Source: Entra ID, "Authentication and authorization error codes".

import { Fault, type FaultKind } from '#kernel/faults.ts';

interface OAuthError {
  readonly error: string;
  readonly kind: FaultKind;
}

const ERRORS = {
  16000: { error: 'interaction_required', kind: 'invalid' },
  50011: { error: 'invalid_request', kind: 'invalid' }, //        redirect address not registered
  50013: { error: 'invalid_grant', kind: 'invalid' }, //          assertion of a person not usable
  50027: { error: 'invalid_client', kind: 'unauthenticated' }, // assertion is no JWT
  50034: { error: 'invalid_grant', kind: 'invalid' }, //          no such account
  50049: { error: 'invalid_instance', kind: 'invalid' }, //       unknown authority
  50053: { error: 'invalid_grant', kind: 'invalid' }, //          locked after too many wrong passwords
  50055: { error: 'invalid_grant', kind: 'invalid' }, //          password to be changed
  50057: { error: 'invalid_grant', kind: 'invalid' }, //          account disabled
  50058: { error: 'login_required', kind: 'invalid' }, //         silent sign-in without a session
  50059: { error: 'invalid_request', kind: 'invalid' }, //        no tenant in the request
  50105: { error: 'invalid_grant', kind: 'invalid' }, //          person not assigned to the application
  50126: { error: 'invalid_grant', kind: 'invalid' }, //          wrong user name or password
  54005: { error: 'invalid_grant', kind: 'invalid' }, //          code used before
  65004: { error: 'access_denied', kind: 'forbidden' }, //        refused by the person
  70000: { error: 'invalid_grant', kind: 'invalid' }, //          code or refresh token not ours, or revoked
  70003: { error: 'unsupported_grant_type', kind: 'invalid' },
  70008: { error: 'invalid_grant', kind: 'invalid' }, //          code expired
  70011: { error: 'invalid_scope', kind: 'invalid' },
  70016: { error: 'authorization_pending', kind: 'invalid' },
  70018: { error: 'bad_verification_code', kind: 'invalid' }, //  unknown device code
  70020: { error: 'expired_token', kind: 'invalid' }, //          device code expired
  70021: { error: 'invalid_client', kind: 'unauthenticated' }, // no federation matches the assertion
  90002: { error: 'invalid_request', kind: 'invalid' }, //        unknown tenant
  90013: { error: 'invalid_request', kind: 'invalid' }, //        parameter with a wrong value
  500011: { error: 'invalid_resource', kind: 'invalid' },
  501051: { error: 'invalid_grant', kind: 'invalid' }, //         service principal not assigned to the application
  501481: { error: 'invalid_grant', kind: 'invalid' }, //         PKCE mismatch
  700016: { error: 'unauthorized_client', kind: 'invalid' }, //   unknown application
  700021: { error: 'invalid_client', kind: 'unauthenticated' }, // assertion of another client
  700023: { error: 'invalid_client', kind: 'unauthenticated' }, // assertion for another audience
  700024: { error: 'invalid_client', kind: 'unauthenticated' }, // assertion outside its time
  700027: { error: 'invalid_client', kind: 'unauthenticated' }, // certificate unknown or signature wrong
  700054: { error: 'unsupported_response_type', kind: 'invalid' },
  700082: { error: 'invalid_grant', kind: 'invalid' }, //         refresh token expired
  700211: { error: 'invalid_client', kind: 'unauthenticated' }, // federation: issuer
  700212: { error: 'invalid_client', kind: 'unauthenticated' }, // federation: audience
  700213: { error: 'invalid_client', kind: 'unauthenticated' }, // federation: subject
  900144: { error: 'invalid_request', kind: 'invalid' }, //       parameter missing
  1002012: { error: 'invalid_scope', kind: 'invalid' }, //        client credentials without /.default
  7000112: { error: 'unauthorized_client', kind: 'invalid' }, //  application disabled
  7000215: { error: 'invalid_client', kind: 'unauthenticated' },
  7000218: { error: 'invalid_client', kind: 'unauthenticated' }, // no secret in the request
  7000222: { error: 'invalid_client', kind: 'unauthenticated' }, // secret expired
  9002313: { error: 'invalid_request', kind: 'invalid' }, //      malformed
  9002325: { error: 'invalid_request', kind: 'invalid' }, //      PKCE required
} as const satisfies Readonly<Record<number, OAuthError>>;

export type AadstsNumber = keyof typeof ERRORS;

const byNumber: ReadonlyMap<number, OAuthError> = new Map(Object.entries(ERRORS).map(([number, error]) => [Number(number), error]));

/** A Fault of the token service. `word`: where a flow has an OAuth word of its own for the number. */
export function aadsts(number: AadstsNumber, message: string, word?: 'slow_down' | 'authorization_declined'): Fault {
  return new Fault(ERRORS[number].kind, `AADSTS${number}`, message, word === undefined ? {} : { target: word });
}

/** OAuth's word and Entra's number of a fault; those of an unexpected failure when it is none of ours. */
export function oauthErrorOf(fault: Fault): { readonly error: string; readonly number: number } {
  const number = Number(/^AADSTS(\d+)$/.exec(fault.code)?.[1] ?? Number.NaN);
  const known = byNumber.get(number);
  if (known !== undefined) return { error: fault.target ?? known.error, number };
  if (fault.status >= 500) return { error: fault.status === 503 ? 'temporarily_unavailable' : 'server_error', number: 90033 };
  return { error: 'invalid_request', number: 9002313 };
}

/** The body of every error of the token service. */
export function oauthErrorBody(fault: Fault, requestId: string, now: Date): Readonly<Record<string, unknown>> {
  const { error, number } = oauthErrorOf(fault);
  const timestamp = now
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
  return {
    error,
    error_description: `AADSTS${number}: ${fault.message}\r\nTrace ID: ${requestId}\r\nCorrelation ID: ${requestId}\r\nTimestamp: ${timestamp}`,
    error_codes: [number],
    timestamp,
    trace_id: requestId,
    correlation_id: requestId,
    error_uri: `https://login.microsoftonline.com/error?code=${number}`,
  };
}
