// JSON pointers into properties, with `*` for every member of an object or list. Nothing here changes its argument.

import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';
import { remembered } from '#kernel/remembered.ts';

export interface Selected {
  readonly pointer: string;
  readonly value: Json;
}

/** Concrete pointers of what is there, with their values. */
export function selectPointers(value: Json | undefined, pointer: string): readonly Selected[] {
  const found: Selected[] = [];
  select(value, segmentsOf(pointer), 0, '', found);
  return found;
}

function select(value: Json | undefined, path: readonly string[], depth: number, at: string, found: Selected[]): void {
  if (value === undefined) return;
  const head = path[depth];
  if (head === undefined) found.push({ pointer: at, value });
  else for (const name of head === '*' ? memberNames(value) : [head]) select(memberOf(value, name), path, depth + 1, `${at}/${escape(name)}`, found);
}

/** A copy without what the pointer selects. */
export function removePointer(value: JsonObject, pointer: string): JsonObject {
  const removed = remove(value, segmentsOf(pointer));
  return isJsonObject(removed) ? removed : {};
}

/** A copy with the value at the concrete pointer; enclosing objects are made only when `make` says so. */
export function setPointer(value: JsonObject, pointer: string, member: Json, make: boolean): JsonObject {
  const set = put(value, segmentsOf(pointer), member, make);
  return isJsonObject(set) ? set : value;
}

/** `/scaleSettings/maxNodeCount` as `scaleSettings.maxNodeCount`. */
export function dotted(pointer: string): string {
  return segmentsOf(pointer).join('.');
}

function remove(value: Json | undefined, path: readonly string[]): Json | undefined {
  const [head, ...rest] = path;
  if (head === undefined) return undefined;
  if (Array.isArray(value)) return value.map((item: Json, index) => (head === '*' || head === String(index) ? (remove(item, rest) ?? null) : item));
  if (!isJsonObject(value)) return value;
  const names = head === '*' ? Object.keys(value) : Object.hasOwn(value, head) ? [head] : [];
  if (names.length === 0) return value;
  const copy: Record<string, Json | undefined> = { ...value };
  for (const name of names) {
    const left = remove(copy[name], rest);
    if (left === undefined) delete copy[name];
    else copy[name] = left;
  }
  return copy;
}

function put(value: Json | undefined, path: readonly string[], member: Json, make: boolean): Json | undefined {
  const [head, ...rest] = path;
  if (head === undefined) return member;
  if (Array.isArray(value)) return value.map((item: Json, index) => (String(index) === head ? (put(item, rest, member, make) ?? null) : item));
  if (!isJsonObject(value)) return make && value === undefined ? put({}, path, member, make) : value;
  const below = put(value[head], rest, member, make);
  return below === undefined ? value : { ...value, [head]: below };
}

/** Those of types are few, and asked for at every write. */
const segmentsOf = remembered(parse);

function parse(pointer: string): readonly string[] {
  return pointer === ''
    ? []
    : pointer
        .slice(1)
        .split('/')
        .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function escape(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  if (Array.isArray(value)) return value[Number(name)];
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function memberNames(value: Json | undefined): readonly string[] {
  if (Array.isArray(value)) return value.map((_item, index) => String(index));
  return isJsonObject(value) ? Object.keys(value) : [];
}
