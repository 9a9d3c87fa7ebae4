// 10,000 generated bodies over every resource type of the registry: valid ones are accepted and read back equal, wrong ones
// are refused with 400 naming the property, none is answered 5xx. From a fixed seed; LAZURITE_TEST_SEED makes others.

import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { AnyResourceType } from '#arm/resource-type.ts';
import { roleIds } from '#identity/role-definitions.ts';
import { isJsonObject, type JsonObject, stringAt } from '#kernel/json.ts';
import { insertPrincipal } from '#storage/identity-store.ts';
import { insertAssignment } from '#storage/role-store.ts';
import { type Answer, callerOf, owner } from '../../../testkit/src/resource-conformance.ts';
import { startTestServer } from '../../../testkit/src/test-server.ts';
import { arbitraryOf } from './schema-arbitrary.ts';
import { type Mutation, mutationsOf } from './schema-mutations.ts';
import { differences, enclosing, errorText, reasons, subjects, type World } from './subjects.ts';

const BODIES = Number(process.env['LAZURITE_TEST_BODIES'] ?? 10_000);
const SEED = Number(process.env['LAZURITE_TEST_SEED'] ?? 20_261_122);
const LANES = 8;
const HEAVY = 60;

// Why at the top: the tests are declared from the types, and those exist when the server does.
const server = await startTestServer();
const { arm, database } = server.composition;
const subscription = `/subscriptions/${server.connection.subscriptionId}`;
const group = `${subscription}/resourceGroups/generated`;
const call = callerOf(arm);
const workspaceType = 'Microsoft.MachineLearningServices/workspaces';
/** One resource of each type that has children. */
const parents = new Map<string, string>([[workspaceType.toLowerCase(), `${group}/providers/${workspaceType}/base`]]);
const world: World = { subscription, tenantId: server.connection.tenantId, principalId: owner.objectId, idOf: (type) => parents.get(type.toLowerCase()) ?? '' };

await database.transaction(async (tx) => {
  await insertPrincipal(tx, { id: owner.objectId, kind: 'User', displayName: owner.displayName });
  await insertAssignment(tx, { scope: '/', roleId: roleIds.owner, principalId: owner.objectId, principalType: 'User', createdBy: owner.objectId, now: new Date() });
});
for (const name of ['generated', 'generated-any', 'generated-locked']) await call('PUT', `${subscription}/resourceGroups/${name}?api-version=2022-09-01`, { location: 'local' });
const base = `${parents.get(workspaceType.toLowerCase()) ?? ''}?api-version=2024-10-01`;
await call('PUT', base, { location: 'local', properties: { managedNetwork: { isolationMode: 'AllowOnlyApprovedOutbound' } } });
while (stringAt((await call('GET', base)).body['properties'], 'provisioningState') !== 'Succeeded') await new Promise((resolve) => setTimeout(resolve, 50));

for (const { type, name, version, body } of enclosing(base.split('?')[0] ?? '')) {
  const collection = collectionOf(typeNamed(type)) ?? '';
  const made = await call('PUT', `${collection}/${name}?api-version=${version}`, body(parents));
  if (made.status >= 300) throw new Error(`${type}: ${made.status} ${errorText(made.body)}`);
  parents.set(type.toLowerCase(), `${collection}/${name}`);
}
const { value: connections } = (await call('GET', base.replace('?', '/privateEndpointConnections?'))).body;
parents.set(`${workspaceType}/privateEndpointConnections`.toLowerCase(), stringAt(Array.isArray(connections) ? connections[0] : undefined, 'id') ?? '');

afterAll(async () => {
  const errors = server.errors();
  await server.stop();
  expect(errors).toEqual([]);
});

const written = arm.types.filter((type) => (type.verbs ?? ['put']).includes('put') && reasons[type.type] === undefined).toSorted((a, b) => depthOf(a) - depthOf(b));
/** Undefined: as many as the others. */
const mostOf = (type: AnyResourceType) => subjects[type.type]?.most ?? (type.provision === undefined ? undefined : HEAVY);
const heavy = written.reduce((sum, type) => sum + (mostOf(type) ?? 0), 0);
const share = Math.ceil((BODIES - heavy) / Math.max(written.filter((type) => mostOf(type) === undefined).length, 1));

