import { expect, test } from 'vitest';
import { remembered } from './remembered.ts';

test('looks once for each text, also where there is no answer, within bounds', () => {
  const asked: string[] = [];
  const find = remembered(
    (text) => {
      asked.push(text);
      if (text === 'bad') throw new Error('bad');
      return text === 'none' ? undefined : text.length;
    },
    { most: 2, longest: 4 },
  );
  expect(['ab', 'ab', 'none', 'none'].map(find)).toEqual([2, 2, undefined, undefined]);
  expect(asked.splice(0)).toEqual(['ab', 'none']);
  for (let n = 0; n < 2; n += 1) expect(() => find('bad')).toThrow('bad');
  expect(['longer', 'longer'].map(find)).toEqual([6, 6]);
  expect(asked.splice(0)).toEqual(['bad', 'bad', 'longer', 'longer']);
  expect(['c', 'ab'].map(find)).toEqual([1, 2]);
  expect(asked).toEqual(['c', 'ab']);
});
