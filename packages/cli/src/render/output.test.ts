// Symptom guarded: scripts that break because data came out in another form than asked for.

import { expect, test } from 'vitest';
import { formatBytes, formatSeconds, parseFormat, renderData, renderFacts, renderTable, wantsColour } from './output.ts';

const data = [
  { name: 'a', tags: { x: 1 }, note: 'one\ttwo\nthree' },
  { name: 'b', tags: {}, note: null },
];

test('writes tsv with one row an item and nothing that breaks a row', () => {
  expect(renderData(data, 'tsv')).toBe('a\t{"x":1}\tone two three\nb\t{}\t\n');
  expect(renderData('plain', 'tsv')).toBe('plain\n');
  expect(renderData([], 'tsv')).toBe('');
});

test('writes json and yaml', () => {
  expect(JSON.parse(renderData(data, 'json'))).toEqual(data);
  expect(renderData({ a: ['b'] }, 'yaml')).toBe('a:\n  - b\n');
});

test('draws tables and facts without trailing blanks', () => {
  const table = renderTable(data, [
    { title: 'Name', cell: ({ name }) => name },
    { title: 'Note', cell: ({ note }) => note?.slice(0, 3) ?? '' },
  ]);
  expect(table).toBe('Name  Note\na     one\nb');
  expect(
    renderFacts([
      ['A', '1'],
      ['Longer', 'x'],
      ['Gone', undefined],
    ]),
  ).toBe('A       1\nLonger  x\n');
});

test('gives units', () => {
  expect([0, 999, 1000, 33_800, 5e9].map(formatBytes)).toEqual(['0 B', '999 B', '1.0 kB', '33.8 kB', '5.0 GB']);
  expect([0.44, 59.94, 61, 3700].map(formatSeconds)).toEqual(['0.4 s', '59.9 s', '1 min 1 s', '1 h 1 min']);
});

test('refuses another form', () => {
  expect(() => parseFormat('xml')).toThrow(/table, json, yaml, tsv/);
});

test('colours only what people read, unless told otherwise', () => {
  expect([wantsColour({}, true), wantsColour({}, false)]).toEqual([true, false]);
  expect([wantsColour({ NO_COLOR: '1' }, true), wantsColour({ CI: 'true' }, true), wantsColour({ TERM: 'dumb' }, true)]).toEqual([false, false, false]);
  expect([wantsColour({ FORCE_COLOR: '1', CI: 'true' }, false), wantsColour({ FORCE_COLOR: '0' }, true), wantsColour({ FORCE_COLOR: '' }, true)]).toEqual([true, false, true]);
});
