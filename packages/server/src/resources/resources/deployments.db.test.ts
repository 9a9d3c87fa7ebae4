// Deployments carried out on toy types: order, conditions, loops, nesting, failure, restart, cancel, complete mode, what-if.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Arm, createArm } from '#arm/arm.ts';
import type { DeploymentDeps } from '#arm/deployments.ts';
import { createRegistry } from '#arm/registry.ts';
import type { AnyResourceType } from '#arm/resource-type.ts';
import { toyTypes } from '#arm/testing/toy-types.ts';
import { systemClock } from '#kernel/clock.ts';
import { silentLog } from '#kernel/context.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { openEnvelope } from '#vault/envelope.ts';
import { createSeals } from '#vault/seals.ts';
import { Worker } from '#work/worker.ts';
import { type Answer, type Call, callerOf, ownerOnly, stranger } from '../../../../testkit/src/resource-conformance.ts';
import { type TestDatabase, testDatabase } from '../../../../testkit/src/test-database.ts';
import { deploymentRoutes } from './deployment-routes.ts';
import { deployments as defineDeployments } from './deployments.ts';

const SUB = '/subscriptions/11111111-1111-1111-1111-111111111111';
const V = 'api-version=2025-04-01';
const T = 'api-version=2024-01-01';
const SCHEMA = 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#';

let db: TestDatabase;
let arm: Arm;
let worker: Worker;
let call: Call;
beforeAll(async () => {
  db = await testDatabase();
  let made: Arm | undefined;
  const deps: DeploymentDeps = {
    database: db.database,
    arm: () => {
      if (made === undefined) throw new Error('not made yet');
      return made;
    },
    types: () => types,
    environment: () => ({ name: 'Toys' }),
  };
  const deployments = defineDeployments(deps);
  const types: readonly AnyResourceType[] = [...toyTypes, deployments];
  const envelope = openEnvelope(join(mkdtempSync(join(tmpdir(), 'lazurite-deploy-')), 'key'));
  made = createArm({ database: db.database, registry: createRegistry(types, deploymentRoutes(deps, deployments)), authorizer: ownerOnly, seals: createSeals(envelope) });
  arm = made;
  call = callerOf(arm);
  worker = await startWorker();
  await call('PUT', `${SUB}?${V}`, { properties: { displayName: 'toys' } });
});
afterAll(async () => {
  await worker.stop();
  await db.close();
});

async function startWorker(): Promise<Worker> {
  const next = new Worker({ database: db.database, host: 'test', kinds: arm.work, log: silentLog, clock: systemClock });
  await next.start();
  return next;
}

async function group(name: string): Promise<string> {
  await call('PUT', `${SUB}/resourceGroups/${name}?${V}`, { location: 'here' });
  return `${SUB}/resourceGroups/${name}`;
}

const template = (members: object) => ({ $schema: SCHEMA, contentVersion: '1.0.0.0', resources: [], ...members });
const gadget = (name: string, more: object = {}) => ({ type: 'Toy.Shop/gadgets', apiVersion: '2024-01-01', name, location: '[resourceGroup().location]', properties: {}, ...more });
const at = (scope: string, name: string) => `${scope}/providers/Microsoft.Resources/deployments/${name}`;
const put = (scope: string, name: string, properties: object, more: object = {}) => call('PUT', `${at(scope, name)}?${V}`, { ...more, properties: { mode: 'Incremental', ...properties } });
const codeOf = (answer: Answer) => stringAt(objectAt(answer.body, 'error'), 'code');
const props = (answer: Answer) => objectAt(answer.body, 'properties');

