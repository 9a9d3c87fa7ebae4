// What the framework does beyond a single type: operations, cascades, soft delete, extensions, listings, races.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { objectAt, stringAt } from '#kernel/json.ts';
import type { Worker } from '#work/worker.ts';
import { type Answer, type Call, callerOf, contextFor, owner, ownerOnly, stranger } from '../../../testkit/src/resource-conformance.ts';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';
import type { Arm } from './arm.ts';
import { RG, SUB, startToyServer, type ToyServer } from './testing/toy-server.ts';
import { machinesTakenDown } from './testing/toy-types.ts';

const V = 'api-version=2024-01-01';
let db: TestDatabase;
let server: ToyServer;
let arm: Arm;
let worker: Worker;
let call: Call;
beforeAll(async () => {
  db = await testDatabase();
  server = startToyServer(db.database, ownerOnly);
  arm = server.arm;
  worker = await server.startWorker();
  call = callerOf(arm);
  await call('PUT', `${SUB}?${V}`, { properties: { displayName: 'toys' } });
  await call('PUT', `${RG}?${V}`, { location: 'here' });
});
afterAll(async () => {
  await worker.stop();
  await db.close();
});

const gadget = (name: string, group = RG) => `${group}/providers/Toy.Shop/gadgets/${name}`;
const putGadget = (name: string, properties: object = {}, group = RG) => call('PUT', `${gadget(name, group)}?${V}`, { location: 'here', properties });
const codeOf = (answer: Answer) => stringAt(objectAt(answer.body, 'error'), 'code');

