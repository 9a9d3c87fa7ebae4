// Refusals of what a type declares that Azure takes and this server does not.

import { expect, test } from 'vitest';
import type { JsonObject } from '#kernel/json.ts';
import type { Refusal } from '../resource-type.ts';
import { checkRefusals } from './refusals.ts';

const refusals: readonly Refusal[] = [
  { at: '/build', code: 'BuildNotSupported', why: 'give an image.' },
  { at: '/parts/*/color', values: ['Green'], code: 'ColorNotSupported', why: 'Red is there.' },
];

function refused(desired: JsonObject, current?: JsonObject): readonly string[] {
  const found: string[] = [];
  checkRefusals(refusals, desired, current, (property, message, code) => void found.push(`${code ?? ''} ${property}: ${message}`));
  return found;
}

test('whatever asks for something is refused, at its place and with the reason', () => {
  expect(refused({ build: { context: 'x' }, parts: [{ color: 'Red' }, { color: 'green' }] })).toEqual([
    'BuildNotSupported /build: is not supported: give an image.',
    "ColorNotSupported /parts/1/color: 'green' is not supported: Red is there.",
  ]);
});

test('what asks for nothing, and what is stored already, is let through', () => {
  expect(refused({ build: null })).toEqual([]);
  expect(refused({ build: '' })).toEqual([]);
  expect(refused({ build: { context: 'x' } }, { build: { context: 'x' } })).toEqual([]);
});
