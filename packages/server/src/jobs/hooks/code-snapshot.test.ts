import { expect, test } from 'vitest';
import { ordersOf } from './code-snapshot.ts';

test('names that differ in case only are hashed in either order, others in one', () => {
  expect(ordersOf(['b.py', 'A.py', 'sub/c.py'])).toEqual([['A.py', 'b.py', 'sub/c.py']]);
  expect(ordersOf(['m.py', 'z.py', 'M.py'])).toEqual([
    ['m.py', 'M.py', 'z.py'],
    ['M.py', 'm.py', 'z.py'],
  ]);
});

test('code whose hash cannot be checked in bearable time is refused', () => {
  const pairs = Array.from({ length: 7 }, (_, n) => [`f${n}x.py`, `f${n}X.py`]).flat();
  expect(() => ordersOf(pairs)).toThrow(expect.objectContaining({ code: 'CodeNamesAmbiguous' }));
  expect(() => ordersOf(['abc', 'Abc', 'aBc', 'abC', 'ABc', 'aBC'])).toThrow(expect.objectContaining({ code: 'CodeNamesAmbiguous' }));
});
