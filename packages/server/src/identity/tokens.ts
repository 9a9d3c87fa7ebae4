// Tokens: access tokens in Entra's v1 shape (what Azure's own resources get from both endpoints), id tokens, job tokens;
// and their verification, which asks the directory, so that a disabled principal is out at once.
// Source: Entra ID, "Access token claims reference"; findings.md §4-5.

import { createHash, randomBytes } from 'node:crypto';
import { errors as joseErrors, jwtVerify, type JWTPayload } from 'jose';
import type { Clock } from '#kernel/clock.ts';
import { Fault } from '#kernel/faults.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Database, Tx } from '#storage/database.ts';
import { findAppRoleValues, lacksAssignment } from '#storage/app-role-store.ts';
import { deleteJobGrant, findJobGrant, putJobGrant } from '#storage/credential-store.ts';
import { type DirectoryPrincipal, findApplicationByAudience, findPrincipal } from '#storage/identity-store.ts';
import { aadsts } from './aadsts.ts';
import type { AudienceFamily, Audiences } from './audiences.ts';
import type { Directory } from './directory-cache.ts';
import { jobKeyOf, workspaceKeyOf } from './job-permissions.ts';
import type { SigningKeys } from './signing-keys.ts';

/** How long tokens last unless told otherwise. Above an hour: Terraform asks again when 20 minutes are left. */
export const accessTokenSeconds = 4_500;
/** Azure: `iat` and `nbf` lie five minutes back, so that a resource with a slow clock accepts a new token. */
const BACKDATE_SECONDS = 300;
/** Entra leaves the groups out of a token above this number; we read them from the directory anyway. */
const MAX_GROUP_CLAIMS = 200;
/** In tokens of jobs: the key of the job. */
export const JOB_CLAIM = 'xms_lzr_job';
const JOB_AUDIENCE = 'https://management.azure.com';

export interface IssuedToken {
  readonly token: string;
  readonly audience: string;
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
  readonly lifetimeSeconds: number;
}

export interface IssueOptions {
  /** Application that the token is given to. @default the principal's own */
  readonly appId?: string;
  readonly isPublicClient?: boolean;
  readonly jobKey?: string;
}

export interface Tokens {
  /** An access token for a known principal. Throws `invalid`/`InvalidAudience`, `unauthenticated`/`PrincipalDisabled`. */
  issueFor(principalId: string, resource: string, lifetimeSeconds?: number, options?: IssueOptions): Promise<IssuedToken>;
  /** A token that acts only on this job's run and reads its workspace; accepted until `endJob`. */
  issueJobToken(job: { readonly workspaceKey: string; readonly jobName: string; readonly principalId: string; readonly lifetimeSeconds: number; readonly audience?: string }): Promise<IssuedToken>;
  /** Ends every token and identity header of the job, in the transaction that ends the job. Idempotent. */
  endJob(tx: Tx, workspaceKey: string, jobName: string): Promise<void>;
  issueIdToken(principal: DirectoryPrincipal, claims: { readonly issuer: string; readonly version: 'v1' | 'v2'; readonly appId: string; readonly nonce?: string | undefined }): Promise<string>;
  /** The caller behind an access token. Throws `unauthenticated` with Resource Manager's codes. */
  verifyBearer(token: string, accepted: { readonly audiences: readonly AudienceFamily[] }): Promise<Principal>;
}

export interface TokensDeps {
  readonly database: Database;
  readonly keys: SigningKeys;
  readonly audiences: Audiences;
  readonly clock: Clock;
  readonly tenantId: string;
  /** Suffix of the virtual hosts; the issuer carries it without a port, so that tokens outlive a change of port. */
  readonly domain: string;
  /** @default the database is asked for every token */
  readonly directory?: Pick<Directory, 'findPrincipal'>;
}

