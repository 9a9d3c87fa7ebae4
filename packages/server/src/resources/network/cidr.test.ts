import { expect, test } from 'vitest';
import { contains, firstFree, overlaps, parseCidr } from './cidr.ts';

const range = (text: string) => {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new Error(text);
  return cidr;
};

test('ranges are read, in both families', () => {
  expect(range('10.0.0.0/16')).toMatchObject({ family: 4, first: 167_772_160n, last: 167_837_695n, isAligned: true });
  expect(range('10.0.0.1/16').isAligned).toBe(false);
  expect(range('fd00:1::/64')).toMatchObject({ family: 6, isAligned: true });
  expect(range('::ffff:10.0.0.0/112').isAligned).toBe(true);
  for (const bad of ['', '10.0.0.0', '10.0.0/8', '10.0.0.0/33', 'fd00::/129', 'x/8', '300.0.0.0/8']) expect(parseCidr(bad)).toBeUndefined();
});

test('one holds another, or they overlap, or neither', () => {
  expect(contains(range('10.0.0.0/16'), range('10.0.1.0/24'))).toBe(true);
  expect(contains(range('10.0.0.0/16'), range('10.1.0.0/24'))).toBe(false);
  expect(contains(range('::/0'), range('10.0.0.0/8'))).toBe(false);
  expect(overlaps(range('10.0.0.0/23'), range('10.0.1.0/24'))).toBe(true);
  expect(overlaps(range('10.0.0.0/24'), range('10.0.1.0/24'))).toBe(false);
});

test('the first free address leaves out the four that Azure keeps, and the last', () => {
  expect(firstFree(range('10.0.1.0/29'), new Set())).toBe('10.0.1.4');
  expect(firstFree(range('10.0.1.0/29'), new Set(['10.0.1.4']))).toBe('10.0.1.5');
  expect(firstFree(range('10.0.1.0/29'), new Set(['10.0.1.4', '10.0.1.5', '10.0.1.6']))).toBeUndefined();
  expect(firstFree(range('fd00::/64'), new Set())).toBe('fd00:0:0:0:0:0:0:4');
});
