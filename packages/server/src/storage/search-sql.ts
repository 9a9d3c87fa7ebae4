// search-sql: conditions and orders of a search as data, and their translation to SQL with parameters. The texts they
// come from are parsed in tracking/; no text of a caller is ever part of a statement.

import { type RawBuilder, sql } from 'kysely';

export type Comparator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'LIKE' | 'ILIKE' | 'IN' | 'NOT IN' | 'IS NULL' | 'IS NOT NULL';
export type SearchEntity = 'attribute' | 'metric' | 'param' | 'tag' | 'dataset';

export interface Condition {
  readonly entity: SearchEntity;
  /** Canonical name for attributes and datasets, the caller's key for the others. */
  readonly key: string;
  readonly comparator: Comparator;
  /** A list for IN and NOT IN; unused for IS [NOT] NULL. */
  readonly value: string | number | readonly string[];
}

export interface Order {
  readonly entity: SearchEntity;
  readonly key: string;
  readonly isAscending: boolean;
}

export type SqlText = RawBuilder<unknown>;

/** `left <comparator> value`; null on the left satisfies nothing but IS NULL. */
export function compare(left: SqlText, comparator: Comparator, value: Condition['value']): SqlText {
  switch (comparator) {
    case '=':
      return sql`${left} = ${value}`;
    case '!=':
      return sql`${left} <> ${value}`;
    case '<':
      return sql`${left} < ${value}`;
    case '<=':
      return sql`${left} <= ${value}`;
    case '>':
      return sql`${left} > ${value}`;
    case '>=':
      return sql`${left} >= ${value}`;
    case 'LIKE':
      return sql`${left} like ${value} escape ''`;
    case 'ILIKE':
      return sql`${left} ilike ${value} escape ''`;
    case 'IN':
      return sql`${left} = any(${value}::text[])`;
    case 'NOT IN':
      return sql`${left} <> all(${value}::text[])`;
    case 'IS NULL':
      return sql`${left} is null`;
    case 'IS NOT NULL':
      return sql`${left} is not null`;
  }
}

/** All of them; `true` for none. */
export function allOf(conditions: readonly SqlText[]): SqlText {
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
}

export function direction(isAscending: boolean): SqlText {
  return isAscending ? sql`asc` : sql`desc`;
}

/** Numbers first, then NaN, then missing, whichever way the numbers run. */
export function numberOrder(value: SqlText, isAscending: boolean): SqlText {
  return sql`case when ${value} is null then 2 when ${value} = 'NaN' then 1 else 0 end, ${value} ${direction(isAscending)}`;
}

/** Text as bytes, missing last. */
export function textOrder(value: SqlText, isAscending: boolean): SqlText {
  return sql`${value} collate "C" ${direction(isAscending)} nulls last`;
}

/** Milliseconds since the epoch, whole. */
export function epochMs(column: SqlText): SqlText {
  return sql`floor(extract(epoch from ${column}) * 1000)`;
}
