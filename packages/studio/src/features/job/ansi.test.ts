import { expect, test } from 'vitest';
import { ansiSpans, plainText } from './ansi.ts';

const ESC = '\u001b';

test('colours begin and end where the sequences say', () => {
  expect(ansiSpans(`a ${ESC}[1;31mred${ESC}[0m b`)).toEqual([{ text: 'a ' }, { text: 'red', color: 1, isBold: true }, { text: ' b' }]);
  expect(ansiSpans(`${ESC}[92mok${ESC}[39m.`)).toEqual([{ text: 'ok', color: 10 }, { text: '.' }]);
});

test('256 and 24-bit colours come near, backgrounds are skipped with their parameters', () => {
  expect(ansiSpans(`${ESC}[38;5;196mx`)).toEqual([{ text: 'x', color: 9 }]);
  expect(ansiSpans(`${ESC}[38;2;0;160;0mx`)).toEqual([{ text: 'x', color: 2 }]);
  expect(ansiSpans(`${ESC}[48;5;31mx`)).toEqual([{ text: 'x' }]);
});

test('cursor movements, titles and links leave nothing behind', () => {
  expect(plainText(`${ESC}[2K${ESC}[1Gdone ${ESC}]0;title\u0007${ESC}]8;;https://x${ESC}\\link${ESC}]8;;${ESC}\\`)).toBe('done link');
});

test('a sequence that was cut off shows as it is and does not hang', () => {
  expect(
    ansiSpans(`a${ESC}[3`)
      .map((span) => span.text)
      .join(''),
  ).toContain('a');
});
