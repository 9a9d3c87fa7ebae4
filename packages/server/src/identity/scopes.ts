// Scopes: what a token request asks for, in v2's words (`scope`) and v1's (`resource`).
// Source: Microsoft identity platform, "Scopes and permissions".

import { aadsts } from './aadsts.ts';
import type { Audience, Audiences } from './audiences.ts';

const OIDC_SCOPES: ReadonlySet<string> = new Set(['openid', 'profile', 'email', 'offline_access']);
/** Scopes without a resource are Microsoft Graph's. */
const DEFAULT_RESOURCE = 'https://graph.microsoft.com';

export interface ScopeRequest {
  readonly audience: Audience;
  /** The resource as the client wrote it, which is how MSAL looks for the token in its cache; '' for Graph's bare scopes. */
  readonly prefix: string;
  /** Permissions asked for, without the resource: `.default`, `user_impersonation`. */
  readonly permissions: readonly string[];
  readonly openid: ReadonlySet<string>;
}

/** Parses v2's `scope`. Throws AADSTS70011 (malformed, two resources) or 500011 (a resource we do not serve). */
export function parseScope(scope: string, audiences: Audiences): ScopeRequest {
  const openid = new Set<string>();
  const permissions: string[] = [];
  let resource: string | undefined;
  let prefix = '';
  for (const word of scope.split(/\s+/).filter((part) => part !== '')) {
    if (OIDC_SCOPES.has(word.toLowerCase())) {
      openid.add(word.toLowerCase());
      continue;
    }
    const { resource: named, permission } = splitScope(word);
    const key = audiences.find(named)?.audience ?? named;
    if (resource !== undefined && resource !== key) {
      throw aadsts(
        70011,
        `The provided value for the input parameter 'scope' is not valid. One token is for one resource, and '${scope}' names both ${resource} and ${key}. Ask for them one after the other; the refresh token serves both.`,
      );
    }
    resource = key;
    prefix = word.slice(0, word.length - permission.length);
    permissions.push(permission);
  }
  return { audience: findAudience(resource ?? DEFAULT_RESOURCE, audiences), prefix, permissions, openid };
}

/** Parses v1's `resource`; some clients send `scope` to v1 as well, or nothing. */
export function parseResource(resource: string | undefined, scope: string | undefined, audiences: Audiences): ScopeRequest {
  const fromScope = parseScope(resource === undefined || resource === '' ? (scope ?? '') : onlyOpenid(scope ?? ''), audiences);
  return resource === undefined || resource === '' ? fromScope : { ...fromScope, audience: findAudience(resource, audiences), permissions: ['user_impersonation'] };
}

function onlyOpenid(scope: string): string {
  return scope
    .split(/\s+/)
    .filter((word) => OIDC_SCOPES.has(word.toLowerCase()))
    .join(' ');
}

function splitScope(word: string): { readonly resource: string; readonly permission: string } {
  const slash = word.lastIndexOf('/');
  if (slash < 0) return { resource: DEFAULT_RESOURCE, permission: word };
  const resource = word.slice(0, slash);
  const permission = word.slice(slash + 1);
  if (resource === '' || permission === '' || resource.endsWith('//') || /:\/?$/.test(resource)) {
    throw aadsts(
      70011,
      `The provided value for the input parameter 'scope' is not valid. The scope '${word}' is not a resource followed by a slash and a permission, such as https://management.azure.com/.default.`,
    );
  }
  return { resource, permission };
}

function findAudience(resource: string, audiences: Audiences): Audience {
  const audience = audiences.find(resource);
  if (audience === undefined) {
    throw aadsts(
      500011,
      `The resource principal named ${resource} was not found in the tenant. This server issues tokens for its own hosts and for https://management.azure.com, https://ml.azure.com, https://storage.azure.com, https://vault.azure.net and https://graph.microsoft.com.`,
    );
  }
  return audience;
}

/** The `scope` of a v2 reply: what was granted. */
export function formatScope(request: ScopeRequest): string {
  const granted = request.permissions.flatMap((permission) => (permission === '.default' ? ['user_impersonation', '.default'] : [permission]));
  return [...granted.map((permission) => `${request.prefix}${permission}`), ...[...request.openid].filter((word) => word !== 'offline_access')].join(' ');
}
