// vault-version-store: the SQL that writes versions of secrets and keys.

import type { Tx } from './database.ts';
import type { NewVersion, VersionAttributes } from './vault-object-record.ts';

/** The new version is the current one from now on. */
export async function insertVersion(tx: Tx, objectId: string, version: NewVersion): Promise<void> {
  await tx
    .insertInto('vault_versions')
    .values({ object_id: objectId, version: version.version, sealed: version.sealed, created_at: version.createdAt, ...columnsOf(version, version.updatedAt) })
    .execute();
}

export async function updateVersion(tx: Tx, objectId: string, version: string, attributes: VersionAttributes, at: Date): Promise<void> {
  await tx.updateTable('vault_versions').set(columnsOf(attributes, at)).where('object_id', '=', objectId).where('version', '=', version).execute();
}

function columnsOf(attributes: VersionAttributes, at: Date) {
  return {
    is_enabled: attributes.isEnabled,
    not_before: attributes.notBefore ?? null,
    expires_at: attributes.expiresAt ?? null,
    content_type: attributes.contentType ?? null,
    tags: JSON.stringify(attributes.tags),
    details: JSON.stringify(attributes.details),
    updated_at: at,
  };
}
