// The body of a change of a run's metadata. Members that a job does not have are refused by name.

import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';
import type { RunMetadataChange } from './ports.ts';

/** Members that name the run or say nothing. */
const IGNORED = new Set(['runId', 'name', 'experimentId']);

/** Throws `invalid`. Members that are null are left out, as clients mean them. */
export function parseRunChange(body: unknown): RunMetadataChange {
  if (!isJsonObject(body)) throw new Fault('invalid', 'InvalidRequestBody', 'The body is not a JSON object with displayName, description, tags, properties or hidden.');
  const change: { -readonly [K in keyof RunMetadataChange]: RunMetadataChange[K] } = {};
  for (const [name, value] of Object.entries(body)) {
    if (value === null || value === undefined || IGNORED.has(name)) continue;
    if (name === 'displayName' || name === 'description') change[name] = textOf(name, value);
    else if (name === 'hidden') change.isArchived = flagOf(name, value);
    else if (name === 'tags' || name === 'properties') change[name] = textsOf(name, value);
    else throw new Fault('notImplemented', 'NotImplemented', `Changing ${name} of a run is not supported; displayName, description, tags, properties and hidden are.`, { target: name });
  }
  return change;
}

function textOf(name: string, value: Json): string {
  if (typeof value === 'string' && value.length <= 8192) return value;
  throw new Fault('invalid', 'InvalidRequestBody', `${name} is not a text of up to 8192 characters.`, { target: name });
}

function flagOf(name: string, value: Json): boolean {
  if (typeof value === 'boolean') return value;
  throw new Fault('invalid', 'InvalidRequestBody', `${name} is ${JSON.stringify(value)}; true and false are accepted.`, { target: name });
}

function textsOf(name: string, value: Json): Readonly<Record<string, string>> {
  const entries = isJsonObject(value) ? Object.entries(value satisfies JsonObject).filter(([, text]) => text !== null) : undefined;
  if (entries?.every((entry): entry is [string, string] => typeof entry[1] === 'string')) return Object.fromEntries(entries);
  throw new Fault('invalid', 'InvalidRequestBody', `${name} is not an object of texts.`, { target: name });
}
