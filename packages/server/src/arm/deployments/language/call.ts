// Call: one call of a template function: its arguments with their types checked, and the faults that name it.

import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';
import type { Fault } from '#kernel/faults.ts';
import { invalidTemplate } from './faults.ts';
import { Lambda, type Scope, type Value } from './scope.ts';

export interface TemplateFunction {
  /** Fewest and most arguments. */
  readonly args: readonly [number, number];
  run(call: Call): Json;
}

export class Call {
  readonly name: string;
  readonly values: readonly Value[];
  readonly scope: Scope;
  readonly #apply: (lambda: Lambda, args: readonly Json[]) => Json;

  constructor(name: string, values: readonly Value[], scope: Scope, apply: (lambda: Lambda, args: readonly Json[]) => Json) {
    this.name = name;
    this.values = values;
    this.scope = scope;
    this.#apply = apply;
  }

  get length(): number {
    return this.values.length;
  }

  fail(message: string): Fault {
    return invalidTemplate(`the template function '${this.name}' ${message}. Please see https://aka.ms/arm-functions for usage details`);
  }

  #expected(index: number, what: string): Fault {
    return this.fail(`expects its parameter ${index + 1} to be ${what}, but received ${describe(this.values[index])}`);
  }

  any(index: number): Json {
    const value = this.values[index];
    if (value === undefined) throw this.fail(`lacks its parameter ${index + 1}`);
    if (value instanceof Lambda) throw this.#expected(index, 'a value');
    return value;
  }

  all(): readonly Json[] {
    return this.values.map((_value, index) => this.any(index));
  }

  string(index: number): string {
    const value = this.any(index);
    if (typeof value !== 'string') throw this.#expected(index, 'a string');
    return value;
  }

  stringOr(index: number, usual: string): string {
    return this.length > index ? this.string(index) : usual;
  }

  /** A string, or what writes as one: numbers and booleans. */
  text(index: number): string {
    const value = this.any(index);
    if (typeof value === 'number' || typeof value === 'boolean') return textOf(value);
    return this.string(index);
  }

  integer(index: number): number {
    const value = this.any(index);
    if (typeof value !== 'number' || !Number.isInteger(value)) throw this.#expected(index, 'an integer');
    return value;
  }

  integerOr(index: number, usual: number): number {
    return this.length > index ? this.integer(index) : usual;
  }

  boolean(index: number): boolean {
    const value = this.any(index);
    if (typeof value !== 'boolean') throw this.#expected(index, 'a boolean');
    return value;
  }

  array(index: number): readonly Json[] {
    const value = this.any(index);
    if (!isArray(value)) throw this.#expected(index, 'an array');
    return value;
  }

  object(index: number): JsonObject {
    const value = this.any(index);
    if (!isJsonObject(value)) throw this.#expected(index, 'an object');
    return value;
  }

  lambda(index: number, parameters: readonly number[]): (...args: readonly Json[]) => Json {
    const value = this.values[index];
    if (!(value instanceof Lambda)) throw this.#expected(index, 'a lambda');
    if (!parameters.includes(value.parameters.length)) throw this.fail(`expects a lambda of ${parameters.join(' or ')} variables, but received one of ${value.parameters.length}`);
    return (...args) => this.#apply(value, args.slice(0, value.parameters.length));
  }

  /** Counts what a result holds against the bounds of the template. */
  made<T extends Json>(result: T): T {
    if (typeof result === 'string') this.scope.meter.spend(result.length >> 4);
    else if (isArray(result)) this.scope.meter.spend(result.length);
    return result;
  }
}

export function isArray(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/** A value as Azure writes it into a string. */
export function textOf(value: Json): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value === null) return '';
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

export function describe(value: Value | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value instanceof Lambda) return 'a lambda';
  if (isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? 'a string' : typeof value === 'boolean' ? 'a boolean' : Number.isInteger(value) ? 'an integer' : 'a number';
}

/** A member by name: as written, else in any letter case. */
export function memberOf(object: JsonObject, name: string): Json | undefined {
  if (Object.hasOwn(object, name)) return object[name];
  const lower = name.toLowerCase();
  const key = Object.keys(object).find((candidate) => candidate.toLowerCase() === lower);
  return key === undefined ? undefined : object[key];
}