async function ended(scope: string, name: string): Promise<JsonObject> {
  for (;;) {
    const body = props(await call('GET', `${at(scope, name)}?${V}`));
    if (!['Accepted', 'Running'].includes(String(body['provisioningState']))) return body;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function deploy(scope: string, name: string, members: object, more: object = {}): Promise<JsonObject> {
  const answer = await put(scope, name, { template: template(members), ...more });
  expect([answer.status, answer.body['error']]).toEqual([expect.toSatisfy((status) => status === 200 || status === 201), undefined]);
  return ended(scope, name);
}

async function operations(scope: string, name: string): Promise<readonly JsonObject[]> {
  const { body } = await call('GET', `${scope}/deployments/${name}/operations?${V}`);
  return objectsIn(body['value']);
}

function objectsIn(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

describe('a deployment', () => {
  test('answers 201 with an operation, makes resources in order, tells outputs, operations and durations', async () => {
    const rg = await group('first');
    const answer = await put(rg, 'main', {
      parameters: { prefix: { value: 'pre' }, password: { value: 'hunter2-secret' } },
      template: template({
        parameters: { prefix: { type: 'string' }, password: { type: 'securestring' }, color: { type: 'string', defaultValue: 'Red', allowedValues: ['Red', 'Green'] } },
        variables: { name: "[concat(parameters('prefix'), '-gadget')]" },
        resources: [
          {
            type: 'Toy.Shop/gadgets/machines',
            apiVersion: '2024-01-01',
            name: "[concat(variables('name'), '/press')]",
            dependsOn: ["[resourceId('Toy.Shop/gadgets', variables('name'))]"],
            properties: { size: 1 },
          },
          gadget("[variables('name')]", {
            tags: { serial: "[string(reference(resourceId('Toy.Shop/safes', 'vault')).depth)]" },
            properties: { color: "[parameters('color')]", keys: { one: "[parameters('password')]" } },
          }),
          { type: 'Toy.Shop/safes', apiVersion: '2024-01-01', name: 'vault', location: 'here', properties: { depth: '[add(1, 2)]' } },
          gadget('unwanted', { condition: "[equals(parameters('color'), 'Green')]" }),
        ],
        outputs: {
          serial: { type: 'string', value: "[reference(variables('name')).serial]" },
          state: { type: 'string', value: "[reference(resourceId('Toy.Shop/gadgets/machines', variables('name'), 'press')).state]" },
          keys: { type: 'object', value: "[listKeys(variables('name'), '2024-01-01').keys]", condition: false },
          hidden: { type: 'securestring', value: "[parameters('password')]" },
          nulls: { type: 'object', value: { a: null, b: [1] } },
        },
      }),
    });
    expect([answer.status, props(answer)['provisioningState']]).toEqual([201, 'Accepted']);
    expect(answer.headers['Azure-AsyncOperation']).toContain('/operationStatuses/');
    const done = await ended(rg, 'main');
    expect(done).toMatchObject({
      provisioningState: 'Succeeded',
      mode: 'Incremental',
      duration: expect.stringMatching(/^PT[\d.]+S$/),
      parameters: { prefix: { type: 'String', value: 'pre' }, password: { type: 'SecureString' }, color: { type: 'String', value: 'Red' } },
      outputs: {
        serial: { type: 'String', value: 'serial-of-pre-gadget' },
        state: { type: 'String', value: 'Steady' },
        hidden: { type: 'SecureString' },
        nulls: { type: 'Object', value: { a: null, b: [1] } },
      },
    });
    expect(JSON.stringify(done)).not.toContain('hunter2');
    expect(JSON.stringify((await db.database.pool.query("select properties from resources where name = 'main'")).rows)).not.toContain('hunter2');
    const made = await call('GET', `${rg}/providers/Toy.Shop/gadgets/pre-gadget?${T}`);
    expect(made.body).toMatchObject({ location: 'here', tags: { serial: '3' }, properties: { color: 'Red' } });
    expect((await call('GET', `${rg}/providers/Toy.Shop/gadgets/unwanted?${T}`)).status).toBe(404);
    const listed = await operations(rg, 'main');
    expect(
      listed.map((operation) => [props({ ...answer, body: operation })['provisioningOperation'], stringAt(objectAt(objectAt(operation, 'properties'), 'targetResource'), 'resourceName')]),
    ).toEqual([
      ['EvaluateDeploymentOutput', undefined],
      ['Create', 'vault'],
      ['Create', 'pre-gadget'],
      ['Create', 'pre-gadget/press'],
    ]);
    const one = String(listed[1]?.['operationId']);
    expect((await call('GET', `${at(rg, 'main')}/operations/${one}?${V}`)).body['operationId']).toBe(one);
    expect((await call('POST', `${at(rg, 'main')}/listOutputsWithSecureValues?${V}`)).body).toMatchObject({ hidden: 'hunter2-secret', state: 'Steady' });
    expect(objectAt((await call('POST', `${at(rg, 'main')}/exportTemplate?${V}`)).body, 'template')['variables']).toEqual({ name: "[concat(parameters('prefix'), '-gadget')]" });
    expect((await call('HEAD', `${at(rg, 'main')}?${V}`)).status).toBe(204);
  });

  test('unrolls copy loops of resources, properties and variables, serially where asked', async () => {
    const rg = await group('loops');
    const done = await deploy(rg, 'loops', {
      variables: { copy: [{ name: 'names', count: 3, input: "[format('g-{0}', copyIndex('names', 1))]" }] },
      resources: [
        gadget("[variables('names')[copyIndex()]]", {
          copy: { name: 'gadgetLoop', count: 3, mode: 'serial', batchSize: 2 },
          properties: { count: '[copyIndex()]' },
          tags: { at: '[string(copyIndex())]' },
        }),
        gadget('after', { dependsOn: ['gadgetLoop'] }),
      ],
      outputs: { all: { type: 'array', copy: { count: 3, input: "[reference(variables('names')[copyIndex()]).count]" } } },
    });
    expect(done).toMatchObject({ provisioningState: 'Succeeded', outputs: { all: { type: 'Array', value: [0, 1, 2] } } });
    expect(done['outputResources']).toHaveLength(4);
  });

  test('takes templates as Bicep writes them: symbolic names, types, existing resources, modules', async () => {
    const rg = await group('bicep');
    await call('PUT', `${rg}/providers/Toy.Shop/gadgets/old?${T}`, { location: 'here', properties: {} });
    const done = await deploy(
      rg,
      'bicep',
      {
        languageVersion: '2.0',
        definitions: { sizeType: { type: 'object', properties: { count: { type: 'int', minValue: 1 }, note: { type: 'string', nullable: true } } } },
        parameters: { sizes: { type: 'array', items: { $ref: '#/definitions/sizeType' } }, maybe: { type: 'string', nullable: true } },
        resources: {
          old: { existing: true, type: 'Toy.Shop/gadgets', apiVersion: '2024-01-01', name: 'old' },
          many: {
            copy: { name: 'many', count: "[length(parameters('sizes'))]" },
            ...gadget("[format('many-{0}', copyIndex())]", { properties: { count: "[parameters('sizes')[copyIndex()].count]" } }),
          },
          note: {
            type: 'Toy.Paper/notes',
            apiVersion: '2024-01-01',
            scope: "[resourceId('Toy.Shop/gadgets', 'many-0')]",
            name: 'n',
            properties: { text: "[reference('old').serial]" },
            dependsOn: ['many', 'old'],
          },
          module: {
            type: 'Microsoft.Resources/deployments',
            apiVersion: '2025-04-01',
            name: 'module',
            properties: {
              expressionEvaluationOptions: { scope: 'inner' },
              mode: 'Incremental',
              parameters: { name: { value: "[coalesce(parameters('maybe'), 'from-module')]" }, serial: { value: "[reference('many[0]').serial]" } },
              template: template({
                languageVersion: '2.0',
                parameters: { name: { type: 'string' }, serial: { type: 'string' } },
                resources: { one: gadget("[parameters('name')]", { tags: { serial: "[parameters('serial')]" } }) },
                outputs: { id: { type: 'string', value: "[resourceId('Toy.Shop/gadgets', parameters('name'))]" } },
              }),
            },
            dependsOn: ['many'],
          },
        },
        outputs: {
          inner: { type: 'string', value: "[reference('module').outputs.id.value]" },
          note: { type: 'string', value: "[resourceInfo('note').id]" },
          counts: { type: 'array', value: "[map(references('many', 'full'), lambda('r', lambdaVariables('r').properties.count))]" },
        },
      },
      { parameters: { sizes: { value: [{ count: 2 }, { count: 5 }] } } },
    );
    expect(done).toMatchObject({
      provisioningState: 'Succeeded',
      outputs: { inner: { value: `${rg}/providers/Toy.Shop/gadgets/from-module` }, note: { value: `${rg}/providers/Toy.Shop/gadgets/many-0/providers/Toy.Paper/notes/n` }, counts: { value: [2, 5] } },
    });
    expect((await call('GET', `${rg}/providers/Toy.Shop/gadgets/from-module?${T}`)).body['tags']).toEqual({ serial: 'serial-of-many-0' });
    expect(objectAt((await call('GET', `${rg}/providers/Toy.Shop/gadgets/many-0/providers/Toy.Paper/notes/n?${T}`)).body, 'properties')['text']).toBe('serial-of-old');
  });

  test('evaluates nested templates in the scope around them unless told otherwise', async () => {
    const rg = await group('outer');
    const done = await deploy(rg, 'outer', {
      parameters: { word: { type: 'string', defaultValue: 'around' } },
      resources: [
        {
          type: 'Microsoft.Resources/deployments',
          apiVersion: '2020-10-01',
          name: 'nested',
          properties: {
            mode: 'Incremental',
            template: template({
              parameters: { word: { type: 'string', defaultValue: 'inside' } },
              resources: [gadget("[concat('g-', parameters('word'), '-', copyIndex())]", { copy: { name: 'two', count: 2 }, tags: { literal: '[[not this]', place: '[deployment().name]' } })],
              outputs: { word: { type: 'string', value: "[parameters('word')]" } },
            }),
          },
        },
      ],
      outputs: { word: { type: 'string', value: "[reference('nested').outputs.word.value]" } },
    });
    expect(done).toMatchObject({ provisioningState: 'Succeeded', outputs: { word: { value: 'around' } } });
    expect((await call('GET', `${rg}/providers/Toy.Shop/gadgets/g-around-1?${T}`)).body['tags']).toEqual({ literal: '[not this]', place: 'outer' });
  });

  test('at a subscription makes groups and deploys into them', async () => {
    const nested = {
      type: 'Microsoft.Resources/deployments',
      apiVersion: '2025-04-01',
      name: 'inside',
      resourceGroup: 'made-by-template',
      dependsOn: ["[subscriptionResourceId('Microsoft.Resources/resourceGroups', 'made-by-template')]"],
      properties: { mode: 'Incremental', expressionEvaluationOptions: { scope: 'inner' }, template: template({ resources: [gadget('deep')] }) },
    };
    const resources = [nested, { type: 'Microsoft.Resources/resourceGroups', apiVersion: '2022-01-01', name: 'made-by-template', location: '[deployment().location]' }];
    const refused = await put(SUB, 'wide', { template: template({ resources }) });
    expect([refused.status, codeOf(refused)]).toEqual([400, 'LocationRequired']);
    const answer = await put(SUB, 'wide', { template: template({ resources }) }, { location: 'here' });
    expect(answer.status).toBe(201);
    expect((await ended(SUB, 'wide'))['provisioningState']).toBe('Succeeded');
    expect((await call('GET', `${SUB}/resourceGroups/made-by-template/providers/Toy.Shop/gadgets/deep?${T}`)).status).toBe(200);
  });

  test('that fails says what failed, leaves out what waited for it, and can be put again', async () => {
    const rg = await group('failing');
    const resources = (size: number) => [
      gadget('works'),
      { type: 'Toy.Shop/gadgets/machines', apiVersion: '2024-01-01', name: 'works/unlucky', dependsOn: ['works'], properties: { size } },
      gadget('never', { dependsOn: ["[resourceId('Toy.Shop/gadgets/machines', 'works', 'unlucky')]"] }),
      gadget('beside', { properties: { count: "[add(90, length(reference('works').serial))]" } }),
    ];
    const failed = await deploy(rg, 'failing', { resources: resources(13) });
    expect(failed).toMatchObject({
      provisioningState: 'Failed',
      error: { code: 'DeploymentFailed', details: [{ code: 'OutOfLuck' }, { code: 'ValidationError', target: `${rg}/providers/Toy.Shop/gadgets/beside` }] },
    });
    expect((await call('GET', `${rg}/providers/Toy.Shop/gadgets/never?${T}`)).status).toBe(404);
    const failures = (await operations(rg, 'failing')).map((operation) => objectAt(operation, 'properties')).filter((operation) => operation['provisioningState'] === 'Failed');
    expect(failures.map((operation) => stringAt(objectAt(objectAt(operation, 'statusMessage'), 'error'), 'code')).toSorted()).toEqual(['OutOfLuck', 'ValidationError']);
    expect(await deploy(rg, 'failing', { resources: resources(1).slice(0, 3) })).toMatchObject({ provisioningState: 'Succeeded' });
    expect((await call('GET', `${rg}/providers/Toy.Shop/gadgets/never?${T}`)).status).toBe(200);
  });

  test('keeps no secure value where it could be read, wherever the template puts it', async () => {
    const rg = await group('secure');
    await call('PUT', `${rg}/providers/Toy.Shop/gadgets/there?${T}`, { location: 'here', properties: {} });
    const secrets = { word: { value: 'swordfish-1' }, object: { value: { deep: ['swordfish-2'] } } };
    const word = "[parameters('word')]";
    const resources = [
      gadget('kept', { properties: { keys: { one: word, two: "[parameters('object').deep[0]]" } } }),
      gadget('wrong', { properties: { color: "[concat(parameters('word'), reference(resourceId('Toy.Shop/gadgets', 'there'), '2024-01-01').serial)]" } }),
      {
        type: 'Microsoft.Resources/deployments',
        apiVersion: '2025-04-01',
        name: 'outer',
        properties: { mode: 'Incremental', template: template({ resources: [gadget('nested', { properties: { keys: { one: word } } })] }) },
      },
    ];
    const parameters = { word: { type: 'securestring' }, object: { type: 'secureObject' } };
    const properties = { mode: 'Incremental', parameters: secrets, template: template({ parameters, resources }) };
    const asked = await call('POST', `${at(rg, 'secure')}/whatIf?${V}`, { properties });
    expect(JSON.stringify((await call('GET', asked.headers['Location'] ?? '')).body)).toMatch(/"one":"\*{7}","two":"\*{7}"/);
    const plainly = { ...properties, template: template({ parameters, resources: [gadget('plain', { properties: { color: word } })] }) };
    expect(JSON.stringify((await put(rg, 'plain', plainly)).body)).toMatch(/properties\.color: is '?\*{7}/);
    await put(rg, 'secure', properties);
    const failed = await ended(rg, 'secure');
    expect([failed['provisioningState'], JSON.stringify(failed['error'])]).toEqual(['Failed', expect.stringContaining('*******serial-of-there')]);
    expect((await call('POST', `${rg}/providers/Toy.Shop/gadgets/nested/listKeys?${T}`)).body).toEqual({ keys: { one: 'swordfish-1' } });
    const { pool } = db.database;
    const tables = await pool.query<{ name: string }>("select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'");
    const found: string[] = [];
    for (const { name } of tables.rows) if ((await pool.query(`select 1 from ${name} t where t::text like '%swordfish%' limit 1`)).rows.length > 0) found.push(name);
    expect([tables.rows.length > 20, found]).toEqual([true, []]);
  });

  test('goes on where a server that went away left it', async () => {
    const rg = await group('restarted');
    await worker.stop();
    const started = await put(rg, 'long', {
      template: template({
        resources: [
          gadget('one'),
          { type: 'Toy.Shop/gadgets/machines', apiVersion: '2024-01-01', name: 'one/m', dependsOn: ['one'], properties: { size: 2 } },
          gadget('two', { dependsOn: ['one/m'] }),
        ],
      }),
    });
    expect(started.status).toBe(201);
    // As after a kill in the middle of the first request: begun, and no word of how it went.
    await db.database.pool.query("update deployment_steps set state = 'running', started_at = now() where resource_name = 'one'");
    const busy = await put(rg, 'long', { template: template({}) });
    expect([busy.status, codeOf(busy)]).toEqual([409, 'DeploymentActive']);
    expect((await call('DELETE', `${at(rg, 'long')}?${V}`)).status).toBe(409);
    worker = await startWorker();
    expect(await ended(rg, 'long')).toMatchObject({ provisioningState: 'Succeeded' });
    expect((await call('GET', `${rg}/providers/Toy.Shop/gadgets/two?${T}`)).status).toBe(200);
    const gone = await call('DELETE', `${at(rg, 'long')}?${V}`);
    expect(gone.status).toBe(202);
  });

  test('is canceled with what has not begun', async () => {
    const rg = await group('canceled');
    await worker.stop();
    const started = await put(rg, 'stopped', { template: template({ resources: [gadget('nothing')] }) });
    expect((await call('POST', `${at(rg, 'stopped')}/cancel?${V}`)).status).toBe(204);
    worker = await startWorker();
    expect(await ended(rg, 'stopped')).toMatchObject({ provisioningState: 'Canceled', error: { code: 'DeploymentCanceled' } });
    expect((await call('GET', started.headers['Azure-AsyncOperation'] ?? '')).body['status']).toBe('Canceled');
    expect(await deploy(rg, 'stopped', { resources: [gadget('something')] })).toMatchObject({ provisioningState: 'Succeeded' });
    expect((await call('GET', `${rg}/providers/Toy.Shop/gadgets/nothing?${T}`)).status).toBe(404);
    const late = await call('POST', `${at(rg, 'stopped')}/cancel?${V}`);
    expect([late.status, codeOf(late)]).toEqual([409, 'DeploymentCannotBeCancelled']);
  });

  test('in complete mode removes what the template does not name; what-if says so before', async () => {
    const rg = await group('complete');
    await deploy(rg, 'base', { resources: [gadget('keep', { tags: { a: '1' } }), gadget('drop'), gadget('same')] });
    const members = { resources: [gadget('keep', { tags: { b: '2' }, properties: { count: 4 } }), gadget('same'), gadget('new', { properties: { material: "[reference('same').serial]" } })] };
    const asked = await call('POST', `${at(rg, 'base')}/whatIf?${V}`, { properties: { mode: 'Complete', template: template(members) } });
    expect([asked.status, asked.headers['Location']]).toEqual([202, expect.stringContaining('/operationResults/')]);
    const foreseen = await call('GET', asked.headers['Location'] ?? '');
    const changes = props(foreseen)['changes'];
    const byName = Object.fromEntries(objectsIn(changes).map((change) => [String(change['resourceId']).split('/').at(-1) ?? '', change] as const));
    expect(Object.fromEntries(Object.entries(byName).map(([name, change]) => [name, change['changeType']]))).toEqual({ keep: 'Modify', drop: 'Delete', same: 'NoChange', new: 'Create' });
    expect(byName['keep']?.['delta']).toEqual([
      { path: 'properties.count', propertyChangeType: 'Create', after: 4 },
      { path: 'tags.b', propertyChangeType: 'Create', after: '2' },
      { path: 'tags.a', propertyChangeType: 'Delete', before: '1' },
    ]);
    expect((await call('GET', `${rg}/providers/Toy.Shop/gadgets/drop?${T}`)).status).toBe(200);
    expect(await deploy(rg, 'full', members, { mode: 'Complete' })).toMatchObject({ provisioningState: 'Succeeded' });
    expect((await call('GET', `${rg}/providers/Toy.Shop/gadgets/drop?${T}`)).status).toBe(404);
    const exported = objectAt((await call('POST', `${rg}/exportTemplate?${V}`, { resources: ['*'] })).body, 'template');
    const back = await group('copied');
    expect(await deploy(back, 'copy', exported)).toMatchObject({ provisioningState: 'Succeeded' });
    expect((await call('GET', `${back}/providers/Toy.Shop/gadgets/keep?${T}`)).body).toMatchObject({ tags: { b: '2' }, properties: { count: 4 } });
  });

  test('is refused with the reason before anything is made', async () => {
    const rg = await group('refused');
    const refusals: readonly (readonly [object, number, string, RegExp])[] = [
      [{ template: template({ resources: [{ type: 'A.B/c', apiVersion: '1', name: 'x' }] }) }, 400, 'InvalidTemplateDeployment', /'A\.B\/c'/],
      [{ template: template({ resources: [gadget("[parameters('no')]")] }) }, 400, 'InvalidTemplate', /resources\[0\]\.name/],
      [{ template: template({ parameters: { size: { type: 'int' } } }), parameters: { size: { value: 'big' } } }, 400, 'InvalidTemplate', /Expected a value of type 'Int'/],
      [{ template: template({ parameters: { size: { type: 'int' } } }) }, 400, 'InvalidTemplate', /'size'.*not provided/],
      [{ template: template({}), parameters: { extra: { value: 1 } } }, 400, 'InvalidTemplate', /'extra'/],
      [{ template: template({ resources: [gadget('a', { dependsOn: ['b'] }), gadget('b', { dependsOn: ['a'] })] }) }, 400, 'InvalidTemplate', /Circular dependency/],
      [{ template: template({ resources: [gadget('a'), gadget('A')] }) }, 400, 'InvalidTemplate', /defined multiple times/],
      [{ template: template({ resources: [gadget('a', { dependsOn: ['nobody'] })] }) }, 400, 'InvalidTemplate', /'nobody' is not defined/],
      [{ template: template({ resources: [gadget("[reference('x', '2024-01-01').y]")] }) }, 400, 'InvalidTemplate', /resources\[0\]/],
      [{ templateLink: { uri: 'https://example.com/t.json' } }, 501, 'TemplateLinkNotSupported', /templateLink/],
      [{ template: template({}), mode: 'Sometimes' }, 400, 'InvalidDeploymentMode', /Sometimes/],
      [{ template: 'nonsense' }, 400, 'InvalidTemplate', /not JSON/],
      [{}, 400, 'InvalidTemplate', /not a JSON object/],
    ];
    for (const [properties, status, code, message] of refusals) {
      const answer = await put(rg, 'refused', properties);
      expect([answer.status, codeOf(answer), stringAt(objectAt(answer.body, 'error'), 'message')]).toEqual([status, code, expect.stringMatching(message)]);
      const validated = await call('POST', `${at(rg, 'refused')}/validate?${V}`, { properties });
      expect([validated.status, codeOf(validated)]).toEqual([status, code]);
    }
    expect((await call('GET', `${at(rg, 'refused')}?${V}`)).status).toBe(404);
    const fine = await call('POST', `${at(rg, 'fine')}/validate?${V}`, {
      properties: { mode: 'incremental', template: template({ resources: [gadget('a', { dependsOn: [`${rg}/providers/Toy.Shop/gadgets/absent`] })] }) },
    });
    expect(props(fine)).toMatchObject({ provisioningState: 'Succeeded', validatedResources: [{ id: `${rg}/providers/Toy.Shop/gadgets/a` }] });
    const checked = await group('checked');
    const resources = [
      gadget('fine'),
      gadget('far', { properties: { count: 99, material: "[reference('fine').serial]" } }),
      gadget('green', { properties: { color: 'Green', count: 7 } }),
      gadget('old', { apiVersion: '2001-01-01' }),
      gadget('nowhere', { location: 'no such place!' }),
      gadget("[concat('9', '-lives')]"),
      { type: 'Toy.Shop/gadgets/parts', apiVersion: '2024-01-01', name: 'fine/part', properties: { weight: -1 } },
      { type: 'Toy.Shop/gadgets/parts', apiVersion: '2024-01-01', name: 'missing/part', properties: { weight: 1 } },
      {
        type: 'Microsoft.Resources/deployments',
        apiVersion: '2025-04-01',
        name: 'module',
        properties: { mode: 'Incremental', expressionEvaluationOptions: { scope: 'inner' }, template: template({ resources: [gadget('inside', { properties: { count: 'many' } })] }) },
      },
    ];
    const expected = [
      ['far', 'ValidationError', ['properties.count']],
      ['green', 'ValidationError', ['properties.count']],
      ['old', 'NoRegisteredProviderFound', []],
      ['nowhere', 'InvalidLocation', ['location']],
      ['9-lives', 'InvalidResourceName', []],
      ['part', 'ValidationError', ['properties.weight']],
      ['part', 'ParentResourceNotFound', []],
      ['inside', 'ValidationError', ['properties.count']],
    ];
    const found = (error: JsonObject) => objectsIn(error['details']).map(({ target, code, details }) => [String(target).split('/').at(-1), code, objectsIn(details).map((detail) => detail['target'])]);
    const bad = { mode: 'Incremental', template: template({ resources }) };
    for (const answer of [await put(checked, 'bad', bad), await call('POST', `${at(checked, 'bad')}/validate?${V}`, { properties: bad })]) {
      expect([answer.status, codeOf(answer), found(objectAt(answer.body, 'error'))]).toEqual([400, 'InvalidTemplateDeployment', expected]);
    }
    const asked = await call('POST', `${at(checked, 'bad')}/whatIf?${V}`, { properties: bad });
    const { body: outcome } = await call('GET', asked.headers['Location'] ?? '');
    expect([outcome['status'], found(objectAt(outcome, 'error'))]).toEqual(['Failed', expected]);
    const green = { mode: 'Incremental', template: template({ resources: resources.slice(2, 3) }), validationLevel: 'Template' };
    const unchecked = await call('POST', `${at(checked, 'green')}/whatIf?${V}`, { properties: green });
    expect((await call('GET', unchecked.headers['Location'] ?? '')).body['status']).toBe('Succeeded');
    expect((await call('GET', `${checked}/providers/Toy.Shop/gadgets/fine?${T}`)).status).toBe(404);
    expect((await call('PUT', `${at(rg, 'by-stranger')}?${V}`, { properties: { mode: 'Incremental', template: template({}) } }, { as: stranger })).status).toBe(403);
  });
});
