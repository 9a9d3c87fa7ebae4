// Every grant type, by its name on the wire.

import { aadsts } from '../aadsts.ts';
import { grantAuthorizationCode } from './authorization-code.ts';
import { grantClientCredentials } from './client-credentials.ts';
import { grantDeviceCode } from './device-code.ts';
import type { Grant } from './grant.ts';
import { grantOnBehalfOf } from './on-behalf-of.ts';
import { grantRefreshToken } from './refresh-token.ts';

const grants: ReadonlyMap<string, Grant> = new Map([
  ['client_credentials', grantClientCredentials],
  ['authorization_code', grantAuthorizationCode],
  ['refresh_token', grantRefreshToken],
  ['urn:ietf:params:oauth:grant-type:device_code', grantDeviceCode],
  ['device_code', grantDeviceCode],
  ['urn:ietf:params:oauth:grant-type:jwt-bearer', grantOnBehalfOf],
]);

/** Throws AADSTS900144 without a name, 70003 for a grant we do not have. */
export function getGrant(name: string | undefined): Grant {
  if (name === undefined || name === '') throw aadsts(900144, "The request body must contain the following parameter: 'grant_type'.");
  const grant = grants.get(name);
  if (grant === undefined) throw aadsts(70003, `The app requested an unsupported grant type '${name}'. Supported: ${[...grants.keys()].join(', ')}.`);
  return grant;
}
