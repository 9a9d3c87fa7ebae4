// ClientAssertions: what a client shows in place of a secret: a statement signed with its certificate, or a federated token.

import { decodeJwt, decodeProtectedHeader } from 'jose';
import { isJsonObject, stringAt } from '#kernel/json.ts';
import { type Federation, listApplicationKeys, listFederations, listIdentityFederations } from '#storage/application-store.ts';
import type { Database } from '#storage/database.ts';
import { type Application, findApplication, findPrincipalByAppId } from '#storage/identity-store.ts';
import { aadsts } from '../aadsts.ts';
import { verifyCertificateAssertion } from './certificate-assertion.ts';
import { type FederationDeps, verifyFederatedAssertion } from './federated-assertion.ts';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export interface ClientAssertions {
  /** The application that the assertion proves. Throws AADSTS faults. */
  verify(fields: Readonly<Record<string, string>>, origin: string): Promise<Application>;
}

export function createClientAssertions(deps: FederationDeps & { readonly database: Database }): ClientAssertions {
  return {
    async verify(fields, origin) {
      const type = fields['client_assertion_type'];
      if (type !== ASSERTION_TYPE) throw aadsts(900144, `The request body must contain the following parameter: 'client_assertion_type' with the value ${ASSERTION_TYPE}; it is '${type ?? ''}'.`);
      const assertion = fields['client_assertion'] ?? '';
      const issuer = issuerOf(assertion);
      const shown = fields['client_id'] ?? '';
      // RFC 7521 §4.2: client_id may be left out; the assertion names the client.
      const appId = (shown === '' ? issuer : shown).toLowerCase();
      const application = await findApplication(deps.database.sql, appId);
      if (application === undefined) return verifyIdentity(deps, assertion, appId);
      if (application.isPublic) throw aadsts(7000218, `Application '${appId}' is a public client; it has no credentials of its own.`);
      if (issuer.toLowerCase() === appId) await verifyCertificateAssertion(assertion, appId, await listApplicationKeys(deps.database.sql, [appId]), { ...deps, origin }, new Date(deps.clock.now()));
      else await verifyFederatedAssertion(deps, assertion, appId, await listFederations(deps.database.sql, appId));
      return application;
    },
  };
}

/** A user-assigned identity is no registration; its federations are resources below it. */
async function verifyIdentity(deps: FederationDeps & { readonly database: Database }, assertion: string, appId: string): Promise<Application> {
  const { sql } = deps.database;
  const identity = appId === '' ? undefined : await findPrincipalByAppId(sql, appId);
  if (identity?.kind !== 'ManagedIdentity' || identity.resourceKey === undefined)
    throw aadsts(700016, `Application with identifier '${appId}' was not found in the directory '${deps.tenantId}'. Check the client id and the tenant.`);
  const federations = (await listIdentityFederations(sql, identity.resourceKey)).map(({ name, properties }): Federation => {
    const audiences = isJsonObject(properties) ? properties['audiences'] : undefined;
    return {
      id: name,
      name,
      issuer: stringAt(properties, 'issuer') ?? '',
      subject: stringAt(properties, 'subject') ?? '',
      audiences: (Array.isArray(audiences) ? audiences : []).filter((each): each is string => typeof each === 'string'),
    };
  });
  await verifyFederatedAssertion(deps, assertion, appId, federations);
  return { appId, displayName: identity.displayName, isPublic: false, redirectUris: [] };
}

function issuerOf(assertion: string): string {
  try {
    decodeProtectedHeader(assertion);
    return decodeJwt(assertion).iss ?? '';
  } catch {
    throw aadsts(50027, 'JWT token is invalid or malformed: client_assertion is no signed JSON Web Token.');
  }
}