async function ended(answer: Answer): Promise<Answer> {
  const url = answer.headers['Azure-AsyncOperation'] ?? '';
  for (;;) {
    const poll = await call('GET', url);
    if (poll.body['status'] !== 'InProgress') return poll;
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

describe('bodies', () => {
  test('get defaults, canonical spelling and what hooks compute', async () => {
    const made = await putGadget('spelled', { color: 'gREEN', engine: { engineType: 'steam' } });
    expect(made.body['properties']).toMatchObject({ color: 'Green', isArchived: false, serial: 'serial-of-spelled', engine: { engineType: 'Steam', pressure: 3 } });
  });

  test('are told everything that is wrong at once, against the branch that was meant', async () => {
    const answer = await putGadget('wrong', { count: -1, colour: 'Red', engine: { engineType: 'Electric', volts: 'many' } });
    expect([answer.status, codeOf(answer)]).toEqual([400, 'ValidationError']);
    const details = objectAt(answer.body, 'error')['details'];
    expect(Array.isArray(details) ? details.map((detail: unknown) => stringAt(detail, 'target')).toSorted() : []).toEqual(['properties.colour', 'properties.count', 'properties.engine.volts']);
    const unknown = await putGadget('wrong', { engine: { engineType: 'Nuclear' } });
    expect(stringAt(objectAt(unknown.body, 'error'), 'message')).toBe("properties.engine.engineType: is 'Nuclear'; accepted: Steam, Electric.");
    const rule = await putGadget('wrong', { color: 'Green', count: 7 });
    expect(stringAt(objectAt(rule.body, 'error'), 'target')).toBe('properties.count');
  });

  test('never quote a secret that is not valid', async () => {
    const answer = await putGadget('wrong', { keys: { one: 12345678 } });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).not.toContain('12345678');
  });

  test('leave secrets as they are when they leave them out', async () => {
    await putGadget('secretive', { engine: { engineType: 'Electric', volts: 1, password: 'pw-1' }, keys: { one: 'k-1' } });
    await putGadget('secretive', { engine: { engineType: 'Electric', volts: 2 } });
    const keys = await call('POST', `${gadget('secretive')}/listKeys?${V}`);
    expect(keys.body).toEqual({ engine: { password: 'pw-1' } });
    expect((await putGadget('secretive', { engine: { engineType: 'Steam' } })).status).toBe(200);
    expect((await call('POST', `${gadget('secretive')}/listkeys?${V}`)).body).toEqual({});
  });

  test('cannot move a resource', async () => {
    await putGadget('settled');
    const answer = await call('PUT', `${gadget('settled')}?${V}`, { location: 'there' });
    expect([answer.status, codeOf(answer)]).toEqual([409, 'InvalidResourceLocation']);
    const nowhere = await call('PUT', `${gadget('nowhere')}?${V}`, {});
    expect([nowhere.status, codeOf(nowhere)]).toEqual([400, 'LocationRequired']);
  });
});

describe('actions', () => {
  test('run at once, check their input, and are looked up in any case', async () => {
    await putGadget('painted');
    expect((await call('POST', `${gadget('painted')}/PAINT?${V}`, { color: 'green' })).body).toEqual({ color: 'Green' });
    const wrong = await call('POST', `${gadget('painted')}/paint?${V}`, { color: 'blue' });
    expect([wrong.status, stringAt(objectAt(wrong.body, 'error'), 'message')]).toEqual([400, "color: is 'blue'; accepted: Red, Green."]);
    expect((await call('POST', `${gadget('absent')}/paint?${V}`, { color: 'Red' })).status).toBe(404);
    expect((await call('POST', `${gadget('painted')}/explode?${V}`)).status).toBe(404);
    expect((await call('GET', `${gadget('painted')}/paint?${V}`)).status).toBe(405);
    expect((await call('POST', `${RG}/providers/Toy.Shop/gadgets/checkColor?${V}`)).body).toEqual({ isAvailable: true });
    expect((await call('POST', `${gadget('painted')}/listKeys?${V}`, {}, { as: stranger })).status).toBe(403);
  });

  test('that take long answer 202 and end with their result or their reason', async () => {
    await putGadget('polished');
    const started = await call('POST', `${gadget('polished')}/polish?${V}`, {});
    expect([started.status, started.headers['Retry-After']]).toEqual([202, '1']);
    expect((await ended(started)).body).toMatchObject({ status: 'Succeeded', properties: { shine: 11 } });
    expect((await call('GET', started.headers['Location'] ?? '')).body).toEqual({ shine: 11 });
    const hard = await call('POST', `${gadget('polished')}/polish?${V}`, { hard: true });
    expect((await ended(hard)).body).toMatchObject({ status: 'Failed', error: { code: 'TooHard', message: 'It would break.' } });
    const result = await call('GET', hard.headers['Location'] ?? '');
    expect([result.status, codeOf(result)]).toEqual([409, 'TooHard']);
  });
});

describe('long-running operations', () => {
  test('are there for who started them, and for nobody else', async () => {
    await putGadget('works');
    const made = await call('PUT', `${gadget('works')}/machines/press?${V}`, { properties: { size: 1 } });
    expect([made.status, objectAt(made.body, 'properties')['provisioningState']]).toEqual([201, 'Creating']);
    const url = made.headers['Azure-AsyncOperation'] ?? '';
    expect(url).toMatch(/^https:.*\/providers\/Toy\.Shop\/locations\/global\/toyOperationsStatus\/[0-9a-f-]{36}\?api-version=2024-01-01$/);
    expect((await call('GET', url, undefined, { as: stranger })).status).toBe(404);
    expect((await call('GET', url.replace('global', 'elsewhere'))).status).toBe(200);
    expect((await ended(made)).body).toMatchObject({ status: 'Succeeded' });
    expect((await call('GET', `${gadget('works')}/machines/press?${V}`)).body['properties']).toEqual({ size: 1, state: 'Steady', provisioningState: 'Succeeded' });
  });

  test('that fail say why, leave Failed, and run again on the same body', async () => {
    const put = () => call('PUT', `${gadget('works')}/machines/unlucky?${V}`, { properties: { size: 13 } });
    expect((await ended(await put())).body).toMatchObject({ status: 'Failed', error: { code: 'OutOfLuck' } });
    expect(objectAt((await call('GET', `${gadget('works')}/machines/unlucky?${V}`)).body, 'properties')['provisioningState']).toBe('Failed');
    expect((await ended(await put())).body).toMatchObject({ status: 'Failed' });
  });

  test('hold off other changes, and give way to a delete', async () => {
    await worker.stop();
    const path = `${gadget('works')}/machines/slow?${V}`;
    const made = await call('PUT', path, { properties: { size: 1 } });
    const same = await call('PUT', path, { properties: { size: 1 } });
    expect([same.status, same.headers['Azure-AsyncOperation']]).toEqual([200, made.headers['Azure-AsyncOperation']]);
    const other = await call('PUT', path, { properties: { size: 2 } });
    expect([other.status, codeOf(other)]).toEqual([409, 'AnotherOperationInProgress']);
    const gone = await call('DELETE', path);
    const goneAgain = await call('DELETE', path);
    expect([gone.status, goneAgain.status, goneAgain.headers['Location']]).toEqual([202, 202, gone.headers['Location']]);
    expect(codeOf(await call('PUT', path, { properties: { size: 1 } }))).toBe('ResourceBeingDeleted');
    worker = await server.startWorker();
    expect((await ended(gone)).body['status']).toBe('Succeeded');
    expect((await ended(made)).body['status']).toBe('Canceled');
    expect((await call('GET', gone.headers['Location'] ?? '')).status).toBe(204);
    expect((await call('GET', path)).status).toBe(404);
  });
});

describe('deletes', () => {
  test('of a group take everything below, deepest first, and free the names', async () => {
    const group = `${SUB}/resourceGroups/doomed`;
    await call('PUT', `${group}?${V}`, { location: 'here' });
    await putGadget('holder', {}, group);
    for (let index = 0; index < 120; index += 1) await arm.store.put(contextFor(owner), `${gadget('holder', group)}/parts/p${index}`, { properties: { weight: index } });
    await ended(await call('PUT', `${gadget('holder', group)}/machines/lathe?${V}`, { properties: { size: 1 } }));
    await call('PUT', `${gadget('holder', group)}/providers/Toy.Paper/notes/memo?${V}`, { properties: { text: 'x' } });
    const gone = await call('DELETE', `${group}?${V}`);
    expect(gone.status).toBe(202);
    expect(codeOf(await putGadget('late', {}, group))).toBe('ResourceGroupBeingDeleted');
    expect((await ended(gone)).body['status']).toBe('Succeeded');
    expect(machinesTakenDown).toContain('lathe');
    const left = await db.database.pool.query("select count(*)::int as n from resources where key like '%/doomed%'");
    expect(left.rows[0]).toEqual({ n: 0 });
    expect(codeOf(await call('GET', `${gadget('holder', group)}?${V}`))).toBe('ResourceGroupNotFound');
    const twice = await call('DELETE', `${group}?${V}`);
    expect([twice.status, codeOf(twice)]).toEqual([404, 'ResourceGroupNotFound']);
  });

  test('wait in the background where a descendant has to be taken down', async () => {
    await putGadget('busy');
    await ended(await call('PUT', `${gadget('busy')}/machines/drill?${V}`, { properties: { size: 1 } }));
    const gone = await call('DELETE', `${gadget('busy')}?${V}`);
    expect(gone.status).toBe(202);
    await ended(gone);
    expect(machinesTakenDown).toContain('drill');
  });

  test('can be undone where the type says so', async () => {
    const safe = `${RG}/providers/Toy.Shop/safes/deep`;
    await call('PUT', `${safe}?${V}`, { location: 'here', properties: { depth: 4 } });
    await call('PUT', `${safe}/drawers/top?${V}`, { properties: {} });
    expect((await call('DELETE', `${safe}?${V}`)).status).toBe(200);
    expect((await call('GET', `${safe}/drawers/top?${V}`)).status).toBe(404);
    expect((await arm.store.listDeleted('Toy.Shop/safes', SUB.split('/')[2] ?? '')).items.map((item) => item.name)).toEqual(['deep']);
    expect(codeOf(await call('PUT', `${safe}?${V}`, { location: 'here', properties: {} }))).toBe('ResourceSoftDeleted');
    const back = await call('PUT', `${safe}?${V}`, { location: 'here', properties: { createMode: 'recover', depth: 4 } });
    expect([back.status, objectAt(back.body, 'properties')['depth']]).toEqual([201, 4]);
    expect((await call('GET', `${safe}/drawers/top?${V}`)).status).toBe(200);
    expect((await call('DELETE', `${safe}?${V}&forceToPurge=true`)).status).toBe(200);
    expect((await arm.store.listDeleted('Toy.Shop/safes', SUB.split('/')[2] ?? '')).items).toEqual([]);
  });

  test('of a group leave what survives it recoverable', async () => {
    const group = `${SUB}/resourceGroups/bank`;
    const safe = `${group}/providers/Toy.Shop/safes/survivor`;
    const make = async () => {
      await call('PUT', `${group}?${V}`, { location: 'here' });
      return call('PUT', `${safe}?${V}`, { location: 'here', properties: { createMode: 'recover' } });
    };
    await make();
    await call('PUT', `${safe}/drawers/left?${V}`, { properties: {} });
    await ended(await call('DELETE', `${group}?${V}`));
    expect((await call('GET', `${safe}?${V}`)).status).toBe(404);
    await make();
    expect((await call('GET', `${safe}/drawers/left?${V}`)).status).toBe(200);
    await arm.store.delete(contextFor(owner), safe);
    await arm.store.purge(contextFor(owner), safe);
    expect((await db.database.pool.query("select 1 from resources where key like '%survivor%'")).rowCount).toBe(0);
  });
});

describe('paths', () => {
  test('reach extensions at every scope, and built-in resources', async () => {
    const note = { properties: { text: 'n' } };
    for (const scope of ['', SUB, RG]) {
      expect((await call('PUT', `${scope}/providers/Toy.Paper/notes/mine?${V}`, note)).status).toBe(201);
      expect((await call('GET', `${scope}/providers/toy.paper/NOTES/MINE?${V}`)).body['id']).toBe(`${scope}/providers/Toy.Paper/notes/mine`);
    }
    const listed = (await call('GET', `/providers/Toy.Paper/notes?${V}`)).body['value'];
    expect(Array.isArray(listed) ? listed.map((item: unknown) => stringAt(item, 'name')) : []).toEqual(['welcome', 'mine']);
    expect((await call('GET', `/providers/Toy.Paper/notes/welcome?${V}`)).status).toBe(200);
    expect(codeOf(await call('PUT', `/providers/Toy.Paper/notes/welcome?${V}`, note))).toBe('ResourceIsBuiltIn');
  });

  test('that are unknown are refused by what is unknown in them', async () => {
    expect(codeOf(await call('GET', `${RG}/providers/No.Such/things/a?${V}`))).toBe('InvalidResourceNamespace');
    expect(codeOf(await call('GET', `${RG}/providers/Toy.Shop/things/a?${V}`))).toBe('InvalidResourceType');
    expect(codeOf(await call('GET', `/nothing/here?${V}`))).toBe('NotFound');
    expect(codeOf(await call('PUT', `${SUB}/providers/Toy.Shop/gadgets/a?${V}`, {}))).toBe('NotFound');
    expect((await call('GET', `${SUB}/providers/Toy.Shop/locations/here/usages?${V}`)).body).toEqual({ value: [{ location: 'here', currentValue: 0 }] });
    expect((await call('DELETE', `${SUB}/providers/Toy.Shop/locations/here/usages?${V}`)).status).toBe(404);
  });

  test('of subscriptions have their own shape', async () => {
    expect((await call('GET', `${SUB}?${V}`)).body).toEqual({ id: SUB, subscriptionId: SUB.split('/')[2], displayName: 'toys', state: 'Enabled' });
    expect((await call('GET', `/subscriptions?${V}`)).body['value']).toHaveLength(1);
  });
});

describe('listings of all resources', () => {
  test('have tracked ones only, filtered by $filter', async () => {
    const group = `${SUB}/resourceGroups/catalog`;
    await call('PUT', `${group}?${V}`, { location: 'here' });
    await call('PUT', `${gadget('apple', group)}?${V}`, { location: 'here', tags: { kind: 'fruit' } });
    await call('PUT', `${gadget('apple', group)}/parts/core?${V}`, { properties: { weight: 1 } });
    await call('PUT', `${group}/providers/Toy.Shop/safes/pear?${V}`, { location: 'here', properties: {} });
    const names = async (filter: string, path = `${group}/resources`) => {
      const { value } = (await call('GET', `${path}?${V}&$filter=${encodeURIComponent(filter)}`)).body;
      return Array.isArray(value) ? value.map((item: unknown) => stringAt(item, 'name')) : value;
    };
    expect(await names('')).toEqual(['apple', 'pear']);
    expect(await names("resourceType eq 'Toy.Shop/safes'")).toEqual(['pear']);
    expect(await names("tagName eq 'kind' and tagValue eq 'fruit'")).toEqual(['apple']);
    expect(await names("substringof('app', name) and resourceType eq 'toy.shop/gadgets'", `${SUB}/resources`)).toEqual(['apple']);
    expect(codeOf(await call('GET', `${group}/resources?${V}&$filter=nonsense`))).toBe('InvalidFilterInQueryString');
    const wide = (await call('GET', `${SUB}/providers/Toy.Shop/safes?${V}`)).body['value'];
    expect(JSON.stringify(wide)).toContain('pear');
  });
});

describe('writes at the same time', () => {
  test('of one resource all succeed, one after the other; one of them creates it', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => call('PUT', `${gadget('contested')}?${V}`, { location: 'here', properties: { count: index } })));
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
  });

  test('with the same If-Match: exactly one wins', async () => {
    const { etag } = (await putGadget('raced')).body;
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, index) => call('PUT', `${gadget('raced')}?${V}`, { location: 'here', properties: { count: index + 1 } }, { headers: { 'if-match': String(etag) } })),
    );
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, 412, 412, 412, 412]);
  });

  test('of children lose against the delete of their parent, leaving no orphan', async () => {
    await putGadget('vanishing');
    const children = Array.from({ length: 10 }, (_, index) => call('PUT', `${gadget('vanishing')}/parts/c${index}?${V}`, { properties: { weight: 1 } }));
    const [gone] = await Promise.all([call('DELETE', `${gadget('vanishing')}?${V}`), ...children]);
    expect(gone?.status).toBe(200);
    expect((await db.database.pool.query("select 1 from resources where key like '%/vanishing%'")).rowCount).toBe(0);
  });
});

