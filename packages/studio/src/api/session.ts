// Signing in: authorization code with PKCE against this origin's own token service, silently, on the session cookie that
// `lazurite login` made. The token lives in memory only; it is asked for anew before it ends, so no refresh token is kept.
// Source: RFC 7636; the authorize endpoint's prompt=none as in OpenID Connect Core §3.1.2.1.

export interface StudioConfig {
  readonly tenantId: string;
  readonly clientId: string;
  readonly authority: string;
  readonly armAudience: string;
  readonly defaultSubscription: string;
  readonly region: string;
  readonly version: string;
}

export interface SignedInUser {
  readonly name: string;
  readonly account: string;
}

/** There is no session in this browser: somebody has to sign in. */
export class SignInRequired extends Error {
  constructor(message = 'No one is signed in.') {
    super(message);
    this.name = 'SignInRequired';
  }
}

interface Token {
  readonly value: string;
  readonly expiresAt: number;
}

const RETURN_TO = 'lazurite.return';

let config: Promise<StudioConfig> | undefined;
let token: Token | undefined;
let pending: Promise<Token> | undefined;

export function studioConfig(): Promise<StudioConfig> {
  config ??= fetch('/api/studio/config').then(async (response) => {
    if (!response.ok) throw new Error(`The server answered ${response.status} when asked for the studio's configuration.`);
    return (await response.json()) as StudioConfig;
  });
  config.catch(() => {
    config = undefined;
  });
  return config;
}

/** A token that is good for at least a minute. Throws SignInRequired. */
export async function accessToken(): Promise<string> {
  if (token !== undefined && token.expiresAt - Date.now() > 60_000) return token.value;
  pending ??= requestToken().finally(() => {
    pending = undefined;
  });
  token = await pending;
  return token.value;
}

export function forgetToken(): void {
  token = undefined;
}

/** Who the token speaks of; for display only, the server decides what it is worth. */
export function signedInUser(): SignedInUser {
  const payload = token?.value.split('.')[1];
  if (payload === undefined) return { name: '', account: '' };
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
    const claims: { name?: string; upn?: string; preferred_username?: string } = JSON.parse(new TextDecoder().decode(bytes));
    const account = claims.upn ?? claims.preferred_username ?? '';
    return { name: claims.name ?? account, account };
  } catch {
    return { name: '', account: '' };
  }
}

export async function signOut(): Promise<void> {
  const { authority } = await studioConfig();
  forgetToken();
  location.assign(`${authority}/oauth2/v2.0/logout?post_logout_redirect_uri=${encodeURIComponent(`${location.origin}/`)}`);
}

/** Leads to the token service's own page, where people sign in with a password or through their provider, and back to where one is. */
export async function signInElsewhere(): Promise<void> {
  const { url } = await authorizeRequest('login');
  sessionStorage.setItem(RETURN_TO, location.pathname + location.search + location.hash);
  location.assign(url);
}

/** Where signing in began. */
export function returnAddress(): string {
  const address = sessionStorage.getItem(RETURN_TO) ?? '/';
  // Why: a path of this origin and nothing else.
  return /^\/(?![/\\])/.test(address) ? address : '/';
}

interface AuthorizeRequest {
  readonly url: string;
  readonly verifier: string;
  readonly state: string;
  readonly redirectUri: string;
  readonly scope: string;
}

async function authorizeRequest(prompt: 'none' | 'login'): Promise<AuthorizeRequest> {
  const { authority, clientId, armAudience } = await studioConfig();
  const verifier = randomText(48);
  const state = randomText(16);
  const redirectUri = `${location.origin}/auth/return`;
  const scope = `${armAudience.replace(/\/$/, '')}/.default`;
  const authorize = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    response_mode: 'query',
    redirect_uri: redirectUri,
    scope: `openid profile ${scope}`,
    state,
    prompt,
    code_challenge_method: 'S256',
    code_challenge: base64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)))),
  });
  return { url: `${authority}/oauth2/v2.0/authorize?${authorize}`, verifier, state, redirectUri, scope };
}

async function requestToken(): Promise<Token> {
  const { authority, clientId } = await studioConfig();
  const { url, verifier, state, redirectUri, scope } = await authorizeRequest('none');
  // Why: the token service is on this origin, so its redirect can be followed by fetch and read from the final address:
  // no frame, no navigation, nothing stored.
  const answer = await fetch(url, { credentials: 'same-origin', cache: 'no-store', headers: { Accept: 'text/html' } });
  const returned = new URL(answer.url);
  const code = returned.searchParams.get('code');
  if (returned.pathname !== '/auth/return' || code === null || returned.searchParams.get('state') !== state) {
    throw new SignInRequired(returned.searchParams.get('error_description')?.split('\r\n')[0] ?? undefined);
  }
  const reply = await fetch(`${authority}/oauth2/v2.0/token`, {
    method: 'POST',
    credentials: 'same-origin',
    body: new URLSearchParams({ grant_type: 'authorization_code', client_id: clientId, code, redirect_uri: redirectUri, code_verifier: verifier, scope }),
  });
  const body: { access_token?: string; expires_in?: number; error_description?: string } = await reply.json();
  if (!reply.ok || body.access_token === undefined) throw new SignInRequired(body.error_description?.split('\r\n')[0]);
  return { value: body.access_token, expiresAt: Date.now() + (body.expires_in ?? 300) * 1000 };
}

function randomText(bytes: number): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(bytes)));
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