export function createTokens(deps: TokensDeps): Tokens {
  const { database, keys, audiences, clock, tenantId, domain } = deps;
  const issuer = `https://sts.${domain}/${tenantId}/`;
  const verify = createVerifier(keys, issuer, clock);

  async function issue(principalId: string, resource: string, lifetimeSeconds: number, options: IssueOptions): Promise<IssuedToken> {
    const found = audiences.find(resource);
    const application = found?.family === 'app' ? await findApplicationByAudience(database.sql, found.audience) : undefined;
    const audience = found?.family === 'app' && application === undefined ? undefined : found?.audience;
    if (audience === undefined) throw new Fault('invalid', 'InvalidAudience', `This server issues no tokens for the resource ${resource}.`, { target: 'resource' });
    const principal = await findPrincipal(database.sql, principalId);
    if (principal === undefined || !principal.isEnabled || principal.kind === 'Group') {
      throw new Fault('unauthenticated', 'PrincipalDisabled', `Principal ${principalId} does not exist, is disabled, or is a group; it gets no tokens.`);
    }
    // Azure: a group's roles are its people's, and no service principal's.
    const holders = [principal.id, ...(principal.kind === 'User' ? principal.groups : [])];
    if (application !== undefined && (await lacksAssignment(database.sql, application.appId, holders)))
      throw aadsts(
        principal.kind === 'User' ? 50105 : 501051,
        `'${principal.displayName}' is not assigned to a role for the application '${application.appId}' (${application.displayName}), which requires it.`,
      );
    const roles = application === undefined ? [] : await findAppRoleValues(database.sql, application.appId, holders);
    const now = Math.floor(clock.now() / 1000);
    const expiresAtSeconds = now + lifetimeSeconds;
    const claims = {
      aud: audience,
      iss: issuer,
      iat: now - BACKDATE_SECONDS,
      nbf: now - BACKDATE_SECONDS,
      exp: expiresAtSeconds,
      ...principalClaims(principal, options),
      ...(roles.length === 0 ? {} : { roles }),
      tid: tenantId,
      uti: randomBytes(16).toString('base64url'),
      ver: '1.0',
      ...(options.jobKey === undefined ? {} : { [JOB_CLAIM]: options.jobKey }),
    };
    return { token: await keys.sign(claims), audience, issuedAtSeconds: now, expiresAtSeconds, lifetimeSeconds };
  }

  return {
    issueFor: (principalId, resource, lifetimeSeconds = accessTokenSeconds, options = {}) => issue(principalId, resource, lifetimeSeconds, options),
    async issueJobToken(job) {
      const jobKey = jobKeyOf(job.workspaceKey, job.jobName);
      const expiresAt = new Date(clock.now() + job.lifetimeSeconds * 1000);
      await database.transaction((tx) => putJobGrant(tx, { jobKey, workspaceKey: workspaceKeyOf(jobKey), principalId: job.principalId, expiresAt }));
      return issue(job.principalId, job.audience ?? JOB_AUDIENCE, job.lifetimeSeconds, { jobKey });
    },
    endJob: (tx, workspaceKey, jobName) => deleteJobGrant(tx, jobKeyOf(workspaceKey, jobName)),
    async issueIdToken(principal, claims) {
      const now = Math.floor(clock.now() / 1000);
      return keys.sign({
        aud: claims.appId,
        iss: claims.issuer,
        iat: now - BACKDATE_SECONDS,
        nbf: now - BACKDATE_SECONDS,
        exp: now + 3600,
        name: principal.displayName,
        oid: principal.id,
        sub: pairwiseSubject(principal.id, claims.appId),
        tid: tenantId,
        uti: randomBytes(16).toString('base64url'),
        ...(claims.nonce === undefined ? {} : { nonce: claims.nonce }),
        ...(claims.version === 'v2'
          ? { preferred_username: principal.userPrincipalName ?? principal.id, ver: '2.0' }
          : { upn: principal.userPrincipalName, unique_name: principal.userPrincipalName, ver: '1.0' }),
      });
    },
    async verifyBearer(token, accepted) {
      const claims = await verify(token);
      const aud = typeof claims.aud === 'string' ? claims.aud : '';
      const audience = audiences.find(aud);
      if (audience === undefined || !accepted.audiences.includes(audience.family)) {
        throw unauthenticated(
          'InvalidAuthenticationTokenAudience',
          `The access token has been obtained for wrong audience or resource '${aud}'. It should be a token for ${accepted.audiences.map((family) => FAMILY_NAMES[family]).join(' or ')}.`,
        );
      }
      const oid = typeof claims['oid'] === 'string' ? claims['oid'] : '';
      const principal = claims['tid'] === tenantId ? await (deps.directory?.findPrincipal(oid) ?? findPrincipal(database.sql, oid)) : undefined;
      if (principal === undefined || !principal.isEnabled || principal.kind === 'Group') {
        throw unauthenticated('InvalidAuthenticationToken', `The access token is for principal '${oid}', which does not exist in this tenant or is disabled.`);
      }
      const jobKey = claims[JOB_CLAIM];
      if (jobKey !== undefined) await requireJobGrant(jobKey, principal.id);
      return {
        objectId: principal.id,
        tenantId,
        kind: principal.kind,
        displayName: principal.displayName,
        groups: principal.groups,
        audience: audience.audience,
        ...(principal.appId === undefined ? {} : { appId: principal.appId }),
        ...(principal.userPrincipalName === undefined ? {} : { userPrincipalName: principal.userPrincipalName }),
        ...(typeof jobKey === 'string' ? { jobKey } : {}),
      };
    },
  };

  async function requireJobGrant(jobKey: unknown, principalId: string): Promise<void> {
    const grant = typeof jobKey === 'string' ? await findJobGrant(database.sql, jobKey, new Date(clock.now())) : undefined;
    if (grant?.principalId === principalId) return;
    throw unauthenticated('ExpiredAuthenticationToken', 'The access token belongs to a job that has ended.');
  }
}

