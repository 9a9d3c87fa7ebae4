// resource-list-store: pages of resources, by what encloses them, filtered and ordered in SQL, continued by keyset.

import { type RawBuilder, sql } from 'kysely';
import { decodeCursor, encodeCursor, invalidCursor, type Page } from '#kernel/page.ts';
import { isJsonObject } from '#kernel/json.ts';
import type { Sql } from './database.ts';
import type { ResourceRecord } from './resource-record.ts';
import { isHidden } from './hidden/marks.ts';
import { toResource } from './resource-store.ts';

export type ResourceOrder = 'oldest' | 'newest' | 'name' | 'changed' | 'leastChanged';

/** Where a filter looks: a path into properties or tags, or the name, location or kind of the resource. */
export type FilterTarget = { readonly in: 'properties' | 'tags'; readonly path: readonly string[] } | { readonly in: 'name' | 'location' | 'type' | 'kind' };

export type ResourceFilter =
  /** Letter case does not count. */
  | { readonly target: FilterTarget; readonly oneOf: readonly string[] }
  | { readonly target: FilterTarget; readonly contains: string }
  /** A flag; absent counts as false. */
  | { readonly target: FilterTarget; readonly flag: boolean }
  /** A map with this key, and with this value where one is given. */
  | { readonly target: FilterTarget; readonly key: string; readonly value?: string };

export interface ResourceQuery {
  /** Lower-cased types. */
  readonly types: readonly string[];
  readonly within:
    | { readonly parentKey: string }
    | { readonly parentKeyPrefix: string }
    | { readonly subtreeOf: string }
    | { readonly atOrAbove: readonly string[]; readonly orBelow?: string }
    | { readonly subscriptionId: string; readonly resourceGroup?: string }
    | 'everywhere';
  readonly filters?: readonly ResourceFilter[];
  /** @default 'oldest' */
  readonly order?: ResourceOrder;
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string;
  /** Only the soft-deleted ones instead of the living. */
  readonly isDeleted?: boolean;
}

interface Ordering {
  readonly column: 'seq' | 'name' | 'updated_at';
  readonly direction: 'asc' | 'desc';
}

const ORDERINGS: Readonly<Record<ResourceOrder, Ordering>> = {
  oldest: { column: 'seq', direction: 'asc' },
  newest: { column: 'seq', direction: 'desc' },
  name: { column: 'name', direction: 'asc' },
  changed: { column: 'updated_at', direction: 'desc' },
  leastChanged: { column: 'updated_at', direction: 'asc' },
};

/** Pages of a sealed workspace that one page of a filtered list is gathered from. */
const MOST_PAGES = 20;

/** One page. Throws `InvalidContinuationToken` for an `after` of another order. */
export async function listResources(db: Sql, query: ResourceQuery): Promise<Page<ResourceRecord>> {
  const items: ResourceRecord[] = [];
  let next = query.after;
  const keys = await keysOfRareName(db, query);
  if (keys?.length === 0) return { items };
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const { rows } = await pageQuery({ ...query, ...(next === undefined ? {} : { after: next }) }, keys).execute(db);
    const page = rows.slice(0, query.limit);
    // Why here too: rows of a sealed workspace come unfiltered, see unlessHidden.
    const found = page.filter((row) => row.sealed_content === null || (query.filters ?? []).every((filter) => isMatch(filter, row)));
    const kept = found.slice(0, query.limit - items.length);
    items.push(...kept.map(toResource));
    const last = kept.length < found.length ? kept.at(-1) : page.at(-1);
    next = (rows.length > query.limit || kept.length < found.length) && last !== undefined ? encodeCursor([last.position, last.seq]) : undefined;
    if (next === undefined || items.length === query.limit || found.length === page.length) break;
  }
  return next === undefined ? { items } : { items, next };
}

/** A name that more resources have is found sooner by looking through the page's own order. */
const MOST_KEYS = 1000;

