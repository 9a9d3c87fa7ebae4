// principal-search-store: finding people, groups and programs by a part of their name, and naming those whose ids are known.

import { sql } from 'kysely';
import type { Sql } from './database.ts';
import type { DirectoryKind } from './identity-store.ts';

export interface FoundPrincipal {
  readonly id: string;
  readonly kind: DirectoryKind;
  readonly displayName: string;
  /** A person's sign-in name, else the application's id. */
  readonly account: string | null;
  readonly isEnabled: boolean;
}

/** By name, sign-in name, application id or object id; those whose name begins with the text come first. */
export async function searchPrincipals(db: Sql, text: string, limit: number): Promise<readonly FoundPrincipal[]> {
  const wanted = text.toLowerCase();
  const { rows } = await sql<FoundPrincipal>`
    select id, kind, display_name as "displayName", coalesce(user_principal_name, app_id) as account, is_enabled as "isEnabled"
    from principals
    where position(${wanted} in lower(display_name)) > 0 or position(${wanted} in coalesce(user_principal_name, '')) > 0 or id = ${wanted} or app_id = ${wanted}
    order by starts_with(lower(display_name), ${wanted}) desc, lower(display_name), id limit ${limit}`.execute(db);
  return rows;
}

/** Those of the ids that exist: object ids, or ids of applications. */
export async function namePrincipals(db: Sql, ids: readonly string[]): Promise<readonly FoundPrincipal[]> {
  if (ids.length === 0) return [];
  const wanted = ids.map((id) => id.toLowerCase());
  const { rows } = await sql<FoundPrincipal>`
    select id, kind, display_name as "displayName", coalesce(user_principal_name, app_id) as account, is_enabled as "isEnabled"
    from principals where id = any(${wanted}::text[]) or app_id = any(${wanted}::text[]) order by lower(display_name), id`.execute(db);
  return rows;
}