const FAMILY_NAMES: Readonly<Record<AudienceFamily, string>> = {
  arm: 'Azure Resource Manager (https://management.azure.com)',
  ml: 'Azure Machine Learning (https://ml.azure.com)',
  storage: 'Azure Storage (https://storage.azure.com)',
  vault: 'Azure Key Vault (https://vault.azure.net)',
  graph: 'Microsoft Graph (https://graph.microsoft.com)',
  app: 'an application of this directory (api://<client id>)',
  exchange: 'token exchange (api://AzureADTokenExchange)',
};

function principalClaims(principal: DirectoryPrincipal, options: IssueOptions): JWTPayload {
  const appId = options.appId ?? principal.appId;
  const groups = principal.groups.length === 0 ? {} : principal.groups.length > MAX_GROUP_CLAIMS ? { hasgroups: true } : { groups: principal.groups };
  const shared = { ...(appId === undefined ? {} : { appid: appId }), oid: principal.id, ...groups };
  if (principal.kind === 'User') {
    return {
      ...shared,
      acr: '1',
      amr: ['rsa'],
      appidacr: options.isPublicClient === false ? '1' : '0',
      idtyp: 'user',
      name: principal.displayName,
      scp: 'user_impersonation',
      sub: pairwiseSubject(principal.id, appId ?? ''),
      unique_name: principal.userPrincipalName,
      upn: principal.userPrincipalName,
    };
  }
  return {
    ...shared,
    app_displayname: principal.displayName,
    appidacr: principal.kind === 'ManagedIdentity' ? '2' : '1',
    idtyp: 'app',
    roles: [],
    sub: principal.id,
    ...(principal.resourceKey === undefined ? {} : { xms_mirid: principal.resourceKey }),
  };
}

function pairwiseSubject(principalId: string, appId: string): string {
  return createHash('sha256').update(`${principalId}|${appId}`).digest('base64url');
}

/** How long a signature that was good is not looked at again; no longer than a removed key is trusted. */
const VERIFIED_MS = 30_000;
const MOST_VERIFIED = 1_000;

/** Signatures of tokens, each verified once in a while: a client sends the same token with every request. */
function createVerifier(keys: SigningKeys, issuer: string, clock: Clock): (token: string) => Promise<JWTPayload> {
  const verified = new Map<string, { readonly claims: JWTPayload; readonly until: number }>();
  return async (token) => {
    const now = clock.now();
    const known = verified.get(token);
    if (known !== undefined && now < known.until && now > known.until - 2 * VERIFIED_MS) return known.claims;
    const claims = await verifySignature(token, keys, issuer, clock);
    if (verified.size >= MOST_VERIFIED) verified.clear();
    verified.set(token, { claims, until: Math.min(now + VERIFIED_MS, (claims.exp ?? 0) * 1000) });
    return claims;
  };
}

async function verifySignature(token: string, keys: SigningKeys, issuer: string, clock: Clock): Promise<JWTPayload> {
  const now = new Date(clock.now());
  try {
    const { payload } = await jwtVerify(
      token,
      async (header) => {
        const key = typeof header.kid === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(header.kid) ? await keys.findPublicKey(header.kid) : undefined;
        if (key === undefined) throw new joseErrors.JWKSNoMatchingKey();
        return key;
      },
      { algorithms: ['RS256'], issuer, currentDate: now, requiredClaims: ['aud', 'exp', 'nbf', 'oid', 'tid'] },
    );
    return payload;
  } catch (error) {
    if (error instanceof joseErrors.JWTExpired) {
      const end = typeof error.payload.exp === 'number' ? new Date(error.payload.exp * 1000).toISOString() : 'unknown';
      throw unauthenticated('ExpiredAuthenticationToken', `The access token expiry UTC time '${end}' is earlier than current UTC time '${now.toISOString()}'.`);
    }
    if (error instanceof joseErrors.JWTClaimValidationFailed && error.claim === 'iss') {
      throw unauthenticated('InvalidAuthenticationTokenTenant', `The access token is from the wrong issuer '${String(error.payload.iss)}'. It must match '${issuer}'.`);
    }
    if (error instanceof joseErrors.JOSEError)
      throw unauthenticated('InvalidAuthenticationToken', 'The access token is invalid: it is malformed, not yet valid, or not signed by a key of this server.');
    throw error;
  }
}

function unauthenticated(code: string, message: string): Fault {
  return new Fault('unauthenticated', code, message);
}
