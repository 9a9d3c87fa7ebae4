// DataChild: what a storage account holds in its data planes, as child resources: blob containers and file shares. They live
// there, not in the table of resources: what the data plane makes is seen here and the other way round.
// Source: contracts/schemas/arm/2026-04-01/Microsoft.Storage.json.

import type { TSchema } from 'typebox';
import { nextLink, pageSizeOf, queryValue, tokenOf } from '#arm/list-query.ts';
import { type ArmRoute, defineArmRoute, type RouteCall } from '#arm/route.ts';
import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import type { JsonObject } from '#kernel/json.ts';
import type { Page } from '#kernel/page.ts';
import { ACCOUNT_PATH, accountIdOf } from './account-path.ts';

export interface DataChild<Item, Settings> {
  /** Member of `Microsoft.Storage/storageAccounts`, such as `blobServices/containers`. */
  readonly service: 'blobServices' | 'fileServices';
  readonly collection: 'containers' | 'shares';
  /** `container`, `share`. */
  readonly noun: string;
  readonly versions: { readonly since: string };
  readonly name: RegExp;
  readonly body: TSchema;
  readonly store: {
    find(account: string, name: string): Promise<Item | undefined>;
    /** Makes it, or changes what is given. */
    put(ctx: Context, account: string, name: string, settings: Settings): Promise<Item>;
    /** False when there was none. */
    remove(ctx: Context, account: string, name: string): Promise<boolean>;
    list(account: string, options: { readonly prefix: string; readonly limit: number; readonly after?: string }): Promise<Page<Item>>;
  };
  /** Throws `invalid` for what is not served. */
  readSettings(body: unknown): Settings;
  /** Throws `invalid` for what cannot be asked for. */
  checkQuery?(query: RouteCall['query']): void;
  describe(item: Item): { readonly name: string; readonly etag: string; readonly properties: JsonObject };
  /** What is shown of one only when it is asked for. */
  expand?(query: RouteCall['query'], account: string, name: string): Promise<JsonObject>;
}

export function dataChildRoutes<Item, Settings>(child: DataChild<Item, Settings>): readonly ArmRoute[] {
  const { store, versions, noun } = child;
  const type = `Microsoft.Storage/storageAccounts/${child.service}/${child.collection}`;
  const below = `${child.service}/default/${child.collection}`;
  const parameter = `${noun}Name`;
  const one = { path: `${ACCOUNT_PATH}/${below}/{${parameter}}`, apiVersions: versions } as const;
  const nameOf = (params: RouteCall['params']): string => params[parameter] ?? '';
  const idOf = (params: RouteCall['params']): string => `${accountIdOf(params)}/${below}/${nameOf(params)}`;
  const mayWrite = { action: `${type}/write`, scope: idOf };
  const code = `${noun.charAt(0).toUpperCase()}${noun.slice(1)}NotFound`;
  const notFound = (name: string): Fault => new Fault('notFound', code, `The specified ${noun} does not exist: ${name.slice(0, 100)}.`, { target: name.slice(0, 100) });

  function bodyOf(accountId: string, item: Item, more: JsonObject = {}): JsonObject {
    const { name, etag, properties } = child.describe(item);
    return { id: `${accountId}/${below}/${name}`, name, type, etag, properties: { ...properties, ...more } };
  }

  async function put(ctx: Context, { params, body, store: resources }: RouteCall, isPatch: boolean) {
    const account = await resources.get(accountIdOf(params));
    const name = nameOf(params);
    if (!child.name.test(name)) throw wrongName(noun, name);
    const settings = child.readSettings(body);
    const known = await store.find(account.name, name);
    if (isPatch && known === undefined) throw notFound(name);
    const item = await store.put(ctx, account.name, name, settings);
    return { reply: { status: known === undefined ? 201 : 200, headers: { ETag: child.describe(item).etag }, body: bodyOf(account.id, item) } };
  }

  return [
    defineArmRoute({ ...one, method: 'PUT', permission: mayWrite, input: child.body, run: (ctx, call) => put(ctx, call, false) }),
    defineArmRoute({ ...one, method: 'PATCH', permission: mayWrite, input: child.body, run: (ctx, call) => put(ctx, call, true) }),
    defineArmRoute({
      ...one,
      method: 'GET',
      permission: { action: `${type}/read`, scope: idOf },
      async run(_ctx, { params, query, store: resources }) {
        const account = await resources.get(accountIdOf(params));
        child.checkQuery?.(query);
        const item = await store.find(account.name, nameOf(params));
        if (item === undefined) throw notFound(nameOf(params));
        return { body: bodyOf(account.id, item, await child.expand?.(query, account.name, nameOf(params))) };
      },
    }),
    defineArmRoute({
      ...one,
      method: 'DELETE',
      permission: { action: `${type}/delete`, scope: idOf },
      async run(ctx, { params, store: resources }) {
        const account = await resources.get(accountIdOf(params));
        const isGone = await store.remove(ctx, account.name, nameOf(params));
        return { reply: { status: isGone ? 200 : 204, headers: {} } };
      },
    }),
    defineArmRoute({
      method: 'GET',
      path: `${ACCOUNT_PATH}/${below}`,
      apiVersions: versions,
      permission: { action: `${type}/read`, scope: accountIdOf },
      async run(_ctx, { params, query, origin, store: resources }) {
        const account = await resources.get(accountIdOf(params));
        child.checkQuery?.(query);
        const after = tokenOf(query);
        const page = await store.list(account.name, {
          prefix: prefixOf(queryValue(query, '$filter')),
          limit: pageSizeOf(query, ['$maxpagesize', '$top'], 5_000),
          ...(after === undefined ? {} : { after }),
        });
        const link = page.next === undefined ? {} : { nextLink: nextLink(origin, `${account.id}/${below}`, query, page.next) };
        return { body: { value: page.items.map((item) => bodyOf(account.id, item)), ...link } };
      },
    }),
  ];
}

/** `properties.{property}` of a body is not served here. */
export function refuseProperty(property: string, why: string): never {
  throw new Fault('invalid', 'FeatureNotSupported', `properties.${property}: ${why}`, { target: `properties.${property}` });
}

/** Throws `invalid` for names that cannot be those of metadata. */
export function checkMetadata(metadata: Readonly<Record<string, string>> | null | undefined): void {
  for (const name of Object.keys(metadata ?? {}))
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) refuseProperty('metadata', `'${name.slice(0, 100)}' is no name of metadata: letters, digits and _ are accepted, not starting with a digit.`);
}

function wrongName(noun: string, name: string): Fault {
  const rule = 'it has 3 to 63 lower-case letters, digits and single hyphens, and starts and ends with a letter or digit';
  return new Fault('invalid', 'InvalidResourceName', `The ${noun} name '${name.slice(0, 100)}' is not valid: ${rule}.`, { target: 'name' });
}

/** Azure: the one form is `startswith(name, …)`. */
function prefixOf(filter: string | undefined): string {
  if (filter === undefined || filter.trim() === '') return '';
  const match = /^startswith\(\s*name\s*,\s*'?([^']*)'?\s*\)$/i.exec(filter.trim());
  if (match?.[1] === undefined) throw new Fault('invalid', 'InvalidQueryParameterValue', `$filter is '${filter.slice(0, 100)}'; startswith(name, prefix) is accepted.`, { target: '$filter' });
  return match[1];
}
