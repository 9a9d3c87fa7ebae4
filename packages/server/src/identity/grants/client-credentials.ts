// grant_type=client_credentials: an application for itself. Source: RFC 6749 §4.4; Entra "Client credentials flow".

import { findPrincipalByAppId } from '#storage/identity-store.ts';
import { aadsts } from '../aadsts.ts';
import { authenticateClient } from '../clients.ts';
import { type GrantDeps, requestedScope, type TokenReply, type TokenRequest, tokenReply } from './grant.ts';

export async function grantClientCredentials(deps: GrantDeps, request: TokenRequest): Promise<TokenReply> {
  if (request.tenant === 'any')
    throw aadsts(
      50059,
      `No tenant-identifying information found in either the request or implied by any provided credentials. An application signs in to the tenant '${deps.tenantId}', not to 'organizations' or 'common'.`,
    );
  const application = await authenticateClient({ ...deps, db: deps.database.sql }, request);
  if (application.isPublic) throw aadsts(7000218, `Application '${application.appId}' is a public client; it has no credentials of its own. A person has to sign in.`);
  const { fields } = request;
  const wanted = request.version === 'v2' ? 'scope' : 'resource';
  if (!fields[wanted] && !fields['scope']) throw aadsts(900144, `The request body must contain the following parameter: '${wanted}'.`);
  const scope = requestedScope(deps, request);
  if (request.version === 'v2' && (scope.permissions.length !== 1 || scope.permissions[0] !== '.default')) {
    throw aadsts(
      1002012,
      `The provided value for scope ${fields['scope']} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
    );
  }
  const principal = await findPrincipalByAppId(deps.database.sql, application.appId);
  if (principal === undefined) throw aadsts(700016, `Application with identifier '${application.appId}' has no service principal in the directory '${deps.tenantId}'.`);
  if (!principal.isEnabled) throw aadsts(7000112, `Application '${application.appId}' (${principal.displayName}) is disabled.`);
  return tokenReply(request.version, await deps.tokens.issueFor(principal.id, scope.audience.audience));
}
