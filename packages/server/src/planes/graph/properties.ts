// The properties that callers write, by type of object: names, kinds, and how a body is read against them.
// Source: Graph v1.0 metadata (user, group, application, servicePrincipal).

import { isJsonObject, type Json, type JsonObject, objectAt } from '#kernel/json.ts';
import { badRequest } from './faults.ts';

export type PropertyKind = 'text' | 'flag' | 'texts' | 'object' | 'objects';
export type Properties = Readonly<Record<string, PropertyKind>>;

export const userProperties: Properties = {
  accountEnabled: 'flag',
  ageGroup: 'text',
  businessPhones: 'texts',
  city: 'text',
  companyName: 'text',
  consentProvidedForMinor: 'text',
  country: 'text',
  department: 'text',
  displayName: 'text',
  employeeId: 'text',
  employeeOrgData: 'object',
  employeeType: 'text',
  faxNumber: 'text',
  givenName: 'text',
  jobTitle: 'text',
  mail: 'text',
  mailNickname: 'text',
  mobilePhone: 'text',
  officeLocation: 'text',
  onPremisesImmutableId: 'text',
  otherMails: 'texts',
  passwordPolicies: 'text',
  passwordProfile: 'object',
  postalCode: 'text',
  preferredLanguage: 'text',
  showInAddressList: 'flag',
  state: 'text',
  streetAddress: 'text',
  surname: 'text',
  usageLocation: 'text',
  userPrincipalName: 'text',
  userType: 'text',
};

export const groupProperties: Properties = {
  classification: 'text',
  description: 'text',
  displayName: 'text',
  groupTypes: 'texts',
  isAssignableToRole: 'flag',
  mailEnabled: 'flag',
  mailNickname: 'text',
  'members@odata.bind': 'texts',
  membershipRule: 'text',
  membershipRuleProcessingState: 'text',
  'owners@odata.bind': 'texts',
  preferredDataLocation: 'text',
  resourceBehaviorOptions: 'texts',
  resourceProvisioningOptions: 'texts',
  securityEnabled: 'flag',
  theme: 'text',
  visibility: 'text',
  writebackConfiguration: 'object',
};

export const applicationProperties: Properties = {
  addIns: 'objects',
  api: 'object',
  appRoles: 'objects',
  defaultRedirectUri: 'text',
  description: 'text',
  displayName: 'text',
  groupMembershipClaims: 'text',
  identifierUris: 'texts',
  info: 'object',
  isDeviceOnlyAuthSupported: 'flag',
  isFallbackPublicClient: 'flag',
  keyCredentials: 'objects',
  notes: 'text',
  optionalClaims: 'object',
  'owners@odata.bind': 'texts',
  parentalControlSettings: 'object',
  passwordCredentials: 'objects',
  publicClient: 'object',
  requiredResourceAccess: 'objects',
  samlMetadataUrl: 'text',
  serviceManagementReference: 'text',
  signInAudience: 'text',
  spa: 'object',
  tags: 'texts',
  tokenEncryptionKeyId: 'text',
  web: 'object',
};

export const servicePrincipalProperties: Properties = {
  accountEnabled: 'flag',
  alternativeNames: 'texts',
  appId: 'text',
  appRoleAssignmentRequired: 'flag',
  appRoles: 'objects',
  description: 'text',
  displayName: 'text',
  homepage: 'text',
  loginUrl: 'text',
  logoutUrl: 'text',
  notes: 'text',
  notificationEmailAddresses: 'texts',
  'owners@odata.bind': 'texts',
  preferredSingleSignOnMode: 'text',
  preferredTokenSigningKeyThumbprint: 'text',
  samlSingleSignOnSettings: 'object',
  servicePrincipalNames: 'texts',
  tags: 'texts',
};

/** The body's members, each checked. Throws `Request_BadRequest` naming the property. A change may repeat the `id` of what it changes. */
export function readProperties(body: unknown, known: Properties, type: string, id?: string): JsonObject {
  if (!isJsonObject(body)) throw badRequest('The body has to be a JSON object.');
  const properties: Record<string, Json> = {};
  for (const [name, value] of Object.entries(body)) {
    if (name === '@odata.type' || name === '@odata.context' || value === undefined) continue;
    if (name === 'id' && id !== undefined && typeof value === 'string' && value.toLowerCase() === id) continue;
    const kind = known[name];
    if (kind === undefined) throw badRequest(`Invalid property '${name}': a ${type} has none of that name that can be written. Known: ${Object.keys(known).join(', ')}.`, name);
    if (value !== null && !isOfKind(value, kind)) throw badRequest(`Invalid value specified for property '${name}' of resource '${type}': ${KIND_NAMES[kind]} is expected.`, name);
    properties[name] = value;
  }
  return properties;
}

const NOTHING: ReadonlySet<string> = new Set();
const KIND_NAMES: Readonly<Record<PropertyKind, string>> = {
  text: 'a text of at most 1024 characters',
  flag: 'true or false',
  texts: 'a list of texts',
  object: 'an object',
  objects: 'a list of objects',
};

function isOfKind(value: Json, kind: PropertyKind): boolean {
  const isText = (each: Json): boolean => typeof each === 'string' && each.length <= 1_024;
  switch (kind) {
    case 'text':
      return isText(value);
    case 'flag':
      return typeof value === 'boolean';
    case 'texts':
      return Array.isArray(value) && value.length <= 1_000 && value.every(isText);
    case 'object':
      return isJsonObject(value);
    case 'objects':
      return Array.isArray(value) && value.length <= 1_200 && value.every(isJsonObject);
  }
}

/** The details as they are after the change: null takes a property away; of an object, the members that are given change. */
export function mergeDetails(before: JsonObject, change: JsonObject, except: ReadonlySet<string>): JsonObject {
  const merged: Record<string, Json | undefined> = { ...before };
  for (const [name, value] of Object.entries(change)) {
    if (except.has(name)) continue;
    if (value === null || value === undefined) delete merged[name];
    else merged[name] = isJsonObject(value) ? mergeDetails(objectAt(before, name), value, NOTHING) : value;
  }
  return merged;
}

export function requiredText(properties: JsonObject, name: string, type: string): string {
  const value = properties[name];
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw badRequest(`A value is required for property '${name}' of resource '${type}'.`, name);
}
