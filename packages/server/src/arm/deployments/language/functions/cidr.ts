// Functions of address ranges, IPv4 and IPv6. Source: Azure template functions, CIDR.

import { isIP } from 'node:net';
import type { Json } from '#kernel/json.ts';
import { type Call, type TemplateFunction } from '../call.ts';

export const cidrFunctions: Readonly<Record<string, TemplateFunction>> = {
  parseCidr: { args: [1, 1], run: parse },
  cidrSubnet: { args: [3, 3], run: subnet },
  cidrHost: { args: [2, 2], run: host },
};

interface Range {
  readonly base: bigint;
  readonly prefix: number;
  readonly width: 32 | 128;
}

function rangeOf(call: Call): Range {
  const text = call.string(0);
  const [address = '', length = ''] = text.split('/');
  const version = isIP(address);
  const width = version === 6 ? 128 : 32;
  if (version === 0 || !/^\d{1,3}$/.test(length) || Number(length) > width) throw call.fail(`was given '${text.slice(0, 60)}', which is not an address range such as 10.0.0.0/16`);
  const prefix = Number(length);
  const value = version === 6 ? parseSix(address) : parseFour(address);
  return { base: (value >> BigInt(width - prefix)) << BigInt(width - prefix), prefix, width };
}

function parse(call: Call): Json {
  const { base, prefix, width } = rangeOf(call);
  const size = 1n << BigInt(width - prefix);
  const last = base + size - 1n;
  const isSmall = width - prefix < 2;
  const common = { network: write(base, width), netmask: write(((1n << BigInt(prefix)) - 1n) << BigInt(width - prefix), width) };
  if (width === 128) return { ...common, firstUsable: write(base, width), lastUsable: write(last, width), cidr: prefix };
  return { ...common, broadcast: write(last, width), firstUsable: write(isSmall ? base : base + 1n, width), lastUsable: write(isSmall ? last : last - 1n, width), cidr: prefix };
}

function subnet(call: Call): Json {
  const { base, prefix, width } = rangeOf(call);
  const wanted = call.integer(1);
  const index = call.integer(2);
  if (wanted < prefix || wanted > width) throw call.fail(`was asked for /${wanted} inside a range of /${prefix}; ${prefix} to ${width} are accepted`);
  const count = 1n << BigInt(wanted - prefix);
  if (index < 0 || BigInt(index) >= count) throw call.fail(`was asked for subnet ${index}; the range holds ${count} of /${wanted}`);
  return `${write(base + (BigInt(index) << BigInt(width - wanted)), width)}/${wanted}`;
}

/** Azure: host 0 is the first usable address. */
function host(call: Call): Json {
  const { base, prefix, width } = rangeOf(call);
  const index = call.integer(1);
  const isSmall = width - prefix < 2;
  const first = isSmall || width === 128 ? base : base + 1n;
  const usable = (1n << BigInt(width - prefix)) - (isSmall || width === 128 ? 0n : 2n);
  if (index < 0 || BigInt(index) >= usable) throw call.fail(`was asked for host ${index}; the range has ${usable} usable addresses`);
  return write(first + BigInt(index), width);
}

function parseFour(address: string): bigint {
  return address.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseSix(address: string): bigint {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  const four = dotted === null ? 0n : parseFour(dotted[2] ?? '0.0.0.0');
  const text = dotted === null ? address : `${dotted[1] ?? ''}${(four >> 16n).toString(16)}:${(four & 0xffffn).toString(16)}`;
  const [head = '', tail] = text.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const all = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right];
  return all.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function write(value: bigint, width: 32 | 128): string {
  if (width === 32) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.');
  const groups = Array.from({ length: 8 }, (_group, index) => ((value >> BigInt(112 - index * 16)) & 0xffffn).toString(16));
  // Why: the URL parser writes addresses of version 6 in their shortest form.
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}
