// Address ranges in CIDR notation, of both families. Source: RFC 4632, RFC 4291.

import { isIP } from 'node:net';

export interface Cidr {
  readonly text: string;
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
  /** Whether the address is the first of its range: `10.0.0.0/16` and not `10.0.0.1/16`. */
  readonly isAligned: boolean;
}

/** Undefined for what is none. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([0-9A-Fa-f.:]+)\/(\d{1,3})$/.exec(text.trim());
  const address = match?.[1] ?? '';
  const family = isIP(address);
  const bits = family === 4 ? 32 : 128;
  const length = Number(match?.[2] ?? Number.NaN);
  if ((family !== 4 && family !== 6) || !(length <= bits)) return undefined;
  const size = 1n << BigInt(bits - length);
  const value = family === 4 ? fromV4(address) : fromV6(address);
  const first = (value / size) * size;
  return { text: text.trim(), family, first, last: first + size - 1n, isAligned: first === value };
}

export function contains(outer: Cidr, inner: Cidr): boolean {
  return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/** Azure keeps the first four addresses of a subnet and the last. Undefined when all others are taken. */
export function firstFree(range: Cidr, taken: ReadonlySet<string>): string | undefined {
  for (let value = range.first + 4n; value < range.last; value += 1n) {
    const text = range.family === 4 ? toV4(value) : toV6(value);
    if (!taken.has(text)) return text;
  }
  return undefined;
}

function fromV4(address: string): bigint {
  return address.split('.').reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function toV4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.');
}

function fromV6(address: string): bigint {
  const last = address.slice(address.lastIndexOf(':') + 1);
  const tail = last.includes('.') ? fromV4(last) : undefined;
  const plain = tail === undefined ? address : `${address.slice(0, -last.length)}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`;
  const [left = '', right] = plain.split('::');
  const groups = (part: string): readonly string[] => (part === '' ? [] : part.split(':'));
  const before = groups(left);
  const after = groups(right ?? '');
  const zeros = right === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].reduce((value, group) => value * 65_536n + BigInt(`0x${group}`), 0n);
}

function toV6(value: bigint): string {
  return Array.from({ length: 8 }, (_group, index) => ((value >> BigInt(112 - index * 16)) & 0xffffn).toString(16)).join(':');
}
