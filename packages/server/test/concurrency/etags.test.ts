// Parallel PUT, PATCH, DELETE and GET on one resource, with and without preconditions, through the whole server: what was
// answered can have happened one after the other. Programs are generated from a fixed seed.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { objectAt, stringAt } from '#kernel/json.ts';
import type { RawAnswer } from '../../../testkit/src/raw-request.ts';
import { startTestServer, type TestServer } from '../../../testkit/src/test-server.ts';
import { checkLinearizable, type Recorded } from './linearizable.ts';
import { type Precondition, type ResourceCall, resourceRegister } from './resource-register.ts';

const ML = 'api-version=2024-10-01';
const CLIENTS = 6;
const CALLS = 15;
const ROUNDS = 8;

let server: TestServer;
let headers: { readonly authorization: string };
let workspace: string;

beforeAll(async () => {
  server = await startTestServer();
  headers = await server.bearer();
  const group = `/subscriptions/${server.connection.subscriptionId}/resourceGroups/etags`;
  workspace = `${group}/providers/Microsoft.MachineLearningServices/workspaces/shared`;
  await send('PUT', `${group}?api-version=2022-09-01`, { location: 'local' });
  await send('PUT', `${workspace}?${ML}`, { location: 'local' });
  while (stringAt(objectAt((await send('GET', `${workspace}?${ML}`)).json, 'properties'), 'provisioningState') !== 'Succeeded') await new Promise((resolve) => setTimeout(resolve, 50));
});
afterAll(async () => {
  const errors = server?.errors();
  await server?.stop();
  expect(errors).toEqual([]);
});

async function send(method: string, path: string, body?: object, more: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
  return server.send('localhost', { method, path, body, headers: { ...headers, ...more } });
}

type Command = { readonly method: ResourceCall['method']; readonly expects: 'nothing' | 'what I saw' | 'anything' | 'absence'; readonly value: number };

/** Few values, so that some writes repeat what is stored. */
const command: fc.Arbitrary<Command> = fc.record({
  method: fc.constantFrom('GET', 'PUT', 'PUT', 'PATCH', 'PATCH', 'DELETE'),
  expects: fc.constantFrom('nothing', 'nothing', 'what I saw', 'what I saw', 'anything', 'absence'),
  value: fc.integer({ min: 0, max: 3 }),
});
const program = fc.array(fc.array(command, { minLength: CALLS, maxLength: CALLS }), { minLength: CLIENTS, maxLength: CLIENTS });

/** One client: its calls one after the other, each with the ETag it last saw where it wants one. */
async function runClient(client: number, commands: readonly Command[], path: string, history: Recorded<ResourceCall>[]): Promise<void> {
  let seen = '';
  for (const { method, expects, value } of commands) {
    const precondition = preconditionOf(expects, seen, method);
    const description = `d${value}`;
    const tag = `t${value}`;
    const body = method === 'PUT' ? { properties: { description, tags: { at: tag } } } : method === 'PATCH' ? { properties: { tags: { at: tag } } } : undefined;
    const start = performance.now();
    const reply = await send(method, path, body, headersOf(precondition));
    const end = performance.now();
    const properties = objectAt(reply.json, 'properties');
    const etag = typeof reply.headers.etag === 'string' ? reply.headers.etag : undefined;
    if (etag !== undefined) seen = etag;
    const content = reply.status < 300 && method !== 'DELETE' ? { description: stringAt(properties, 'description'), tag: stringAt(objectAt(properties, 'tags'), 'at') } : undefined;
    history.push({ client, start, end, op: { method, precondition, description, tag, answer: { status: reply.status, etag, content } } });
  }
}

function preconditionOf(expects: Command['expects'], seen: string, method: string): Precondition {
  if (method === 'GET' || expects === 'nothing') return undefined;
  if (expects === 'anything') return { ifMatch: '*' };
  if (expects === 'what I saw') return seen === '' ? undefined : { ifMatch: seen };
  return method === 'PUT' ? { ifNoneMatch: '*' } : undefined;
}

