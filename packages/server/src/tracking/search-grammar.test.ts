import { describe, expect, test } from 'vitest';
import { parseFilter, parseOrders } from './search-grammar.ts';
import { EXPERIMENT_SEARCH, LOGGED_MODEL_SEARCH, REGISTERED_MODEL_SEARCH, RUN_SEARCH } from './search-vocabulary.ts';

describe('filters of runs', () => {
  test.each([
    ['', []],
    ['metrics.loss < 0.5', [{ entity: 'metric', key: 'loss', comparator: '<', value: 0.5 }]],
    ['metric.a/b-c.d>-1.5e-3', [{ entity: 'metric', key: 'a/b-c.d', comparator: '>', value: -0.0015 }]],
    ['metrics.`val loss`=1e+2', [{ entity: 'metric', key: 'val loss', comparator: '=', value: 100 }]],
    ['metrics."f1: macro" >= .5', [{ entity: 'metric', key: 'f1: macro', comparator: '>=', value: 0.5 }]],
    [
      `params.model = "it's" and tags.b LIKE '%x_'`,
      [
        { entity: 'param', key: 'model', comparator: '=', value: "it's" },
        { entity: 'tag', key: 'b', comparator: 'LIKE', value: '%x_' },
      ],
    ],
    [`tags.a = 'it''s'`, [{ entity: 'tag', key: 'a', comparator: '=', value: "it's" }]],
    [`run_id not in ('A', "b")`, [{ entity: 'attribute', key: 'run_id', comparator: 'NOT IN', value: ['A', 'b'] }]],
    [`"Run name" ilike 'x'`, [{ entity: 'attribute', key: 'run_name', comparator: 'ILIKE', value: 'x' }]],
    ['attr.created > 5', [{ entity: 'attribute', key: 'start_time', comparator: '>', value: 5 }]],
    [
      'tags.a IS NOT NULL AND params.b is null',
      [
        { entity: 'tag', key: 'a', comparator: 'IS NOT NULL', value: '' },
        { entity: 'param', key: 'b', comparator: 'IS NULL', value: '' },
      ],
    ],
    [`dataset.digest IN ('1')`, [{ entity: 'dataset', key: 'digest', comparator: 'IN', value: ['1'] }]],
  ])('%s', (text, conditions) => {
    expect(parseFilter(text, RUN_SEARCH)).toEqual(conditions);
  });

  test.each([
    ['metrics.a > 1 OR metrics.b > 1', 'not by OR'],
    ['(metrics.a > 1)', 'parentheses'],
    ['metrics.a > 1 metrics.b > 1', 'expected AND'],
    ['metrics.a', 'comparison operator'],
    ['metrics.a >', 'a value was expected'],
    [`metrics.a > '1'`, 'compared with a number'],
    ['params.a = 1', 'quoted string'],
    [`params.a > 'x'`, 'cannot be compared with >'],
    [`start_time LIKE 'x'`, 'cannot be compared with LIKE'],
    [`user_id IN ('a')`, 'cannot be compared with IN'],
    [`run_id IN ()`, 'list of IN'],
    [`run_id IN ('a'`, 'parentheses'],
    [`colour = 'red'`, 'no attribute'],
    [`stuff.a = 'red'`, 'nothing that can be searched'],
    [`constructor.a = 'red'`, 'nothing that can be searched'],
    [`dataset.size = '1'`, 'name, digest or context'],
    [`run_name = 'x'; drop table runs`, 'Invalid search text'],
    [`constructor = 'x'`, 'no attribute'],
    [`tags.a = 'x`, 'Invalid search text'],
    ['metrics.a = 3abc', 'compared with a number'],
  ])('refuses %s', (text, message) => {
    expect(() => parseFilter(text, RUN_SEARCH)).toThrow(message);
  });
});

describe('other searches', () => {
  test('know their own attributes and prefixes', () => {
    expect(parseFilter(`name LIKE 'a%' AND tags.x = 'y' AND creation_time > 1`, EXPERIMENT_SEARCH)).toHaveLength(3);
    expect(() => parseFilter('metrics.a > 1', EXPERIMENT_SEARCH)).toThrow('nothing that can be searched');
    expect(parseFilter(`creation_time > 1 AND name IN ('a') AND metrics.s > 1`, LOGGED_MODEL_SEARCH)[0]?.key).toBe('creation_timestamp');
    expect(parseFilter(`tag.\`mlflow.prompt.is_prompt\` != 'true'`, REGISTERED_MODEL_SEARCH)[0]?.key).toBe('mlflow.prompt.is_prompt');
  });
});

describe('orders', () => {
  test('default to ascending, in any case', () => {
    expect(parseOrders(['metrics.loss desc', 'start_time', 'tags.`my tag` ASC'], RUN_SEARCH)).toEqual([
      { entity: 'metric', key: 'loss', isAscending: false },
      { entity: 'attribute', key: 'start_time', isAscending: true },
      { entity: 'tag', key: 'my tag', isAscending: true },
    ]);
  });
  test.each([['loss up'], ['metrics.loss DESC, 1'], ['dataset.name'], [''], ['start_time DESC DESC']])('refuses %s', (text) => {
    expect(() => parseOrders([text], RUN_SEARCH)).toThrow('Invalid');
  });
  test('refuses a key that is there twice, and keys that do not order', () => {
    expect(() => parseOrders(['start_time', 'created DESC'], RUN_SEARCH)).toThrow('twice');
    expect(() => parseOrders(['creation_timestamp'], REGISTERED_MODEL_SEARCH)).toThrow('no attribute');
    expect(() => parseOrders(['tags.a'], EXPERIMENT_SEARCH)).toThrow('does not order');
  });
});
