// resource-conformance: what every resource type must do, whatever it is. Run for each registered type with sample bodies.
// Source: design/architecture.md §4 (the conformance suite).

import type { Arm } from '@lazurite/server/arm/arm.ts';
import type { Authorizer } from '@lazurite/server/arm/ports.ts';
import type { AnyResourceType } from '@lazurite/server/arm/resource-type.ts';
import { systemClock } from '@lazurite/server/kernel/clock.ts';
import { type Context, silentLog } from '@lazurite/server/kernel/context.ts';
import { Fault, toFault } from '@lazurite/server/kernel/faults.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import { anonymous, type Principal } from '@lazurite/server/kernel/principal.ts';
import { listActivity } from '@lazurite/server/storage/activity-store.ts';
import type { Database } from '@lazurite/server/storage/database.ts';
import { describe, expect, test } from 'vitest';

const TENANT = '00000000-0000-0000-0000-00000000aaaa';
const person = (objectId: string, displayName: string): Principal => ({ objectId, tenantId: TENANT, kind: 'User', displayName, userPrincipalName: `${displayName}@example.com`, groups: [] });
export const owner: Principal = person('00000000-0000-0000-0000-0000000000e1', 'owner');
export const stranger: Principal = person('00000000-0000-0000-0000-0000000000e2', 'stranger');
export const ORIGIN = 'https://management.test.localhost:7443';

/** Everything for the owner, nothing for others. */
export const ownerOnly: Authorizer = {
  async require(ctx, action, scope) {
    if (ctx.principal.kind === 'Anonymous')
      throw new Fault('unauthenticated', 'AuthenticationFailed', 'Authentication failed. The Authorization header is missing.', { headers: { 'WWW-Authenticate': 'Bearer' } });
    if (ctx.principal.kind === 'System' || ctx.principal.objectId === owner.objectId) return;
    throw new Fault('forbidden', 'AuthorizationFailed', `${ctx.principal.displayName} may not '${action}' at '${scope}'.`);
  },
};

