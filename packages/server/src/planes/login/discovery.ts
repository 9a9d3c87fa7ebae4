// Discovery: where the endpoints are. Every address carries the origin the caller used, because MSAL refuses an issuer of
// another host or port. Source: OpenID Connect Discovery 1.0; msal-common 16 `Authority.validateIssuer`; findings.md §4.

import { aadsts } from '#identity/aadsts.ts';
import type { PlaneReply, PlaneRequest } from '../plane.ts';
import { type LoginDeps, tenantOf } from './login-request.ts';

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
const GRANT_TYPES = ['authorization_code', 'client_credentials', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code', 'urn:ietf:params:oauth:grant-type:jwt-bearer'];
const HEADERS = { 'access-control-allow-origin': '*', 'cache-control': 'max-age=3600, private' };

/** `/{tenant}[/v2.0]/.well-known/openid-configuration`. */
export function openidConfiguration(deps: LoginDeps, request: PlaneRequest, version: 'v1' | 'v2'): PlaneReply {
  const form = tenantOf(deps, request);
  const { origin, host } = request.url;
  // Azure: the documents of a tenant name its GUID, whatever name was asked for; those of `common` keep the word.
  const tenant = form === 'named' ? deps.tenantId : (request.params['tenant'] ?? '').toLowerCase();
  const base = `${origin}/${tenant}`;
  const oauth = version === 'v2' ? `${base}/oauth2/v2.0` : `${base}/oauth2`;
  return {
    status: 200,
    headers: HEADERS,
    body: {
      token_endpoint: `${oauth}/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic', 'none'],
      jwks_uri: `${base}/discovery/${version === 'v2' ? 'v2.0/' : ''}keys`,
      response_modes_supported: ['query', 'fragment', 'form_post'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      response_types_supported: ['code'],
      grant_types_supported: GRANT_TYPES,
      device_authorization_endpoint: `${oauth}/devicecode`,
      code_challenge_methods_supported: ['S256'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      issuer: deps.tokenService.issuer(version, origin),
      request_uri_parameter_supported: false,
      authorization_endpoint: `${oauth}/authorize`,
      end_session_endpoint: `${oauth}/logout`,
      http_logout_supported: true,
      frontchannel_logout_supported: false,
      claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'nbf', 'nonce', 'name', 'oid', 'tid', 'preferred_username', 'upn', 'unique_name', 'uti', 'ver'],
      tenant_region_scope: null,
      cloud_instance_name: host,
      msgraph_host: `graph.${deps.domain}`,
    },
  };
}

/** `/common/discovery/instance`: is this authority one of ours? */
export function instanceDiscovery(deps: LoginDeps, request: PlaneRequest): PlaneReply {
  const asked = request.query.get('authorization_endpoint') ?? '';
  if (!URL.canParse(asked))
    throw aadsts(90013, `Invalid input received from the user. authorization_endpoint is '${asked}'; it has to be a URL such as ${request.url.origin}/common/oauth2/v2.0/authorize.`);
  const authority = new URL(asked);
  const isOurs = authority.host === request.url.host || authority.hostname === `login.${deps.domain}` || authority.hostname === `studio.${deps.domain}` || LOOPBACK.has(authority.hostname);
  if (!isOurs) throw aadsts(50049, `Unknown or invalid instance '${authority.host}'. This server is https://login.${deps.domain}.`);
  const tenant = authority.pathname.split('/')[1] || 'common';
  const names = [...new Set([authority.host, request.url.host])];
  return {
    status: 200,
    headers: HEADERS,
    body: {
      tenant_discovery_endpoint: `${authority.origin}/${tenant}/${authority.pathname.includes('/v2.0/') ? 'v2.0/' : ''}.well-known/openid-configuration`,
      'api-version': request.query.get('api-version') ?? '1.1',
      metadata: [{ preferred_network: authority.host, preferred_cache: authority.host, aliases: names }],
    },
  };
}

/** JWKS. */
export async function publicKeys(deps: LoginDeps, request: PlaneRequest): Promise<PlaneReply> {
  if (request.params['tenant'] !== undefined) tenantOf(deps, request);
  return { status: 200, headers: { ...HEADERS, 'cache-control': 'max-age=300, private' }, body: { keys: await deps.keys.listPublicKeys() } };
}
