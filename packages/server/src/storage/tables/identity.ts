// Tables of identity/: who there is, what they prove themselves with, and the keys that sign tokens.
// Secrets of callers are kept as SHA-256 of 256-bit random values: there is nothing to guess and nothing to read.

import type { ColumnType, Generated } from 'kysely';
import type { Json, JsonObject } from '#kernel/json.ts';

type Jsonb<T> = ColumnType<T, string, string>;

export interface InstallationTable {
  name: string;
  value: Jsonb<Json>;
}

export interface PrincipalsTable {
  /** Entra object id: lower-case GUID. */
  id: string;
  kind: 'User' | 'ServicePrincipal' | 'ManagedIdentity' | 'Group';
  display_name: string;
  /** Lower-cased; users only. */
  user_principal_name: string | null;
  /** Lower-case GUID; service principals and managed identities. */
  app_id: string | null;
  /** ARM resource key of a managed identity. */
  resource_key: string | null;
  is_enabled: Generated<boolean>;
  /** Whatever else Microsoft Graph keeps of it, in Graph's own names. */
  details: ColumnType<JsonObject, string | undefined, string>;
  created_at: Generated<Date>;
}

export interface GroupMembersTable {
  group_id: string;
  member_id: string;
}

export interface ApplicationsTable {
  app_id: string;
  display_name: string;
  /** A public client has no secret and proves itself by PKCE. */
  is_public: boolean;
  redirect_uris: Jsonb<readonly JsonObject[]>;
  /** Graph's id of the registration; that of its service principal is another. */
  object_id: Generated<string>;
  details: ColumnType<JsonObject, string | undefined, string>;
  created_at: Generated<Date>;
}

/** Certificates that an application signs its assertions with; only the public part is ever here. */
export interface ApplicationKeysTable {
  key_id: string;
  app_id: string;
  display_name: string;
  /** DER. */
  certificate: Buffer;
  /** SHA-1 and SHA-256 of the certificate, base64url: `x5t` and `x5t#S256`. */
  thumbprint: string;
  thumbprint256: string;
  starts_at: Date;
  ends_at: Date;
}

export interface ApplicationFederationsTable {
  id: string;
  app_id: string;
  name: string;
  issuer: string;
  subject: string;
  audiences: Jsonb<readonly string[]>;
  description: string | null;
}

export interface DirectoryOwnersTable {
  object_id: string;
  owner_id: string;
}

export interface PasswordsTable {
  principal_id: string;
  /** Argon2id in its encoded form, with salt and costs. */
  hash: string;
  must_change: boolean;
  failures: Generated<number>;
  locked_until: Date | null;
  changed_at: Date;
}

export interface DeviceCodesTable {
  hash: Buffer;
  user_code_hash: Buffer;
  app_id: string;
  scope: string;
  principal_id: string | null;
  state: 'pending' | 'approved' | 'declined' | 'used';
  polled_at: Date | null;
  expires_at: Date;
}

export interface ExternalIdentitiesTable {
  issuer: string;
  subject: string;
  principal_id: string;
}

export interface ExternalGroupsTable {
  issuer: string;
  name: string;
  group_id: string;
}

export interface ClientSecretsTable {
  key_id: string;
  app_id: string;
  display_name: string;
  hash: Buffer;
  /** First three characters, to tell secrets apart. */
  hint: string;
  starts_at: Date;
  ends_at: Date | null;
}

export interface SigningKeysTable {
  kid: string;
  public_jwk: Jsonb<JsonObject>;
  private_sealed: Buffer;
  created_at: Date;
  /** The key leaves the JWKS after this: the end of the last token it signed. */
  tokens_end_at: Date;
}

export interface AuthorizationCodesTable {
  hash: Buffer;
  app_id: string;
  principal_id: string;
  redirect_uri: string;
  code_challenge: string | null;
  scope: string;
  nonce: string | null;
  /** Family of the refresh tokens that come of this code, revoked when it is shown twice. */
  family: string;
  expires_at: Date;
  used_at: Date | null;
}

export interface RefreshTokensTable {
  hash: Buffer;
  family: string;
  app_id: string;
  principal_id: string;
  scope: string;
  issued_at: Date;
  expires_at: Date;
  used_at: Date | null;
  revoked_at: Date | null;
}

export interface SessionsTable {
  hash: Buffer;
  principal_id: string;
  created_at: Date;
  expires_at: Date;
}

export interface OneTimeLinksTable {
  hash: Buffer;
  principal_id: string;
  expires_at: Date;
  used_at: Date | null;
}

export interface IdentityHeadersTable {
  hash: Buffer;
  principal_id: string;
  job_key: string | null;
  expires_at: Date | null;
  identity_id: string | null;
}

export interface JobGrantsTable {
  job_key: string;
  workspace_key: string;
  principal_id: string;
  expires_at: Date;
}

export interface IdentityTables {
  installation: InstallationTable;
  principals: PrincipalsTable;
  group_members: GroupMembersTable;
  applications: ApplicationsTable;
  client_secrets: ClientSecretsTable;
  signing_keys: SigningKeysTable;
  authorization_codes: AuthorizationCodesTable;
  refresh_tokens: RefreshTokensTable;
  sessions: SessionsTable;
  one_time_links: OneTimeLinksTable;
  identity_headers: IdentityHeadersTable;
  job_grants: JobGrantsTable;
  application_keys: ApplicationKeysTable;
  application_federations: ApplicationFederationsTable;
  directory_owners: DirectoryOwnersTable;
  passwords: PasswordsTable;
  device_codes: DeviceCodesTable;
  external_identities: ExternalIdentitiesTable;
  external_groups: ExternalGroupsTable;
}
