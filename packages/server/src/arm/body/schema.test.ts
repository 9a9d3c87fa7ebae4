// Bodies against schemas: what is filled in, what is respelled, and how mistakes are told.

import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { SCALARS_AS_TEXTS } from '../envelope.ts';
import { compileSchema } from './schema.ts';

const Schedule = Type.Object({
  name: Type.String({ minLength: 1, pattern: '^[a-z]+$', accepts: 'lower-case letters' }),
  trigger: Type.Union([
    Type.Object({ triggerType: Type.Literal('Cron'), expression: Type.String(), timeZone: Type.String({ default: 'UTC' }) }),
    Type.Object({ triggerType: Type.Literal('Recurrence'), interval: Type.Integer({ minimum: 1 }), frequency: Type.Enum(['Day', 'Week']) }),
  ]),
  note: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  count: Type.Optional(Type.Integer()),
  tags: Type.Optional(Type.Record(Type.String(), Type.String())),
});
const schema = compileSchema(Schedule, 'keep');
const messages = (value: Parameters<typeof schema.check>[0]) => schema.check(value, 'properties').details.map((detail) => detail.message);

describe('a schema', () => {
  test('fills in defaults within the branch that is meant, and respells words', () => {
    const { value, details } = schema.check({ name: 'a', trigger: { triggerType: 'cron', expression: '* *' } }, 'properties');
    expect(details).toEqual([]);
    expect(value).toEqual({ name: 'a', trigger: { triggerType: 'Cron', expression: '* *', timeZone: 'UTC' } });
    expect(schema.check({ name: 'a', trigger: { triggerType: 'Recurrence', interval: 1, frequency: 'WEEK' } }, '').value['trigger']).toMatchObject({ frequency: 'Week' });
  });

  test('reads booleans from words, and scalars of such a map as texts, as templates and clients send them', () => {
    const flags = compileSchema(
      Type.Object({
        on: Type.Boolean(),
        maybe: Type.Union([Type.Boolean(), Type.Null()]),
        map: Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]), { [SCALARS_AS_TEXTS]: true }),
        count: Type.Integer(),
      }),
      'keep',
    );
    expect(flags.check({ on: 'True', maybe: 'false', map: { version: 202208, isDirty: true, gone: null }, count: 1 }, '')).toEqual({
      value: { on: true, maybe: false, map: { version: '202208', isDirty: 'True', gone: null }, count: 1 },
      details: [],
    });
    expect(flags.check({ on: 'yes', maybe: null, map: {}, count: '1' }, '').details.map((detail) => detail.target)).toEqual(['on', 'count']);
  });

  test('takes null for absent, but where null is meant', () => {
    expect(schema.check({ name: 'a', trigger: { triggerType: 'Cron', expression: '' }, note: null, count: null, tags: null }, '').value).toEqual({
      name: 'a',
      trigger: { triggerType: 'Cron', expression: '', timeZone: 'UTC' },
      note: null,
    });
  });

  test('tells each mistake with its place, its value and what is accepted', () => {
    expect(messages({ name: 'A1', trigger: { triggerType: 'Recurrence', interval: 0, frequency: 'Year' }, count: 'x' })).toEqual([
      "properties.name: is 'A1'; accepted: lower-case letters.",
      'properties.trigger.interval: is 0; at least 1 is accepted.',
      "properties.trigger.frequency: is 'Year'; accepted: Day, Week.",
      "properties.count: is 'x'; an integer is accepted.",
    ]);
    expect(messages({ trigger: { triggerType: 'Moon' } })).toEqual(['properties.name: is required.', "properties.trigger.triggerType: is 'Moon'; accepted: Cron, Recurrence."]);
    expect(messages({ name: 'a', trigger: {} })).toEqual(['properties.trigger.triggerType: is missing; accepted: Cron, Recurrence.']);
    expect(messages({ name: 'a', trigger: 'soon' })).toHaveLength(1);
  });

  test('keeps what it does not know, unless it is told to refuse', () => {
    const body = { name: 'a', trigger: { triggerType: 'Cron', expression: '', extra: 1 }, other: {} };
    expect(schema.check(body, '').value).toMatchObject({ other: {}, trigger: { extra: 1 } });
    expect(
      compileSchema(Schedule, 'refuse')
        .check(body, '')
        .details.map((detail) => detail.target),
    ).toEqual(expect.arrayContaining(['other', 'trigger.extra']));
  });

  test('is not fooled by names of the prototype', () => {
    const body = JSON.parse('{"name":"a","trigger":{"triggerType":"Cron","expression":""},"__proto__":{"polluted":true},"constructor":1}');
    expect(schema.check(body, '').details).toEqual([]);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});
