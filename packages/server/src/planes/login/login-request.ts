// What the routes of this plane read from a request: form fields, cookies, origins.

import type { DeviceCodes, ExternalProvider, Passwords } from '#identity/people.ts';
import type { Audiences } from '#identity/audiences.ts';
import type { Sessions } from '#identity/sessions.ts';
import type { TokenService } from '#identity/token-service.ts';
import { aadsts } from '#identity/aadsts.ts';
import type { SigningKeys } from '#identity/signing-keys.ts';
import { type TenantForm, resolveTenant } from '#identity/tenants.ts';
import type { Clock } from '#kernel/clock.ts';
import { isJsonObject } from '#kernel/json.ts';
import type { Database } from '#storage/database.ts';
import type { PlaneRequest } from '../plane.ts';

export interface LoginDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly tenantId: string;
  readonly domain: string;
  readonly audiences: Audiences;
  readonly tokenService: TokenService;
  readonly keys: SigningKeys;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly deviceCodes: DeviceCodes;
  /** The provider that people sign in with besides their passwords here, when one is set. */
  readonly external?: ExternalProvider;
  /** Client whose pages a person is sent to when no other asked for the sign-in. */
  readonly studioAppId: string;
  /** Key of the anti-forgery tokens; the same on every server: `envelope.derive('login-csrf')`. */
  readonly csrfKey: Buffer;
}

export function tenantOf(deps: LoginDeps, request: PlaneRequest): TenantForm {
  return resolveTenant(request.params['tenant'] ?? '', deps.tenantId, deps.domain);
}

/** The fields of a form body. Throws AADSTS9002313 for another kind of body or a repeated field. */
export function formFields(body: unknown): Readonly<Record<string, string>> {
  if (body instanceof URLSearchParams) return uniqueFields(body);
  if (!isJsonObject(body)) throw aadsts(9002313, 'Invalid request. Request is malformed or invalid: the body has to be application/x-www-form-urlencoded.');
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => {
      if (typeof value !== 'string') throw aadsts(9002313, `Invalid request. The parameter '${name}' has to appear once, as text.`);
      return [name, value];
    }),
  );
}

/** The same for a query string. */
export function uniqueFields(parameters: URLSearchParams): Readonly<Record<string, string>> {
  const fields: Record<string, string> = Object.create(null);
  for (const [name, value] of parameters) {
    if (fields[name] !== undefined) throw aadsts(9002313, `Invalid request. The parameter '${name}' appears more than once.`);
    fields[name] = value;
  }
  return fields;
}

type CookieKind = 'session' | 'csrf' | 'external';

/** Azure: browsers keep a `__Host-` cookie to this very origin, but only over https; plain http is loopback only. */
export function cookieName(request: PlaneRequest, name: CookieKind): string {
  return `${request.url.protocol === 'https:' ? '__Host-' : ''}lazurite-${name}`;
}

export function readCookie(request: PlaneRequest, name: CookieKind): string | undefined {
  const wanted = cookieName(request, name);
  for (const part of (request.headers['cookie'] ?? '').split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0 && part.slice(0, equals).trim() === wanted) return part.slice(equals + 1).trim();
  }
  return undefined;
}

/** A Set-Cookie value; `maxAgeSeconds` 0 removes it. */
export function formatCookie(request: PlaneRequest, name: CookieKind, value: string, maxAgeSeconds: number): string {
  const secure = request.url.protocol === 'https:' ? '; Secure' : '';
  return `${cookieName(request, name)}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}${secure}`;
}
