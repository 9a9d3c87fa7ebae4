// Credentials of applications: secrets that Graph makes and shows once, certificates that it is given.

import { randomUUID, X509Certificate } from 'node:crypto';
import { addClientSecret } from '#identity/clients.ts';
import { isJsonObject, type Json, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { insertApplicationKey, keepApplicationKeys, listApplicationKeys, type ApplicationKey } from '#storage/application-store.ts';
import type { Sql, Tx } from '#storage/database.ts';
import { deleteClientSecrets, listClientSecretsOf } from '#storage/identity-store.ts';
import { badRequest } from './faults.ts';
import type { GraphDeps } from './ports.ts';
import { type Credentials, noCredentials, renderSecret } from './render.ts';

const TWO_YEARS_MS = 2 * 365 * 86_400_000;
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export type CredentialsOf = (appId: string | null) => Credentials;

/** The credentials of all these at once. */
export async function credentialsOf(db: Sql, entries: readonly { readonly appId: string | null }[]): Promise<CredentialsOf> {
  const appIds = entries.flatMap((entry) => (entry.appId === null ? [] : [entry.appId]));
  const [secrets, keys] = await Promise.all([listClientSecretsOf(db, appIds), listApplicationKeys(db, appIds)]);
  return (appId) => (appId === null ? noCredentials : { secrets: secrets.filter((each) => each.appId === appId), keys: keys.filter((each) => each.appId === appId) });
}

/** POST …/addPassword. */
export async function addPassword(deps: GraphDeps, appId: string, body: unknown): Promise<JsonObject> {
  return deps.database.transaction((tx) => makePassword(tx, deps, appId, objectAt(body, 'passwordCredential')));
}

/** A secret as it is asked for, with its text. */
export async function makePassword(tx: Tx, deps: GraphDeps, appId: string, wanted: Json): Promise<JsonObject> {
  const now = deps.clock.now();
  const startsAt = dateOf(wanted, 'startDateTime') ?? new Date(now);
  const endsAt = dateOf(wanted, 'endDateTime') ?? new Date(startsAt.getTime() + TWO_YEARS_MS);
  if (endsAt <= startsAt) throw badRequest('Credential lifetime is invalid: endDateTime has to be later than startDateTime.', 'passwordCredential.endDateTime');
  const displayName = (stringAt(wanted, 'displayName') ?? '').slice(0, 120);
  const made = await addClientSecret(tx, { appId, displayName, now: startsAt, endsAt });
  return renderSecret({ keyId: made.keyId, appId, displayName, hash: Buffer.alloc(0), hint: made.secretText.slice(0, 3), startsAt, endsAt }, made.secretText);
}

/** POST …/removePassword. */
export async function removePassword(deps: GraphDeps, appId: string, body: unknown): Promise<void> {
  const keyId = (stringAt(body, 'keyId') ?? '').toLowerCase();
  await deps.database.transaction(async (tx) => {
    const known = await listClientSecretsOf(tx, [appId]);
    if (!known.some((each) => each.keyId === keyId)) throw badRequest(`No password credential found with keyId '${keyId}'.`, 'keyId');
    await deleteClientSecrets(tx, appId, [keyId]);
  });
}

/** The certificates of a body, against those that are known: an entry without `key` keeps the known one of its id. */
export function parseKeys(value: Json | undefined, appId: string, known: readonly ApplicationKey[]): readonly ApplicationKey[] {
  return (Array.isArray(value) ? value : []).map((entry: Json) => {
    const keyId = (stringAt(entry, 'keyId') ?? randomUUID()).toLowerCase();
    if (!GUID.test(keyId)) throw badRequest(`keyId '${keyId}' of a key credential is no GUID.`, 'keyCredentials');
    const text = isJsonObject(entry) ? entry['key'] : undefined;
    const kept = known.find((each) => each.keyId === keyId);
    if (text === null || text === undefined) {
      if (kept !== undefined) return kept;
      throw badRequest(`The key credential '${keyId}' is not known and has no key.`, 'keyCredentials');
    }
    const type = stringAt(entry, 'type') ?? 'AsymmetricX509Cert';
    if (type !== 'AsymmetricX509Cert' || (stringAt(entry, 'usage') ?? 'Verify') !== 'Verify')
      throw badRequest(`Key credentials of type '${type}' are not supported; AsymmetricX509Cert for Verify is.`, 'keyCredentials');
    return keyOf(entry, keyId, appId, typeof text === 'string' ? text : '');
  });
}

function keyOf(entry: Json, keyId: string, appId: string, text: string): ApplicationKey {
  const certificate = readCertificate(text);
  const startsAt = dateOf(entry, 'startDateTime') ?? certificate.validFromDate;
  const endsAt = dateOf(entry, 'endDateTime') ?? certificate.validToDate;
  // Azure: a registration may not outlive its certificate; a day of grace for clients that round.
  if (endsAt.getTime() > certificate.validToDate.getTime() + 86_400_000)
    throw badRequest(`Key credential end date is invalid: the certificate ends ${certificate.validToDate.toISOString()}.`, 'keyCredentials');
  const thumbprint = (fingerprint: string): string => Buffer.from(fingerprint.replaceAll(':', ''), 'hex').toString('base64url');
  return {
    keyId,
    appId,
    displayName: (stringAt(entry, 'displayName') ?? certificate.subject).slice(0, 240),
    certificate: certificate.raw,
    thumbprint: thumbprint(certificate.fingerprint),
    thumbprint256: thumbprint(certificate.fingerprint256),
    startsAt,
    endsAt,
  };
}

/** Base64 of the certificate, or (as some clients send it) base64 of its PEM text. */
function readCertificate(text: string): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(text, 'base64'));
  } catch {
    throw badRequest('Key credential is invalid: key is not the base64 form of an X.509 certificate.', 'keyCredentials');
  }
}

export async function writeKeys(tx: Tx, appId: string, keys: readonly ApplicationKey[]): Promise<void> {
  await keepApplicationKeys(
    tx,
    appId,
    keys.map((key) => key.keyId),
  );
  for (const key of keys) await insertApplicationKey(tx, key);
}

function dateOf(value: unknown, name: string): Date | undefined {
  const text = stringAt(value, name);
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (!Number.isFinite(time)) throw badRequest(`${name} '${text}' is no date and time.`, name);
  return new Date(time);
}