describe('the in-process store', () => {
  test('writes within a transaction, and not at all when it rolls back', async () => {
    const ctx = contextFor(owner);
    const id = gadget('inside');
    await expect(
      db.database.transaction(async (tx) => {
        await arm.store.put(ctx, id, { location: 'here', properties: {} }, { tx });
        await arm.store.put(ctx, `${id}/parts/one`, { properties: { weight: 1 } }, { tx });
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(await arm.store.find(id)).toBeUndefined();
  });

  test('sets read-only properties, also without a write', async () => {
    const ctx = contextFor(owner);
    const made = await arm.store.put(ctx, gadget('numbered'), { location: 'here' }, { readOnly: { serial: 'A-1' } });
    expect(made.properties['serial']).toBe('A-1');
    const set = await db.database.transaction((tx) => arm.store.setProperties(tx, ctx, made.id, { serial: 'A-2' }));
    expect(set?.properties['serial']).toBe('A-2');
    await expect(arm.store.put(contextFor(stranger), gadget('numbered'), { location: 'here' })).rejects.toMatchObject({ kind: 'forbidden' });
    expect((await arm.store.put(contextFor(stranger), gadget('numbered'), { location: 'here', tags: { by: 'system' } }, { as: 'system' })).tags).toEqual({ by: 'system' });
  });
});

test('every route is listed with its permission', () => {
  const routes = arm.routes();
  expect(routes).toContainEqual({
    method: 'PUT',
    path: '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Toy.Shop/gadgets/{gadgetName}/parts/{partName}',
    permission: 'Toy.Shop/gadgets/parts/write',
    type: 'Toy.Shop/gadgets/parts',
  });
  expect(routes).toContainEqual({
    method: 'POST',
    path: '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Toy.Shop/gadgets/{gadgetName}/listKeys',
    permission: 'Toy.Shop/gadgets/listKeys/action',
    type: 'Toy.Shop/gadgets',
  });
  expect(routes.every((route) => route.permission !== '')).toBe(true);
});