/** Keys of what a name is looked for in, where few hold it. */
async function keysOfRareName(db: Sql, query: ResourceQuery): Promise<readonly string[] | undefined> {
  const rows = (await nameQuery(query)?.execute(db))?.rows;
  return rows === undefined || rows.length > MOST_KEYS ? undefined : rows.map(({ key }) => key);
}

/** Keys of the subscription or group whose name holds what the query looks for: read from the index of keys alone, not from rows. */
export function nameQuery({ within, filters = [], isDeleted }: ResourceQuery): RawBuilder<{ readonly key: string }> | undefined {
  const [text] = filters.flatMap((filter) => ('contains' in filter && filter.target.in === 'name' ? [filter.contains.toLowerCase()] : []));
  if (text === undefined || isDeleted === true || within === 'everywhere' || !('subscriptionId' in within)) return undefined;
  const above = `/subscriptions/${within.subscriptionId.toLowerCase()}${within.resourceGroup === undefined ? '' : `/resourcegroups/${within.resourceGroup.toLowerCase()}`}`;
  return sql`
    select key from resources where key > ${`${above}/`} and key < ${`${above}0`} and strpos(key, ${text}) > 0
      and strpos(right(key, strpos(reverse(key), '/') - 1), ${text}) > 0
    limit ${MOST_KEYS + 1}`;
}

type Row = Parameters<typeof toResource>[0] & { readonly position: string };

/** One row more than the page has, to know whether there is a next one. */
export function pageQuery(query: ResourceQuery, keys?: readonly string[]): RawBuilder<Row> {
  const { column, direction } = ORDERINGS[query.order ?? 'oldest'];
  const conditions: RawBuilder<unknown>[] = [
    query.types.length === 1 ? sql`type = ${query.types[0]}` : sql`type = any(${query.types}::text[])`,
    query.isDeleted === true ? sql`deleted_at is not null` : sql`deleted_at is null`,
    ...withinConditions(query.within),
    ...(query.filters ?? []).map((filter) => unlessHidden(query.within, filter)),
  ];
  if (keys !== undefined) conditions.push(sql`key = any(${keys}::text[])`);
  if (query.after !== undefined) conditions.push(afterCondition(query.after, column, direction));
  return sql<Row>`
    select *, ${column === 'name' ? sql`name` : sql.ref(column)}::text as position from resources
    where ${sql.join(conditions, sql` and `)}
    order by ${orderTerm(column)} ${sql.raw(direction)}, seq ${sql.raw(direction)} limit ${query.limit + 1}`;
}

function orderTerm(column: Ordering['column']): RawBuilder<unknown> {
  return column === 'name' ? sql`name collate "C"` : sql.ref(column);
}

function afterCondition(after: string, column: Ordering['column'], direction: 'asc' | 'desc'): RawBuilder<unknown> {
  const [position, seq] = decodeCursor(after, 2).map(String);
  const isWhole = /^\d{1,18}$/.test(seq ?? '') && (column === 'name' || (column === 'seq' ? position === seq : !Number.isNaN(Date.parse(position ?? ''))));
  if (!isWhole) throw invalidCursor();
  const operator = sql.raw(direction === 'asc' ? '>' : '<');
  if (column === 'seq') return sql`seq ${operator} ${seq}::bigint`;
  if (column === 'name') return sql`(name collate "C", seq) ${operator} (${position}::text collate "C", ${seq}::bigint)`;
  return sql`(updated_at, seq) ${operator} (${position}::timestamptz, ${seq}::bigint)`;
}

