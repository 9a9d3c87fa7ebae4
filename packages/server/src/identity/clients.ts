// Clients: who asks for a token. Confidential applications prove themselves by one of their secrets (in the form or in
// Basic), public ones by PKCE. Source: RFC 6749 §2.3; Entra ID error codes.

import type { Clock } from '#kernel/clock.ts';
import type { Sql, Tx } from '#storage/database.ts';
import { type Application, type ClientSecretRecord, findApplication, insertClientSecret, listClientSecrets } from '#storage/identity-store.ts';
import { randomUUID } from 'node:crypto';
import type { ClientAssertions } from './assertions/client-assertions.ts';
import { aadsts } from './aadsts.ts';
import { hashSecret, isSecret, newSecret } from './secrets.ts';

export interface ClientDeps {
  readonly db: Sql;
  readonly clock: Clock;
  readonly tenantId: string;
  readonly assertions: ClientAssertions;
}

/** What a request shows of its client. */
export interface ShownClient {
  readonly fields: Readonly<Record<string, string>>;
  /** The Authorization header. */
  readonly authorization?: string | undefined;
  /** Origin the caller used, for the issuer of id tokens: it has to be that of the discovery document. */
  readonly origin: string;
}

/** Throws AADSTS700016. */
export async function getApplication(deps: Omit<ClientDeps, 'assertions'>, appId: string): Promise<Application> {
  const application = await findApplication(deps.db, appId);
  if (application !== undefined) return application;
  throw aadsts(700016, `Application with identifier '${appId}' was not found in the directory '${deps.tenantId}'. Check the client id and the tenant.`);
}

/**
 * The application behind a token request, proved by its secret or an assertion unless it is public. Throws AADSTS700016, 7000215 (wrong
 * secret), 7000222 (expired), 7000218 (none shown), 900144 (no client_id).
 */
export async function authenticateClient(deps: ClientDeps, shown: ShownClient): Promise<Application> {
  if (shown.fields['client_assertion'] !== undefined) return deps.assertions.verify(shown.fields, shown.origin);
  const basic = parseBasic(shown.authorization);
  const appId = shown.fields['client_id'] ?? basic?.id;
  if (appId === undefined || appId === '') throw aadsts(900144, "The request body must contain the following parameter: 'client_id'.");
  if (basic !== undefined && basic.id.toLowerCase() !== appId.toLowerCase()) throw aadsts(9002313, 'Invalid request. The client_id of the body is not the one of the Authorization header.');
  const application = await getApplication(deps, appId);
  if (application.isPublic) return application;
  const secret = shown.fields['client_secret'] ?? basic?.secret;
  if (secret === undefined || secret === '') {
    throw aadsts(7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.");
  }
  requireSecret(await listClientSecrets(deps.db, application.appId), secret, application.appId, deps.clock.now());
  return application;
}

function requireSecret(secrets: readonly ClientSecretRecord[], shown: string, appId: string, now: number): void {
  // Why filter and not find: every secret is compared, whichever of them matches.
  const matching = secrets.filter((secret) => isSecret(shown, secret.hash));
  const isValid = matching.some((secret) => secret.startsAt.getTime() <= now && (secret.endsAt === null || secret.endsAt.getTime() > now));
  if (isValid) return;
  if (matching.length > 0) throw aadsts(7000222, `The provided client secret keys for app '${appId}' are expired. Create a new secret for the application.`);
  throw aadsts(7000215, `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${appId}'.`);
}

/** Azure: id and secret are form-encoded inside Basic (RFC 6749 §2.3.1). */
function parseBasic(header: string | undefined): { readonly id: string; readonly secret: string } | undefined {
  const encoded = /^basic\s+([A-Za-z0-9+/=_-]+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  try {
    if (colon > 0) return { id: decodeURIComponent(text.slice(0, colon).replaceAll('+', ' ')), secret: decodeURIComponent(text.slice(colon + 1).replaceAll('+', ' ')) };
  } catch {
    // falls through to the fault below
  }
  throw aadsts(9002313, 'Invalid request. The Authorization header is not form-encoded client_id:client_secret in base64.');
}

/** Adds a secret to an application and returns its text, which is never seen again. */
export async function addClientSecret(
  tx: Tx,
  secret: { readonly appId: string; readonly displayName: string; readonly now: Date; readonly endsAt?: Date },
): Promise<{ readonly keyId: string; readonly secretText: string }> {
  const keyId = randomUUID();
  const secretText = newSecret();
  await insertClientSecret(tx, {
    keyId,
    appId: secret.appId,
    displayName: secret.displayName,
    hash: hashSecret(secretText),
    hint: secretText.slice(0, 3),
    startsAt: secret.now,
    endsAt: secret.endsAt ?? null,
  });
  return { keyId, secretText };
}
