// external-store: who the people and groups of an external provider are here.

import type { Sql, Tx } from './database.ts';

export async function findExternalPerson(db: Sql, issuer: string, subject: string): Promise<string | undefined> {
  const row = await db.selectFrom('external_identities').select('principal_id').where('issuer', '=', issuer).where('subject', '=', subject).executeTakeFirst();
  return row?.principal_id;
}

export async function insertExternalPerson(tx: Tx, issuer: string, subject: string, principalId: string): Promise<void> {
  await tx.insertInto('external_identities').values({ issuer, subject, principal_id: principalId }).execute();
}

/** Groups that stand for names of the provider's. */
export async function findExternalGroups(db: Sql, issuer: string, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (names.length === 0) return new Map();
  const rows = await db.selectFrom('external_groups').select(['name', 'group_id']).where('issuer', '=', issuer).where('name', 'in', names).execute();
  return new Map(rows.map((row) => [row.name, row.group_id]));
}

export async function insertExternalGroup(tx: Tx, issuer: string, name: string, groupId: string): Promise<void> {
  await tx.insertInto('external_groups').values({ issuer, name, group_id: groupId }).execute();
}

/** Makes these the memberships of the person in the provider's groups; others of this directory stay. */
export async function setExternalMemberships(tx: Tx, issuer: string, principalId: string, groupIds: readonly string[]): Promise<void> {
  await tx
    .deleteFrom('group_members')
    .where('member_id', '=', principalId)
    .where('group_id', 'in', tx.selectFrom('external_groups').select('group_id').where('issuer', '=', issuer))
    .$if(groupIds.length > 0, (query) => query.where('group_id', 'not in', groupIds))
    .execute();
  if (groupIds.length === 0) return;
  await tx
    .insertInto('group_members')
    .values(groupIds.map((id) => ({ group_id: id, member_id: principalId })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
