// uniqueString, guid and template hashes: deterministic, equal to Azure's for the same text.
// Source: documented for guid (RFC 4122 version 5 under a fixed namespace); for uniqueString observed: a 64-bit variant of
// MurmurHash3 on two 32-bit lanes, written as 13 letters of base 32.

import { createHash } from 'node:crypto';

const GUID_NAMESPACE = Buffer.from('11fb06fb712d4ddd98c7e71bbd588830', 'hex');
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const C1 = 0x239b961b;
const C2 = 0xab0e9789;

export function uniqueString(parts: readonly string[]): string {
  let rest = murmur64(Buffer.from(parts.join('-'), 'utf8'));
  let result = '';
  for (let index = 0; index < 13; index += 1) {
    result += ALPHABET[Number((rest >> 59n) & 31n)];
    rest = (rest << 5n) & 0xffff_ffff_ffff_ffffn;
  }
  return result;
}

export function deterministicGuid(parts: readonly string[]): string {
  const bytes = createHash('sha1').update(GUID_NAMESPACE).update(parts.join('-'), 'utf8').digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Of the minified template, as a decimal number. */
export function templateHashOf(minified: string): string {
  return murmur64(Buffer.from(minified, 'utf8')).toString(10);
}

function murmur64(data: Buffer): bigint {
  let low = 0;
  let high = 0;
  const whole = data.length - (data.length % 8);
  for (let at = 0; at < whole; at += 8) {
    low = Math.imul(rotate(low ^ mixLow(data.readUInt32LE(at)), 19) + high, 5) + 0x561ccd1b;
    high = Math.imul(rotate(high ^ mixHigh(data.readUInt32LE(at + 4)), 13) + low, 5) + 0x0bcaa747;
  }
  const tail = data.length - whole;
  if (tail > 0) low ^= mixLow(data.readUIntLE(whole, Math.min(tail, 4)));
  if (tail > 4) high ^= mixHigh(data.readUIntLE(whole + 4, tail - 4));
  low ^= data.length;
  high ^= data.length;
  low = (low + high) | 0;
  high = (high + low) | 0;
  low = finish(low);
  high = finish(high);
  low = (low + high) | 0;
  high = (high + low) | 0;
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

function mixLow(block: number): number {
  return Math.imul(rotate(Math.imul(block, C1), 15), C2);
}

function mixHigh(block: number): number {
  return Math.imul(rotate(Math.imul(block, C2), 17), C1);
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

function finish(value: number): number {
  const once = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
}