function headersOf(precondition: Precondition): Readonly<Record<string, string>> {
  if (precondition === undefined) return {};
  return 'ifMatch' in precondition ? { 'if-match': precondition.ifMatch } : { 'if-none-match': precondition.ifNoneMatch };
}

describe('calls on one resource at the same time', () => {
  test.each(fc.sample(program, { seed: 20_261_122, numRuns: ROUNDS }).map((clients, round) => [round, clients] as const))('are linearisable by ETag (program %i)', async (round, clients) => {
    const history: Recorded<ResourceCall>[] = [];
    await Promise.all(clients.map((commands, client) => runClient(client, commands, `${workspace}/models/contended-${round}?${ML}`, history)));
    expect(history).toHaveLength(CLIENTS * CALLS);
    expect(history.map(({ op }) => op.answer.status).filter((status) => ![200, 201, 204, 404, 412].includes(status))).toEqual([]);
    expect(checkLinearizable(resourceRegister, history)).toEqual({ isLinearizable: true });
  });

  test('only one of many creates with If-None-Match wins, and only one update of each ETag', async () => {
    const path = `${workspace}/models/elected?${ML}`;
    const body = (n: number) => ({ properties: { description: `by ${n}`, tags: {} } });
    const creates = await Promise.all(Array.from({ length: 20 }, async (_item, n) => send('PUT', path, body(n), { 'if-none-match': '*' })));
    expect(creates.map(({ status }) => status).toSorted()).toEqual([201, ...Array.from({ length: 19 }, () => 412)]);
    const etag = creates.find(({ status }) => status === 201)?.headers.etag ?? '';
    const updates = await Promise.all(Array.from({ length: 20 }, async (_item, n) => send('PUT', path, body(100 + n), { 'if-match': etag })));
    expect(updates.map(({ status }) => status).toSorted()).toEqual([200, ...Array.from({ length: 19 }, () => 412)]);
  });
});

describe('the checker', () => {
  const call = (client: number, start: number, end: number, op: Partial<ResourceCall> & Pick<ResourceCall, 'method' | 'answer'>): Recorded<ResourceCall> => ({
    client,
    start,
    end,
    op: { precondition: undefined, ...op },
  });
  const put = (client: number, start: number, end: number, word: string, status = 200) =>
    call(client, start, end, { method: 'PUT', description: word, tag: word, answer: { status, etag: word, content: { description: word, tag: word } } });
  const get = (client: number, start: number, end: number, word: string) => call(client, start, end, { method: 'GET', answer: { status: 200, etag: word, content: { description: word, tag: word } } });

  test('accepts what overlaps and refuses stale reads, lost updates and time travel', () => {
    const isFine = (...history: readonly Recorded<ResourceCall>[]) => checkLinearizable(resourceRegister, history).isLinearizable;
    expect(isFine(put(0, 0, 1, 'a', 201), put(0, 2, 5, 'b'), get(1, 3, 4, 'a'), get(1, 6, 7, 'b'))).toBe(true);
    expect(isFine(put(0, 0, 1, 'a', 201), put(0, 2, 3, 'b'), get(1, 4, 5, 'a'))).toBe(false);
    expect(isFine(put(0, 0, 1, 'a', 201), put(0, 2, 9, 'b'), get(1, 3, 4, 'b'), get(1, 5, 6, 'a'))).toBe(false);
    expect(isFine(put(0, 0, 5, 'a', 201), put(1, 0, 5, 'b', 201))).toBe(false);
    const conditional = (client: number, word: string) => ({ ...put(client, 2, 5, word), op: { ...put(client, 2, 5, word).op, precondition: { ifMatch: 'a' } } });
    expect(isFine(put(0, 0, 1, 'a', 201), conditional(0, 'b'), conditional(1, 'c'))).toBe(false);
  });
});
