// application-store: registrations of applications as Microsoft Graph sees them, their certificates and federations.

import type { Selectable } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';
import type { Sql, Tx } from './database.ts';
import type { ApplicationFederationsTable, ApplicationKeysTable } from './tables/identity.ts';

export interface ApplicationKey {
  readonly keyId: string;
  readonly appId: string;
  readonly displayName: string;
  readonly certificate: Buffer;
  readonly thumbprint: string;
  readonly thumbprint256: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
}

/** Tokens of another issuer that stand for the credentials of an application or of a managed identity. */
export interface Federation {
  readonly id: string;
  readonly name: string;
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
  readonly description?: string;
}

export async function insertApplicationKey(tx: Tx, key: ApplicationKey): Promise<void> {
  await tx
    .insertInto('application_keys')
    .values({
      key_id: key.keyId,
      app_id: key.appId,
      display_name: key.displayName,
      certificate: key.certificate,
      thumbprint: key.thumbprint,
      thumbprint256: key.thumbprint256,
      starts_at: key.startsAt,
      ends_at: key.endsAt,
    })
    .onConflict((conflict) =>
      conflict
        .column('key_id')
        .doUpdateSet({ display_name: key.displayName, certificate: key.certificate, thumbprint: key.thumbprint, thumbprint256: key.thumbprint256, starts_at: key.startsAt, ends_at: key.endsAt }),
    )
    .execute();
}

export async function listApplicationKeys(db: Sql, appIds: readonly string[]): Promise<readonly ApplicationKey[]> {
  if (appIds.length === 0) return [];
  const rows = await db.selectFrom('application_keys').selectAll().where('app_id', 'in', appIds).orderBy('starts_at').orderBy('key_id').execute();
  return rows.map(keyFromRow);
}

/** Removes the keys of the application that are not in `kept`. */
export async function keepApplicationKeys(tx: Tx, appId: string, kept: readonly string[]): Promise<void> {
  let query = tx.deleteFrom('application_keys').where('app_id', '=', appId);
  if (kept.length > 0) query = query.where('key_id', 'not in', kept);
  await query.execute();
}

function keyFromRow(row: Selectable<ApplicationKeysTable>): ApplicationKey {
  return {
    keyId: row.key_id,
    appId: row.app_id,
    displayName: row.display_name,
    certificate: row.certificate,
    thumbprint: row.thumbprint,
    thumbprint256: row.thumbprint256,
    startsAt: row.starts_at,
    endsAt: row.ends_at,
  };
}

/** False when the application has one of that name, or of that issuer and subject. */
export async function insertFederation(tx: Tx, appId: string, federation: Federation): Promise<boolean> {
  const row = await tx
    .insertInto('application_federations')
    .values({ ...federationValues(federation), id: federation.id, app_id: appId })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function updateFederation(tx: Tx, appId: string, federation: Federation): Promise<void> {
  await tx.updateTable('application_federations').set(federationValues(federation)).where('app_id', '=', appId).where('id', '=', federation.id).execute();
}

export async function listFederations(db: Sql, appId: string): Promise<readonly Federation[]> {
  const rows = await db.selectFrom('application_federations').selectAll().where('app_id', '=', appId).orderBy('name').execute();
  return rows.map(federationFromRow);
}

export async function deleteFederation(tx: Tx, appId: string, id: string): Promise<boolean> {
  const row = await tx.deleteFrom('application_federations').where('app_id', '=', appId).where('id', '=', id).returning('id').executeTakeFirst();
  return row !== undefined;
}

function federationValues(federation: Federation) {
  return {
    name: federation.name,
    issuer: federation.issuer,
    subject: federation.subject,
    audiences: JSON.stringify(federation.audiences),
    description: federation.description ?? null,
  };
}

function federationFromRow(row: Selectable<ApplicationFederationsTable>): Federation {
  return { id: row.id, name: row.name, issuer: row.issuer, subject: row.subject, audiences: row.audiences, ...(row.description === null ? {} : { description: row.description }) };
}

const IDENTITY_FEDERATION_TYPE = 'microsoft.managedidentity/userassignedidentities/federatedidentitycredentials';

/** Federations of a user-assigned identity, which are resources below it. */
export async function listIdentityFederations(db: Sql, resourceKey: string): Promise<readonly { readonly name: string; readonly properties: JsonObject }[]> {
  return db
    .selectFrom('resources')
    .select(['name', 'properties'])
    .where('parent_key', '=', resourceKey)
    .where('type', '=', IDENTITY_FEDERATION_TYPE)
    .where('deleted_at', 'is', null)
    .orderBy('seq')
    .execute();
}
