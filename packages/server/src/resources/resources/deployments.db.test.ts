// Deployments carried out on toy types: order, conditions, loops, nesting, failure, restart, cancel, complete mode, what-if.

import { afterAll, describe, expect, test } from 'vitest';
import { objectAt, stringAt } from '#kernel/json.ts';
import { at, codeOf, gadget, objectsIn, openToyDeployments, props, SUB, T, template, V } from '../../../../testkit/src/toy-deployments.ts';

const shop = await openToyDeployments();
const { call, database, deploy, ended, group, operations, put, startWorker, stopWorker } = shop;
afterAll(shop.close);

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
    expect(JSON.stringify((await database.pool.query("select properties from resources where name = 'main'")).rows)).not.toContain('hunter2');
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

  test('goes on where a server that went away left it', async () => {
    const rg = await group('restarted');
    await stopWorker();
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
    await database.pool.query("update deployment_steps set state = 'running', started_at = now() where resource_name = 'one'");
    const busy = await put(rg, 'long', { template: template({}) });
    expect([busy.status, codeOf(busy)]).toEqual([409, 'DeploymentActive']);
    expect((await call('DELETE', `${at(rg, 'long')}?${V}`)).status).toBe(409);
    await startWorker();
    expect(await ended(rg, 'long')).toMatchObject({ provisioningState: 'Succeeded' });
    expect((await call('GET', `${rg}/providers/Toy.Shop/gadgets/two?${T}`)).status).toBe(200);
    const gone = await call('DELETE', `${at(rg, 'long')}?${V}`);
    expect(gone.status).toBe(202);
  });

  test('is canceled with what has not begun', async () => {
    const rg = await group('canceled');
    await stopWorker();
    const started = await put(rg, 'stopped', { template: template({ resources: [gadget('nothing')] }) });
    expect((await call('POST', `${at(rg, 'stopped')}/cancel?${V}`)).status).toBe(204);
    await startWorker();
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
});