export function contextFor(principal: Principal): Context {
  return { principal, correlationId: 'conformance', log: silentLog, clock: systemClock, signal: () => new AbortController().signal };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

export interface CallOptions {
  readonly as?: Principal;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Call = (method: string, pathAndQuery: string, body?: unknown, options?: CallOptions) => Promise<Answer>;

/** Calls the way http/ does: faults rendered, bodies through JSON. */
export function callerOf(arm: Arm): Call {
  return async (method, pathAndQuery, body, options = {}) => {
    const [path = '', query = ''] = pathAndQuery.replace(ORIGIN, '').split('?');
    const ctx = contextFor(options.as ?? owner);
    const request = { method, path, query: new URLSearchParams(query), headers: options.headers ?? {}, body, origin: ORIGIN };
    const reply = await arm.handle(ctx, request).catch((error: unknown) => {
      const fault = toFault(error);
      if (fault.kind === 'internal') throw error;
      return arm.renderFault(fault);
    });
    const parsed: unknown = JSON.parse(JSON.stringify(reply.body ?? {}));
    return { status: reply.status, headers: reply.headers, body: isJsonObject(parsed) ? parsed : {} };
  };
}

export interface ConformanceSubject {
  readonly type: AnyResourceType;
  readonly apiVersion: string;
  /** Path of the collection, for example `/subscriptions/{id}/resourceGroups/rg/providers/X/ys`; its parents exist. */
  readonly collection: string;
  /** The same under a parent that does not exist, and the code of the answer. */
  readonly orphanCollection: { readonly path: string; readonly code: string };
  /** At least three. */
  readonly names: readonly [string, string, string];
  readonly badName: string;
  readonly sample: JsonObject;
  /** A valid PUT that differs from the sample. */
  readonly changed: JsonObject;
  /** A body that breaks the schema, and the property it breaks. */
  readonly invalid?: { readonly body: JsonObject; readonly target: string };
  /** A body that changes an immutable property. */
  readonly immutableChange?: JsonObject;
  /** A secret value that the sample carries. */
  readonly secret?: string;
  /** A filter of lists that the sample passes, and one it does not. */
  readonly filter?: { readonly matching: string; readonly other: string };
}

export interface ConformanceHarness {
  arm(): Arm;
  database(): Database;
}

/** A test of something that not every type has. */
function testWhen(applies: boolean): (name: string, body: () => Promise<void>) => void {
  return applies ? (name, body) => test(name, body) : () => undefined;
}

/** Declares the tests of one type that can be put. Background work must be running. */
export function describeConformance(harness: ConformanceHarness, subject: ConformanceSubject): void {
  const { type, collection, sample, names } = subject;
  const call: Call = (...args) => callerOf(harness.arm())(...args);
  const version = `api-version=${subject.apiVersion}`;
  const at = (name: string) => `${collection}/${name}?${version}`;

  async function settled(pathAndQuery: string, first: Answer): Promise<Answer> {
    const status = first.headers['Azure-AsyncOperation'];
    if (status !== undefined) await ended(status);
    return call('GET', pathAndQuery);
  }

  async function ended(url: string): Promise<Answer> {
    let poll = await call('GET', url);
    while (poll.body['status'] === 'InProgress') {
      expect(poll.headers['Retry-After']).toBeDefined();
      await new Promise((resolve) => setTimeout(resolve, 20));
      poll = await call('GET', url);
    }
    return poll;
  }

  async function create(name: string): Promise<Answer> {
    const put = await call('PUT', at(name), sample);
    expect([put.status, put.body['error']]).toEqual([type.createdStatus ?? 201, undefined]);
    return settled(at(name), put);
  }

  async function remove(name: string): Promise<void> {
    const gone = await call('DELETE', at(name));
    expect([200, 202, 204]).toContain(gone.status);
    if (gone.headers['Azure-AsyncOperation'] !== undefined) await ended(gone.headers['Azure-AsyncOperation']);
  }

  const code = (answer: Answer) => stringAt(objectAt(answer.body, 'error'), 'code');

  describe(`conformance of ${type.type}`, () => {
    const [first, second, third] = names;

    test('is created, read back, and put again without a change', async () => {
      const got = await create(first);
      expect(got.status).toBe(200);
      expect(got.body).toMatchObject({ name: first, type: type.type });
      expect(stringAt(got.body, 'id')?.toLowerCase()).toBe(`${collection}/${first}`.toLowerCase());
      expect(got.headers['ETag']).toBe(got.body['etag']);
      if (type.hasProvisioningState ?? true) expect(objectAt(got.body, 'properties')['provisioningState']).toBe('Succeeded');
      expect(objectAt(got.body, 'systemData')).toMatchObject({ createdBy: 'owner@example.com', createdByType: 'User', lastModifiedBy: 'owner@example.com' });
      const again = await call('PUT', at(first), sample);
      expect([again.status, again.headers['ETag']]).toEqual([type.updatedStatus ?? 200, got.headers['ETag']]);
    });

    test('accepts its own answer as a body', async () => {
      const got = await call('GET', at(first));
      const again = await call('PUT', at(first), got.body);
      expect([again.status, again.body['error'], again.headers['ETag']]).toEqual([type.updatedStatus ?? 200, undefined, got.headers['ETag']]);
    });

    test('is found by an id in another case, and by HEAD', async () => {
      const path = `${collection.toUpperCase()}/${type.isNameCaseSensitive === true ? first : first.toUpperCase()}?${version}`;
      const got = await call('GET', path);
      expect([got.status, got.body['name']]).toEqual([200, first]);
      expect((await call('HEAD', at(first))).status).toBe(204);
      expect((await call('HEAD', at(third))).status).toBe(404);
    });

    test('changes by PUT with If-Match, and refuses a stale one', async () => {
      const before = await call('GET', at(first));
      const stale = await call('PUT', at(first), subject.changed, { headers: { 'if-match': '"stale"' } });
      expect([stale.status, code(stale)]).toEqual([412, 'PreconditionFailed']);
      const taken = await call('PUT', at(first), sample, { headers: { 'if-none-match': '*' } });
      expect([taken.status, code(taken)]).toEqual([412, 'PreconditionFailed']);
      const absent = await call('PUT', at(third), sample, { headers: { 'if-match': '*' } });
      expect(absent.status).toBe(412);
      const put = await call('PUT', at(first), subject.changed, { headers: { 'if-match': String(before.body['etag']) } });
      expect([put.status, put.body['error']]).toEqual([type.updatedStatus ?? 200, undefined]);
      const after = await settled(at(first), put);
      expect(after.body['etag']).not.toBe(before.body['etag']);
      expect(objectAt(after.body, 'systemData')['createdAt']).toBe(objectAt(before.body, 'systemData')['createdAt']);
    });

    testWhen(type.verbs?.includes('patch') ?? true)('merges by PATCH; an empty one changes nothing; there must be something to merge into', async () => {
      const before = await call('GET', at(first));
      const patched = await call('PATCH', at(first), { properties: {} });
      expect([patched.status, patched.headers['ETag']]).toEqual([200, before.headers['ETag']]);
      if (type.kind === 'tracked') {
        await call('PATCH', at(first), { tags: { one: '1', two: '2' } });
        const replaced = await settled(at(first), await call('PATCH', at(first), { tags: { three: '3' } }));
        expect(replaced.body['tags']).toEqual({ three: '3' });
      }
      expect((await call('PATCH', at(third), { properties: {} })).status).toBe(404);
    });

    test('ignores read-only members of a body', async () => {
      const before = await call('GET', at(first));
      const properties = objectAt(before.body, 'properties');
      const spoiled: Record<string, JsonObject[string]> = { ...properties, provisioningState: 'Broken' };
      for (const pointer of type.readOnly ?? []) if (/^\/[^/*]+$/.test(pointer)) spoiled[pointer.slice(1)] = 'from the body';
      const put = await call('PUT', at(first), { ...before.body, properties: spoiled });
      expect([put.status, put.body['error']]).toEqual([type.updatedStatus ?? 200, undefined]);
      expect(objectAt(put.body, 'properties')).toEqual(properties);
    });

    testWhen(subject.immutableChange !== undefined)('refuses a change of an immutable property', async () => {
      const put = await call('PUT', at(first), subject.immutableChange);
      expect([put.status, code(put)]).toEqual([type.immutableFault === 'conflict' ? 409 : 400, 'PropertyChangeNotAllowed']);
    });

    testWhen(subject.secret !== undefined)('keeps secrets to itself: answers, lists, rows and the activity log', async () => {
      const secret = subject.secret ?? '';
      const put = await call('PUT', at(first), sample);
      const texts = [put, await call('GET', at(first)), await call('GET', `${collection}?${version}`)].map((answer) => JSON.stringify(answer.body));
      const rows = await harness.database().pool.query('select properties::text as text from resources union all select coalesce(detail::text, $1) from activity_log', ['']);
      for (const text of [...texts, ...rows.rows.map((row: { readonly text: string }) => row.text)]) expect(text).not.toContain(secret);
      const stored = await harness.arm().store.get(`${collection}/${first}`);
      expect(JSON.stringify(harness.arm().store.secretsOf(stored))).toContain(secret);
    });

    test('refuses what is wrong with the body, naming the property', async () => {
      for (const body of [undefined, [], 'text', { ...sample, properties: 'text' }, { ...sample, unheardOf: 1 }]) {
        const answer = await call('PUT', at(third), body);
        expect([answer.status, code(answer)]).toEqual([400, 'InvalidRequestContent']);
      }
      if (subject.invalid !== undefined) {
        const answer = await call('PUT', at(third), subject.invalid.body);
        expect([answer.status, stringAt(objectAt(answer.body, 'error'), 'target')]).toEqual([400, subject.invalid.target]);
      }
      expect((await call('GET', at(third))).status).toBe(404);
    });

    test('refuses bad names, traversal, missing parents', async () => {
      const bad = await call('PUT', at(encodeURIComponent(subject.badName)), sample);
      expect([bad.status, ['InvalidResourceName', 'InvalidResourceId'].includes(code(bad) ?? '')]).toEqual([400, true]);
      for (const name of ['..', '%2e%2e', 'a%2fb', 'a%5cb', 'a%00b', '%zz']) expect([name, (await call('PUT', at(name), sample)).status]).toEqual([name, 400]);
      const orphan = await call('PUT', `${subject.orphanCollection.path}/${first}?${version}`, sample);
      expect([orphan.status, code(orphan)]).toEqual([404, subject.orphanCollection.code]);
      const list = await call('GET', `${subject.orphanCollection.path}?${version}`);
      expect([list.status, code(list)]).toEqual([404, subject.orphanCollection.code]);
    });

    test('wants an api-version it knows', async () => {
      const none = await call('GET', `${collection}/${first}`);
      expect([none.status, code(none)]).toEqual([400, 'MissingApiVersionParameter']);
      const malformed = await call('GET', `${collection}/${first}?api-version=latest`);
      expect([malformed.status, code(malformed)]).toEqual([400, 'InvalidApiVersionParameter']);
      const old = await call('GET', `${collection}/${first}?api-version=1999-01-01`);
      expect([old.status, code(old)]).toEqual([400, 'NoRegisteredProviderFound']);
      expect((await call('GET', `${collection}/${first}?api%2Dversion=${subject.apiVersion}`.replace('%2D', '-').replace('api-version', 'API-Version'))).status).toBe(200);
    });

    test('is listed, page by page, each once', async () => {
      await create(second);
      const seen: string[] = [];
      let url: string | undefined = `${collection}?${version}&${type.list?.pageSizeParameters?.[0] ?? '$top'}=1&${viewAll(type)}`;
      while (url !== undefined) {
        const page: Answer = await call('GET', url);
        expect(page.status).toBe(200);
        const value = page.body['value'];
        if (Array.isArray(value)) seen.push(...value.map((item: unknown) => stringAt(item, 'name') ?? ''));
        url = stringAt(page.body, 'nextLink');
        if (url !== undefined) expect(url.startsWith(ORIGIN)).toBe(true);
      }
      expect(seen.filter((name) => name === first || name === second).toSorted()).toEqual([first, second].toSorted());
      expect(new Set(seen).size).toBe(seen.length);
      const bad = await call('GET', `${collection}?${version}&$skipToken=nonsense`);
      expect([bad.status, code(bad)]).toEqual([400, 'InvalidContinuationToken']);
    });

    testWhen(subject.filter !== undefined)('is filtered by the declared parameters', async () => {
      await call('PUT', at(second), sample);
      const listed = async (query: string) => JSON.stringify((await call('GET', `${collection}?${version}&${query}`)).body['value']);
      expect(await listed(subject.filter?.matching ?? '')).toContain(`"name":"${second}"`);
      expect(await listed(subject.filter?.other ?? '')).not.toContain(`"name":"${second}"`);
    });

    test('is closed to nobody and to strangers, before they learn what exists', async () => {
      for (const name of [first, third]) {
        for (const method of ['GET', 'PUT', 'DELETE']) {
          expect((await call(method, at(name), sample, { as: anonymous })).status).toBe(401);
          expect((await call(method, at(name), sample, { as: stranger })).status).toBe(403);
        }
      }
      const listed = await call('GET', `${collection}?${version}`, undefined, { as: stranger });
      // Azure: some collections are open to anybody with an identity, and show what one may see.
      if (type.list?.onlyVisible === true && listed.status === 200) expect(listed.body['value']).toEqual([]);
      else expect(listed.status).toBe(403);
    });

    test('refuses methods it does not have', async () => {
      const post = await call('POST', at(first), {});
      expect([post.status, code(post)]).toEqual([405, 'MethodNotAllowed']);
      expect(post.headers['Allow']).toContain('GET');
    });

    test('leaves a trace in the activity log', async () => {
      const key = harness.arm().store.keyOf(`${collection}/${first}`);
      const { items } = await listActivity(harness.database().sql, { scopeKey: key, limit: 100 });
      expect(items.map((item) => item.caller)).toContain('owner@example.com');
      expect(items.every((item) => item.action.toLowerCase().startsWith(type.type.toLowerCase()) || type.permission !== undefined)).toBe(true);
    });

    test('is deleted once; a second time there is nothing', async () => {
      for (const name of [first, second]) {
        await remove(name);
        const gone = await call('GET', at(name));
        expect([gone.status, code(gone)]).toEqual([404, type.path === undefined ? 'ResourceNotFound' : code(gone)]);
      }
      expect((await call('DELETE', at(first))).status).toBe(type.missingDeleteStatus ?? 204);
    });
  });
}

/** The query that switches hiding views off, so that a listing shows everything. */
function viewAll(type: AnyResourceType): string {
  const views = Object.entries(type.filters ?? {}).flatMap(([name, filter]) => ('view' in filter ? [`${name}=${filter.words?.[2] ?? 'All'}`] : []));
  return views.join('&');
}
