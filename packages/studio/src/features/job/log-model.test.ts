import { expect, test } from 'vitest';
import { LogModel } from './log-model.ts';

const encoder = new TextEncoder();

function modelOf(...parts: readonly string[]): LogModel {
  const model = new LogModel();
  for (const part of parts) model.append(encoder.encode(part));
  return model;
}

test('lines are whole however the bytes were cut', () => {
  const model = modelOf('one\ntw', 'o\nthr', 'ee');
  expect(model.lineCount).toBe(3);
  expect([0, 1, 2, 3].map((index) => model.line(index))).toEqual(['one', 'two', 'three', '']);
  expect(model.sizeBytes).toBe(13);
});

test('a character cut in two is one character', () => {
  const bytes = encoder.encode('naïve ✓\n');
  const model = new LogModel();
  for (const byte of bytes) model.append(Uint8Array.of(byte));
  expect(model.line(0)).toBe('naïve ✓');
});

test('a progress bar is its last state; CR LF is a line end', () => {
  const model = modelOf('0%\r50%\r100%\nplain\r\n 10%\r 20%');
  expect([0, 1, 2].map((index) => model.line(index))).toEqual(['100%', 'plain', ' 20%']);
});

test('empty lines count and a newline at the end adds none', () => {
  const model = modelOf('\n\na\n');
  expect(model.lineCount).toBe(3);
  expect(model.line(2)).toBe('a');
});

test('search ignores case and colours, and goes on from a line', () => {
  const model = modelOf('Loss 1\nnothing\n\u001b[31mlo\u001b[0mss 2\n', 'LOSS 3');
  expect(model.find('loss')).toEqual([0, 2, 3]);
  expect(model.find('loss', 1)).toEqual([2, 3]);
  expect(model.find('loss', 0, 1)).toEqual([0]);
  expect(model.find('')).toEqual([]);
});

test('a million lines are reached by number', () => {
  const model = new LogModel();
  for (let block = 0; block < 100; block += 1) model.append(encoder.encode(Array.from({ length: 10_000 }, (_, i) => `line ${block * 10_000 + i}\n`).join('')));
  expect(model.lineCount).toBe(1_000_000);
  expect(model.line(765_432)).toBe('line 765432');
  expect(model.find('line 999999')).toEqual([999_999]);
});
