// subnet-store: the SQL of what is in a subnet: who holds it, and at which address. Whoever adds a claim changes the
// subnet's row in the same transaction, so that a delete that did not see the claim is found out.

import { sql } from 'kysely';
import type { Sql, Tx } from './database.ts';

export interface SubnetClaim {
  readonly subnetKey: string;
  readonly ownerKey: string;
  readonly address: string | null;
}

export async function listSubnetClaims(db: Sql, subnetKeys: readonly string[]): Promise<readonly SubnetClaim[]> {
  if (subnetKeys.length === 0) return [];
  const rows = await db.selectFrom('subnet_claims').selectAll().where('subnet_key', 'in', subnetKeys).orderBy('owner_key').execute();
  return rows.map((row) => ({ subnetKey: row.subnet_key, ownerKey: row.owner_key, address: row.address }));
}

/** Claims of subnets below a key by what is elsewhere. */
export async function listForeignClaims(db: Sql, belowKey: string, limit: number): Promise<readonly SubnetClaim[]> {
  const [first, end] = [`${belowKey}/`, `${belowKey}0`];
  const { rows } = await sql<{ subnet_key: string; owner_key: string; address: string | null }>`
    select * from subnet_claims where subnet_key > ${first} and subnet_key < ${end} and not (owner_key > ${first} and owner_key < ${end}) order by subnet_key, owner_key limit ${limit}`.execute(db);
  return rows.map((row) => ({ subnetKey: row.subnet_key, ownerKey: row.owner_key, address: row.address }));
}

/** One claim per owner and subnet. */
export async function insertSubnetClaim(tx: Tx, claim: SubnetClaim): Promise<void> {
  await tx
    .insertInto('subnet_claims')
    .values({ subnet_key: claim.subnetKey, owner_key: claim.ownerKey, address: claim.address })
    .onConflict((conflict) => conflict.columns(['subnet_key', 'owner_key']).doNothing())
    .execute();
}

export async function deleteSubnetClaims(tx: Tx, ownerKey: string): Promise<void> {
  await tx.deleteFrom('subnet_claims').where('owner_key', '=', ownerKey).execute();
}

/** Serialises changes of the subnets of one network until the transaction ends. */
export async function lockNetwork(tx: Tx, networkKey: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(7146312, hashtext(${networkKey}))`.execute(tx);
}

/** Addresses by owner. */
export async function findOwnedAddresses(db: Sql, ownerKeys: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ownerKeys.length === 0) return new Map();
  const rows = await db.selectFrom('subnet_claims').select(['owner_key', 'address']).where('owner_key', 'in', ownerKeys).execute();
  return new Map(rows.flatMap((row) => (row.address === null ? [] : [[row.owner_key, row.address] as const])));
}