function withinConditions(within: ResourceQuery['within']): readonly RawBuilder<unknown>[] {
  if (within === 'everywhere') return [];
  if ('parentKey' in within) return [sql`parent_key = ${within.parentKey}`];
  // Why this end: keys compare by bytes, and no text sorts behind it.
  if ('parentKeyPrefix' in within) return [sql`parent_key >= ${within.parentKeyPrefix} and parent_key < ${`${within.parentKeyPrefix}\u{10FFFF}`}`];
  if ('atOrAbove' in within) {
    const above = sql`parent_key = any(${within.atOrAbove}::text[])`;
    return [within.orBelow === undefined ? above : sql`(${above} or (key > ${`${within.orBelow}/`} and key < ${`${within.orBelow}0`}))`];
  }
  if ('subtreeOf' in within) return [sql`key > ${`${within.subtreeOf}/`}`, sql`key < ${`${within.subtreeOf}0`}`];
  const inSubscription = sql`subscription_id = ${within.subscriptionId.toLowerCase()}`;
  return within.resourceGroup === undefined ? [inSubscription] : [inSubscription, sql`resource_group = ${within.resourceGroup.toLowerCase()}`];
}

/** A filter by what is hidden in rows of a sealed workspace is left to `isMatch`. */
function unlessHidden(within: ResourceQuery['within'], filter: ResourceFilter): RawBuilder<unknown> {
  const condition = filterCondition(filter);
  const scope = scopeOf(within);
  return scope === undefined || !('path' in filter.target) ? condition : sql`(${isHidden(scope)} or ${condition})`;
}

/** Where all of a list is below one key. */
function scopeOf(within: ResourceQuery['within']): string | undefined {
  if (within === 'everywhere') return undefined;
  if ('parentKey' in within) return within.parentKey;
  if ('parentKeyPrefix' in within) return within.parentKeyPrefix;
  return 'subtreeOf' in within ? within.subtreeOf : undefined;
}

/** What filterCondition says in SQL. */
function isMatch(filter: ResourceFilter, row: Row): boolean {
  if (!('path' in filter.target)) return true;
  const { path } = filter.target;
  const found = path.reduce<unknown>((value, member) => (isJsonObject(value) ? value[member] : undefined), row[filter.target.in]);
  const text = found === undefined || found === null ? undefined : typeof found === 'string' ? found : JSON.stringify(found);
  if ('oneOf' in filter) return text !== undefined && filter.oneOf.some((value) => value.toLowerCase() === text.toLowerCase());
  if ('contains' in filter) return text?.toLowerCase().includes(filter.contains.toLowerCase()) === true;
  if ('flag' in filter) return (text === 'true') === filter.flag;
  if (!isJsonObject(found) || !Object.hasOwn(found, filter.key)) return false;
  return filter.value === undefined || String(found[filter.key]) === filter.value;
}

function filterCondition(filter: ResourceFilter): RawBuilder<unknown> {
  if ('oneOf' in filter) return sql`lower(${textOf(filter.target)}) = any(${filter.oneOf.map((value) => value.toLowerCase())}::text[])`;
  if ('contains' in filter) return sql`position(${filter.contains.toLowerCase()} in lower(${textOf(filter.target)})) > 0`;
  if ('flag' in filter) return sql`(coalesce(${textOf(filter.target)}, 'false') = 'true') = ${filter.flag}`;
  if (!('path' in filter.target)) return sql`false`;
  if (filter.target.in === 'tags' && filter.target.path.length === 0) return tagCondition(filter.key, filter.value);
  const map = sql`(${sql.ref(filter.target.in)} #> ${filter.target.path}::text[])`;
  return filter.value === undefined ? sql`jsonb_exists(${map}, ${filter.key})` : sql`${map} ->> ${filter.key} = ${filter.value}`;
}

/** As the index of tags has it. */
function tagCondition(key: string, value: string | undefined): RawBuilder<unknown> {
  return sql`(tags <> '{}' and ${value === undefined ? sql`tags ? ${key}` : sql`tags @> jsonb_build_object(${key}::text, ${value}::text)`})`;
}

function textOf(target: FilterTarget): RawBuilder<unknown> {
  return 'path' in target ? sql`${sql.ref(target.in)} #>> ${target.path}::text[]` : sql.ref(target.in);
}