function typeNamed(name: string): AnyResourceType {
  const found = arm.types.find(({ type }) => type === name);
  if (found === undefined) throw new Error(`There is no type ${name}.`);
  return found;
}

function depthOf(type: AnyResourceType): number {
  return type.type.split('/').length;
}

function versionOf({ apiVersions }: AnyResourceType): string {
  if ('since' in apiVersions) return '2026-06-01';
  return (
    apiVersions
      .filter((version) => !version.includes('preview'))
      .toSorted()
      .at(-1) ?? ''
  );
}

/** Undefined where there is no parent to put it under. */
function collectionOf(type: AnyResourceType): string | undefined {
  if (type.path !== undefined) return type.path.replace(/\/[^/]+$/, '').replace(/^\/subscriptions\/\{[^}]+\}/, subscription);
  if (type.parent !== undefined) {
    const parent = parents.get(type.parent.type.toLowerCase());
    return parent === undefined ? undefined : `${parent}/${type.type.split('/').at(-1) ?? ''}`;
  }
  // Why groups of their own: locks and the like would hold up what the others do.
  const extended = type.type === 'Microsoft.Authorization/locks' ? 'generated-locked' : 'generated-any';
  const scopes = { tenant: '', subscription, resourceGroup: group, any: subjects[type.type]?.isOfSubscription === true ? subscription : `${subscription}/resourceGroups/${extended}` };
  return `${scopes[type.scope ?? 'resourceGroup']}/providers/${type.type}`;
}

function nameOf(type: AnyResourceType, n: number): string {
  const hex = (n + 1).toString(16).padStart(12, '0');
  const found = [`gen-${n}x`, `gen${n}x`, `gen-${n}x.example.com`, `00000000-0000-4000-8000-${hex}`, String(n), 'default'].find((name) => type.name.test(name));
  return found ?? fc.sample(fc.stringMatching(type.name), { seed: SEED + n, numRuns: 1 })[0] ?? '';
}

interface Case {
  readonly url: string;
  readonly body: JsonObject;
  /** Undefined: the body is valid. */
  readonly mutation?: Mutation;
}

function casesOf(type: AnyResourceType, collection: string): readonly Case[] {
  const count = mostOf(type) ?? share;
  const subject = subjects[type.type];
  const schema: unknown = JSON.parse(JSON.stringify(type.properties));
  if (!isJsonObject(schema)) throw new TypeError(`${type.type} has no schema`);
  const envelope: JsonObject = subject?.envelope ?? (type.kind === 'tracked' || type.envelope?.location !== undefined ? { location: 'local' } : {});
  const isIgnored = (path: readonly string[]) =>
    [...(type.readOnly ?? []), '/provisioningState'].some((pointer) =>
      pointer
        .split('/')
        .slice(1)
        .every((name, index) => name === '*' || path[index] === name),
    );
  const random = fc.sample(fc.tuple(arbitraryOf(schema), fc.nat()), { seed: SEED, numRuns: Math.ceil(count / 2) });
  return random.flatMap(([generated, pick], n) => {
    const own = withoutIgnored(isJsonObject(generated) ? generated : {}, isIgnored);
    const properties = subject?.fix?.(own, world, n) ?? own;
    const at = (name: string) => `${collection}/${name}?api-version=${versionOf(type)}${subject?.query ?? ''}`;
    const mutations = mutationsOf(schema, properties, isIgnored);
    const all = [...mutations.map((mutation) => ({ ...mutation, body: { ...envelope, properties: mutation.body } })), ...envelopeMutations(type, { ...envelope, properties })];
    const mutation = all[pick % all.length];
    const only = typeof subject?.name === 'function' ? subject.name(world) : subject?.name;
    const valid: Case = { url: at(only ?? nameOf(type, n)), body: { ...envelope, properties } };
    return mutation === undefined ? [valid] : [valid, { url: at(only ?? nameOf(type, count + n)), body: mutation.body, mutation }];
  });
}

