// What a template may not do: refusals before anything is made, and secure values that must be readable nowhere.

import { afterAll, describe, expect, test } from 'vitest';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { contextFor, owner, stranger } from '../../../../testkit/src/resource-conformance.ts';
import { at, codeOf, gadget, objectsIn, openToyDeployments, props, T, template, V } from '../../../../testkit/src/toy-deployments.ts';

const shop = await openToyDeployments();
const { call, database, ended, group, put } = shop;
afterAll(shop.close);

describe('a template', () => {
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
    const resources: object[] = [
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
    const late = "[reference('fine').serial]";
    const key = (name: string, teeth: number) => ({ type: 'Toy.Shop/safes/keys', apiVersion: '2024-01-01', name: `wall/${name}`, properties: { teeth } });
    const deeper = {
      type: 'Microsoft.Resources/deployments',
      apiVersion: '2025-04-01',
      name: 'deeper',
      properties: { template: template({ resources: [{ type: 'A.B/deep', apiVersion: '1', name: 'x' }] }) },
    };
    resources.push(key('front', 99), key('skeleton', 1), {
      type: 'Microsoft.Resources/deployments',
      apiVersion: '2025-04-01',
      name: 'late',
      properties: {
        mode: 'Incremental',
        expressionEvaluationOptions: { scope: 'inner' },
        parameters: { serial: { value: late }, wanted: { value: false } },
        template: template({
          parameters: { serial: { type: 'string' }, wanted: { type: 'bool' }, many: { type: 'int', defaultValue: 2 } },
          resources: [
            { type: 'A.B/c', apiVersion: '1', name: "[parameters('serial')]" },
            { condition: "[parameters('wanted')]", type: 'A.B/unwanted', apiVersion: '1', name: 'x' },
            { condition: "[equals(parameters('serial'), 'x')]", type: 'A.B/undecided', apiVersion: '1', name: 'x' },
            { copy: { name: 'loop', count: "[parameters('many')]" }, type: 'A.B/copied', apiVersion: '1', name: 'x' },
            deeper,
            gadget('good', { resources: [{ type: 'screws', apiVersion: '1', name: 'x' }] }),
          ],
        }),
      },
    });
    const expected = [
      ['far', 'ValidationError', ['properties.count']],
      ['green', 'ValidationError', ['properties.count']],
      ['old', 'NoRegisteredProviderFound', []],
      ['nowhere', 'InvalidLocation', ['location']],
      ['9-lives', 'InvalidResourceName', []],
      ['part', 'ValidationError', ['properties.weight']],
      ['part', 'ParentResourceNotFound', []],
      ['inside', 'ValidationError', ['properties.count']],
      ['front', 'ValidationError', ['properties.teeth']],
      ['skeleton', 'NoSkeletonKeys', []],
      ...[0, 3, 4, 5].map((index) => [expect.stringContaining(`properties.template.resources[${index}]`), 'InvalidResourceType', []]),
    ];
    const found = (error: JsonObject) => objectsIn(error['details']).map(({ target, code, details }) => [String(target).split('/').at(-1), code, objectsIn(details).map((detail) => detail['target'])]);
    const bad = { mode: 'Incremental', template: template({ resources }) };
    for (const answer of [await put(checked, 'bad', bad), await call('POST', `${at(checked, 'bad')}/validate?${V}`, { properties: bad })]) {
      expect([answer.status, codeOf(answer), found(objectAt(answer.body, 'error'))]).toEqual([400, 'InvalidTemplateDeployment', expected]);
    }
    const asked = await call('POST', `${at(checked, 'bad')}/whatIf?${V}`, { properties: bad });
    const { body: outcome } = await call('GET', asked.headers['Location'] ?? '');
    expect([outcome['status'], found(objectAt(outcome, 'error'))]).toEqual(['Failed', expected]);
    expect(JSON.stringify(outcome)).toMatch(/'A\.B\/deep' of the nested deployment 'late'/);
    const green = { mode: 'Incremental', template: template({ resources: resources.slice(2, 3) }), validationLevel: 'Template' };
    const unchecked = await call('POST', `${at(checked, 'green')}/whatIf?${V}`, { properties: green });
    expect((await call('GET', unchecked.headers['Location'] ?? '')).body['status']).toBe('Succeeded');
    expect((await call('GET', `${checked}/providers/Toy.Shop/gadgets/fine?${T}`)).status).toBe(404);
    expect((await call('PUT', `${at(rg, 'by-stranger')}?${V}`, { properties: { mode: 'Incremental', template: template({}) } }, { as: stranger })).status).toBe(403);
  });

  test('makes what has no type of its own: what an operation puts', async () => {
    const rg = await group('routed');
    const safe = { type: 'Toy.Shop/safes', apiVersion: '2024-01-01', name: 'wall', location: 'here', properties: {} };
    const key = { type: 'Toy.Shop/safes/keys', apiVersion: '2024-01-01', name: 'wall/front', properties: { teeth: "[reference('wall').depth]" }, dependsOn: ['wall'] };
    const properties = { mode: 'Incremental', template: template({ resources: [{ ...safe, properties: { depth: 4 } }, key] }) };
    await put(rg, 'routed', properties);
    expect((await ended(rg, 'routed'))['outputResources']).toEqual([{ id: `${rg}/providers/Toy.Shop/safes/wall` }, { id: `${rg}/providers/Toy.Shop/safes/wall/keys/front` }]);
    const asked = await call('POST', `${at(rg, 'routed')}/whatIf?${V}`, { properties });
    const changes = objectsIn(props(await call('GET', asked.headers['Location'] ?? ''))['changes']);
    // The key can be put and not be read.
    expect(changes.map(({ changeType }) => changeType)).toEqual(['NoChange', 'Create']);
  });

  test('is checked for rights also where an operation answers, not a resource', async () => {
    const rg = await group('guarded');
    const key = { id: `${rg}/providers/Toy.Shop/safes/wall/keys/front`, body: { properties: { teeth: 1 } } };
    await expect(shop.store.check(contextFor(stranger), key.id, key.body)).rejects.toMatchObject({ code: 'AuthorizationFailed' });
    await expect(shop.store.check(contextFor(owner), key.id, key.body)).resolves.toBeUndefined();
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
    const { pool } = database;
    const tables = await pool.query<{ name: string }>("select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'");
    const found: string[] = [];
    for (const { name } of tables.rows) if ((await pool.query(`select 1 from ${name} t where t::text like '%swordfish%' limit 1`)).rows.length > 0) found.push(name);
    expect([tables.rows.length > 20, found]).toEqual([true, []]);
  });
});
