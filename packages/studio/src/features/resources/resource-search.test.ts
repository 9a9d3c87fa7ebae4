import { expect, test } from 'vitest';
import { formatResourceSearch, isNarrowed, parseResourceSearch } from './resource-search.ts';

test('a search survives the address, and what the server cannot sort by is not asked', () => {
  const address = 'type=A.B%2Fc&type=A.B%2Fd&text=x+y&group=g&tag=team%3Dml&sort=changed%3Aasc';
  expect(formatResourceSearch(parseResourceSearch(new URLSearchParams(address))).toString()).toBe(address);
  expect(parseResourceSearch(new URLSearchParams('sort=colour:up')).sorting).toEqual({ column: 'created', isDescending: true });
  expect(formatResourceSearch({ ...parseResourceSearch(new URLSearchParams()), sorting: { column: 'name', isDescending: true } }).get('sort')).toBe('name:asc');
  expect([isNarrowed(parseResourceSearch(new URLSearchParams())), isNarrowed(parseResourceSearch(new URLSearchParams('tag=a')))]).toEqual([false, true]);
});
