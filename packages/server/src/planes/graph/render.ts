// Objects of the directory as Graph shows them. Source: Graph v1.0 metadata; the default sets of properties of the docs.

import { isJsonObject, type Json, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { ApplicationKey, Federation } from '#storage/application-store.ts';
import type { ApplicationEntry, DirectoryEntry } from '#storage/directory-store.ts';
import type { ClientSecretRecord } from '#storage/identity-store.ts';
import { GRAPH_APP_ID, graphPermissions } from './graph-permissions.ts';

export type ObjectType = 'user' | 'group' | 'servicePrincipal' | 'application';

const USER_DEFAULTS = ['businessPhones', 'displayName', 'givenName', 'jobTitle', 'mail', 'mobilePhone', 'officeLocation', 'preferredLanguage', 'surname', 'userPrincipalName', 'id'];

export interface Credentials {
  readonly secrets: readonly ClientSecretRecord[];
  readonly keys: readonly ApplicationKey[];
}

export const noCredentials: Credentials = { secrets: [], keys: [] };

export function typeOf(entry: DirectoryEntry): ObjectType {
  if (entry.kind === 'User') return 'user';
  return entry.kind === 'Group' ? 'group' : 'servicePrincipal';
}

export interface RenderOptions {
  readonly select: ReadonlySet<string> | undefined;
  readonly tenantId: string;
  readonly credentials?: Credentials;
  /** For lists of objects of several types. */
  readonly isTyped?: boolean;
}

export function renderEntry(entry: DirectoryEntry, options: RenderOptions): JsonObject {
  const type = typeOf(entry);
  const all = type === 'user' ? userOf(entry) : type === 'group' ? groupOf(entry) : servicePrincipalOf(entry, options);
  const shown = options.select ?? (type === 'user' ? new Set(USER_DEFAULTS.map((name) => name.toLowerCase())) : undefined);
  return { ...(options.isTyped === true ? { '@odata.type': `#microsoft.graph.${type}` } : {}), ...pick(all, shown) };
}

function pick(all: JsonObject, shown: ReadonlySet<string> | undefined): JsonObject {
  return shown === undefined ? all : Object.fromEntries(Object.entries(all).filter(([name]) => shown.has(name.toLowerCase())));
}

const text = (details: JsonObject, name: string): string | null => stringAt(details, name) ?? null;
const list = (details: JsonObject, name: string): readonly Json[] => {
  const value = details[name];
  return Array.isArray(value) ? value : [];
};

function userOf(entry: DirectoryEntry): JsonObject {
  const { details } = entry;
  const texts = [
    'ageGroup',
    'city',
    'companyName',
    'consentProvidedForMinor',
    'country',
    'department',
    'employeeId',
    'employeeType',
    'faxNumber',
    'givenName',
    'jobTitle',
    'mail',
    'mobilePhone',
    'officeLocation',
    'onPremisesImmutableId',
    'passwordPolicies',
    'postalCode',
    'preferredLanguage',
    'state',
    'streetAddress',
    'surname',
    'usageLocation',
  ];
  return {
    id: entry.id,
    displayName: entry.displayName,
    userPrincipalName: entry.userPrincipalName,
    accountEnabled: entry.isEnabled,
    createdDateTime: entry.createdAt.toISOString(),
    userType: text(details, 'userType') ?? 'Member',
    mailNickname: text(details, 'mailNickname') ?? entry.userPrincipalName?.split('@')[0] ?? null,
    businessPhones: list(details, 'businessPhones'),
    otherMails: list(details, 'otherMails'),
    identities: [],
    assignedLicenses: [],
    onPremisesSyncEnabled: null,
    employeeOrgData: isJsonObject(details['employeeOrgData']) ? details['employeeOrgData'] : null,
    showInAddressList: typeof details['showInAddressList'] === 'boolean' ? details['showInAddressList'] : null,
    ...Object.fromEntries(texts.map((name) => [name, text(details, name)])),
  };
}

function groupOf(entry: DirectoryEntry): JsonObject {
  const { details } = entry;
  return {
    id: entry.id,
    deletedDateTime: null,
    classification: text(details, 'classification'),
    createdDateTime: entry.createdAt.toISOString(),
    description: text(details, 'description'),
    displayName: entry.displayName,
    groupTypes: list(details, 'groupTypes'),
    isAssignableToRole: details['isAssignableToRole'] === true ? true : null,
    mail: null,
    mailEnabled: false,
    mailNickname: text(details, 'mailNickname') ?? entry.id.slice(0, 8),
    membershipRule: null,
    membershipRuleProcessingState: null,
    onPremisesSyncEnabled: null,
    preferredDataLocation: null,
    proxyAddresses: [],
    renewedDateTime: entry.createdAt.toISOString(),
    resourceBehaviorOptions: [],
    resourceProvisioningOptions: [],
    securityEnabled: details['securityEnabled'] !== false,
    securityIdentifier: null,
    theme: text(details, 'theme'),
    visibility: text(details, 'visibility'),
  };
}

function servicePrincipalOf(entry: DirectoryEntry, options: RenderOptions): JsonObject {
  const { details } = entry;
  const isIdentity = entry.kind === 'ManagedIdentity';
  const credentials = options.credentials ?? noCredentials;
  const names = [...new Set([entry.appId ?? '', ...list(details, 'servicePrincipalNames').map(String)])].filter((name) => name !== '');
  return {
    id: entry.id,
    deletedDateTime: null,
    accountEnabled: entry.isEnabled,
    // Azure: a managed identity names its resource here.
    alternativeNames: isIdentity ? [`isExplicit=${/\/userassignedidentities\//i.test(entry.resourceKey ?? '') ? 'True' : 'False'}`, entry.resourceKey ?? ''] : list(details, 'alternativeNames'),
    appDisplayName: isIdentity ? null : entry.displayName,
    appDescription: null,
    appId: entry.appId,
    applicationTemplateId: null,
    appOwnerOrganizationId: isIdentity ? null : (text(details, 'appOwnerOrganizationId') ?? options.tenantId),
    appRoleAssignmentRequired: details['appRoleAssignmentRequired'] === true,
    createdDateTime: entry.createdAt.toISOString(),
    description: text(details, 'description'),
    displayName: entry.displayName,
    homepage: text(details, 'homepage'),
    loginUrl: text(details, 'loginUrl'),
    logoutUrl: text(details, 'logoutUrl'),
    notes: text(details, 'notes'),
    notificationEmailAddresses: list(details, 'notificationEmailAddresses'),
    preferredSingleSignOnMode: text(details, 'preferredSingleSignOnMode'),
    preferredTokenSigningKeyThumbprint: null,
    replyUrls: list(details, 'replyUrls'),
    samlMetadataUrl: null,
    samlSingleSignOnSettings: null,
    servicePrincipalNames: names,
    servicePrincipalType: isIdentity ? 'ManagedIdentity' : 'Application',
    signInAudience: isIdentity ? null : (text(details, 'signInAudience') ?? 'AzureADMyOrg'),
    tags: list(details, 'tags'),
    tokenEncryptionKeyId: null,
    info: null,
    ...permissionsOf(entry),
    ...renderCredentials(credentials),
  };
}

/** Roles and scopes, those of its registration; Microsoft Graph has its own everywhere. */
function permissionsOf({ appId, details }: DirectoryEntry): JsonObject {
  if (appId === GRAPH_APP_ID) return { ...graphPermissions };
  return { appRoles: list(details, 'appRoles'), oauth2PermissionScopes: list(details, 'oauth2PermissionScopes') };
}

export function renderApplication(entry: ApplicationEntry, options: RenderOptions): JsonObject {
  const { details } = entry;
  const redirects = (platform: string): readonly string[] => entry.redirectUris.filter((each) => each['platform'] === platform).map((each) => stringAt(each, 'uri') ?? '');
  const member = (name: string): JsonObject => objectAt(details, name);
  const all: JsonObject = {
    id: entry.id,
    deletedDateTime: null,
    appId: entry.appId,
    applicationTemplateId: null,
    disabledByMicrosoftStatus: null,
    createdDateTime: entry.createdAt.toISOString(),
    displayName: entry.displayName,
    description: text(details, 'description'),
    groupMembershipClaims: text(details, 'groupMembershipClaims'),
    identifierUris: list(details, 'identifierUris'),
    isDeviceOnlyAuthSupported: details['isDeviceOnlyAuthSupported'] === true ? true : null,
    isFallbackPublicClient: entry.isPublic ? true : (details['isFallbackPublicClient'] ?? null),
    notes: text(details, 'notes'),
    publisherDomain: null,
    serviceManagementReference: text(details, 'serviceManagementReference'),
    signInAudience: text(details, 'signInAudience') ?? 'AzureADMyOrg',
    tags: list(details, 'tags'),
    tokenEncryptionKeyId: null,
    samlMetadataUrl: null,
    defaultRedirectUri: text(details, 'defaultRedirectUri'),
    optionalClaims: isJsonObject(details['optionalClaims']) ? details['optionalClaims'] : null,
    addIns: list(details, 'addIns'),
    api: { acceptMappedClaims: null, knownClientApplications: [], requestedAccessTokenVersion: null, oauth2PermissionScopes: [], preAuthorizedApplications: [], ...member('api') },
    appRoles: list(details, 'appRoles'),
    info: { logoUrl: null, marketingUrl: null, privacyStatementUrl: null, supportUrl: null, termsOfServiceUrl: null, ...member('info') },
    parentalControlSettings: { countriesBlockedForMinors: [], legalAgeGroupRule: 'Allow', ...member('parentalControlSettings') },
    publicClient: { redirectUris: redirects('native') },
    requiredResourceAccess: list(details, 'requiredResourceAccess'),
    verifiedPublisher: { displayName: null, verifiedPublisherId: null, addedDateTime: null },
    web: {
      homePageUrl: null,
      logoutUrl: null,
      redirectUriSettings: [],
      ...member('web'),
      redirectUris: redirects('web'),
      implicitGrantSettings: { enableAccessTokenIssuance: false, enableIdTokenIssuance: false, ...objectAt(member('web'), 'implicitGrantSettings') },
    },
    spa: { redirectUris: redirects('spa') },
    ...renderCredentials(options.credentials ?? noCredentials),
  };
  return { ...(options.isTyped === true ? { '@odata.type': '#microsoft.graph.application' } : {}), ...pick(all, options.select) };
}

function renderCredentials(credentials: Credentials): JsonObject {
  return { passwordCredentials: credentials.secrets.map((secret) => renderSecret(secret)), keyCredentials: credentials.keys.map(renderKey) };
}

/** `secretText` only when it is made. */
export function renderSecret(secret: ClientSecretRecord, secretText: string | null = null): JsonObject {
  return {
    customKeyIdentifier: null,
    displayName: secret.displayName === '' ? null : secret.displayName,
    endDateTime: secret.endsAt === null ? '2299-12-30T00:00:00Z' : instantOf(secret.endsAt),
    hint: secret.hint,
    keyId: secret.keyId,
    secretText,
    startDateTime: instantOf(secret.startsAt),
  };
}

function renderKey(key: ApplicationKey): JsonObject {
  return {
    // Azure: the SHA-1 of the certificate in hexadecimal, though the type says base64.
    customKeyIdentifier: Buffer.from(key.thumbprint, 'base64url').toString('hex').toUpperCase(),
    displayName: key.displayName === '' ? null : key.displayName,
    endDateTime: instantOf(key.endsAt),
    key: null,
    keyId: key.keyId,
    startDateTime: instantOf(key.startsAt),
    type: 'AsymmetricX509Cert',
    usage: 'Verify',
  };
}

export function renderFederation(federation: Federation): JsonObject {
  return {
    id: federation.id,
    name: federation.name,
    issuer: federation.issuer,
    subject: federation.subject,
    description: federation.description ?? null,
    audiences: federation.audiences,
    claimsMatchingExpression: null,
  };
}

/** Azure: whole seconds have no fraction; azuread compares the texts. */
function instantOf(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z');
}
