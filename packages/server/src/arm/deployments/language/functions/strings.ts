// Functions of strings. Source: Azure template functions, string.

import type { Json } from '#kernel/json.ts';
import { type Call, isArray, type TemplateFunction, textOf } from '../call.ts';
import { deterministicGuid, uniqueString } from '../hashes.ts';
import { formatText } from '../format.ts';

const MAX_PAD = 16_384;

export const stringFunctions: Readonly<Record<string, TemplateFunction>> = {
  base64: { args: [1, 1], run: (call) => call.made(Buffer.from(call.string(0), 'utf8').toString('base64')) },
  base64ToString: { args: [1, 1], run: (call) => decode(call, call.string(0)) },
  base64ToJson: { args: [1, 1], run: (call) => parseJson(call, decode(call, call.string(0))) },
  dataUri: { args: [1, 1], run: (call) => `data:text/plain;charset=utf8;base64,${Buffer.from(call.text(0), 'utf8').toString('base64')}` },
  dataUriToString: { args: [1, 1], run: dataUriToString },
  endsWith: { args: [2, 2], run: (call) => call.string(0).toLowerCase().endsWith(call.string(1).toLowerCase()) },
  startsWith: { args: [2, 2], run: (call) => call.string(0).toLowerCase().startsWith(call.string(1).toLowerCase()) },
  format: { args: [1, 512], run: (call) => call.made(formatText(call.string(0), call.all().slice(1), (message) => call.fail(message))) },
  guid: { args: [1, 512], run: (call) => deterministicGuid(call.values.map((_value, index) => call.text(index))) },
  uniqueString: { args: [1, 512], run: (call) => uniqueString(call.values.map((_value, index) => call.text(index))) },
  newGuid: { args: [0, 0], run: (call) => impure(call).guid() },
  join: { args: [2, 2], run: (call) => call.made(call.array(0).map(textOf).join(call.string(1))) },
  json: { args: [1, 1], run: (call) => parseJson(call, call.string(0)) },
  padLeft: { args: [2, 3], run: padLeft },
  replace: { args: [3, 3], run: (call) => (call.string(1) === '' ? call.string(0) : call.made(call.string(0).replaceAll(call.string(1), () => call.string(2)))) },
  split: { args: [2, 2], run: split },
  string: { args: [1, 1], run: (call) => call.made(stringOf(call.any(0))) },
  substring: { args: [2, 3], run: substring },
  toLower: { args: [1, 1], run: (call) => call.string(0).toLowerCase() },
  toUpper: { args: [1, 1], run: (call) => call.string(0).toUpperCase() },
  trim: { args: [1, 1], run: (call) => call.string(0).trim() },
};

function impure(call: Call) {
  const { impure: source } = call.scope;
  if (source === undefined) throw call.fail('is not expected at this location: it may only be used in the default value of a parameter');
  return source;
}

function decode(call: Call, text: string): string {
  if (!/^[A-Za-z0-9+/=\s]*$/.test(text)) throw call.fail('was given a text that is not base64');
  return call.made(Buffer.from(text, 'base64').toString('utf8'));
}

function parseJson(call: Call, text: string): Json {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    // Azure: the text may be a JSON string without its quotes only when it is a word of JSON; anything else is refused.
    throw call.fail(`was given a text that is not JSON: '${text.slice(0, 60)}'`);
  }
}

function dataUriToString(call: Call): Json {
  const [, isBase64, data] = /^data:[^,]*?(;base64)?,([\s\S]*)$/i.exec(call.string(0)) ?? [];
  if (data === undefined) throw call.fail('was given a text that is not a data URI');
  if (isBase64 !== undefined) return decode(call, data);
  try {
    return decodeURIComponent(data);
  } catch {
    throw call.fail('was given a data URI with malformed percent-encoding');
  }
}

function padLeft(call: Call): Json {
  const width = call.integer(1);
  if (width < 0 || width > MAX_PAD) throw call.fail(`was asked for ${width} characters; 0 to ${MAX_PAD} are accepted`);
  const pad = call.stringOr(2, ' ');
  if (pad.length !== 1) throw call.fail('expects one character to pad with');
  return call.made(call.text(0).padStart(width, pad));
}

function split(call: Call): Json {
  const delimiters = call.any(1);
  const all = isArray(delimiters) ? delimiters.map(textOf) : [call.string(1)];
  let parts: readonly string[] = [call.string(0)];
  for (const delimiter of all.filter((word) => word !== '')) parts = parts.flatMap((part) => part.split(delimiter));
  return call.made(parts);
}

function substring(call: Call): Json {
  const text = call.string(0);
  const start = call.integer(1);
  const count = call.integerOr(2, text.length - start);
  if (start < 0 || count < 0 || start + count > text.length)
    throw call.fail(`has parameters that are out of range: index ${start} and length ${count} must refer to a location within the string, which has ${text.length} characters`);
  return text.slice(start, start + count);
}

function stringOf(value: Json): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : textOf(value);
}
