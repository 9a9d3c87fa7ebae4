import { expect, test } from 'vitest';
import { eventParser } from './event-stream.ts';

test('events arrive whole however the bytes were cut; comments are nothing', () => {
  const parse = eventParser();
  expect(parse('retry: 1000\nevent: hel')).toEqual([]);
  expect(parse('lo\ndata: {}\n')).toEqual([]);
  expect(parse('\n: still here\n\nevent: change\ndata: {"topic":"log"}\n\n')).toEqual([
    { event: 'hello', data: '{}' },
    { event: 'change', data: '{"topic":"log"}' },
  ]);
});