/** Wrong members beside `properties`. */
function envelopeMutations({ kind, envelope }: AnyResourceType, body: JsonObject): readonly Mutation[] {
  const wrong = (name: string, value: JsonObject[string], why: string): Mutation => ({ path: [name], why, body: { ...body, [name]: value } });
  return [
    wrong('properties', 'a word', 'another type'),
    wrong('noSuchMember', 1, 'not a member'),
    ...(kind === 'tracked' || envelope?.location !== undefined ? [wrong('location', 5, 'another type'), wrong('location', 'a/b', 'another form')] : []),
    ...(kind === 'tracked' || envelope?.tags === true ? [wrong('tags', ['a'], 'another type'), wrong('tags', { a: 5 }, 'another type')] : []),
    ...(envelope?.identity === true ? [wrong('identity', { type: 'Nobody' }, 'an unknown word'), wrong('identity', 'SystemAssigned', 'another type')] : []),
    ...(envelope?.sku === true ? [wrong('sku', 'Basic', 'another type')] : []),
    ...(envelope?.kind === true ? [wrong('kind', 5, 'another type')] : []),
  ];
}

function withoutIgnored(value: JsonObject, isIgnored: (path: readonly string[]) => boolean, path: readonly string[] = []): JsonObject {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      const at = [...path, name];
      if (isIgnored(at)) return [];
      return [[name, isJsonObject(member) ? withoutIgnored(member, isIgnored, at) : member]];
    }),
  );
}

async function tryAll(cases: readonly Case[], run: (one: Case) => Promise<void>): Promise<void> {
  const rest = [...cases];
  const lane = async (): Promise<void> => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) await run(one);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

const tell = ({ url, body, mutation }: Case, answer: Answer) => ({
  why: mutation === undefined ? 'valid' : `${mutation.path.join('.')}: ${mutation.why}`,
  status: answer.status,
  error: errorText(answer.body),
  url,
  body: JSON.stringify(body).slice(0, 1500),
});

let sent = 0;

describe('generated bodies', () => {
  test.each(written.map((type) => [type.type, type] as const))('of %s', { timeout: 120_000 }, async (name, type) => {
    const collection = collectionOf(type);
    expect(collection, `${name}: no resource of its parent type could be made; give the parent a subject, or this type a reason`).toBeDefined();
    const wrong: object[] = [];
    const unread = [...(type.secrets ?? []), ...(subjects[name]?.unread ?? [])];
    let accepted = 0;
    const cases = casesOf(type, collection ?? '');
    await tryAll(cases, async (one) => {
      sent += 1;
      const answer = await call('PUT', one.url, one.body).catch(
        (error: unknown): Answer => ({ status: 500, headers: {}, body: { error: { message: error instanceof Error ? (error.stack ?? '') : String(error) } } }),
      );
      const { mutation } = one;
      if (answer.status >= 500) wrong.push(tell(one, answer));
      else if (mutation !== undefined) {
        const property = mutation.path.findLast((segment) => !/^\d+$/.test(segment)) ?? '';
        if (answer.status !== 400 || !errorText(answer.body).includes(property)) wrong.push(tell(one, answer));
      } else if (answer.status >= 400) {
        if (subjects[name] !== undefined && subjects[name].mayRefuse !== true) wrong.push(tell(one, answer));
      } else {
        accepted += 1;
        if (!parents.has(name.toLowerCase())) parents.set(name.toLowerCase(), one.url.split('?')[0] ?? '');
        const read = await call('GET', one.url);
        const hidden = (path: readonly string[]) =>
          unread.some((pointer) =>
            pointer
              .split('/')
              .slice(1)
              .every((segment, index) => segment === '*' || path[index] === segment),
          );
        const properties = isJsonObject(one.body['properties']) ? withoutIgnored(one.body['properties'], hidden) : {};
        const lost = differences(properties, read.body['properties']);
        if (read.status !== 200 || lost.length > 0) wrong.push({ ...tell(one, read), lost, read: JSON.stringify(read.body['properties']) });
      }
    });
    process.stdout.write(`generated: ${name}: ${cases.length} bodies, ${accepted} accepted, ${cases.filter(({ mutation }) => mutation !== undefined).length} mutated\n`);
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  test(`were ${BODIES}`, () => {
    process.stdout.write(`generated: ${sent} bodies\n`);
    expect(sent).toBeGreaterThanOrEqual(BODIES * 0.8);
  });
});
