import { expect, test } from 'vitest';
import { formatJobSearch, isFiltered, parseJobSearch } from './job-search.ts';

const round = (text: string): string => formatJobSearch(parseJobSearch(new URLSearchParams(text))).toString();

test('an address survives the way there and back', () => {
  for (const text of ['', 'status=Running&status=Failed', 'text=a%25+b&experiment=cancer', 'createdBy=Ada&compute=cpu&sort=name%3Aasc', 'sort=created%3Aasc']) expect(round(text)).toBe(text);
});

test('the default order and unknown orders leave no trace', () => {
  expect(round('sort=created:desc')).toBe('');
  expect(round('sort=colour:asc')).toBe('');
});

test('an order alone is not a filter', () => {
  expect(isFiltered(parseJobSearch(new URLSearchParams('sort=name:asc')))).toBe(false);
  expect(isFiltered(parseJobSearch(new URLSearchParams('status=Failed')))).toBe(true);
});
