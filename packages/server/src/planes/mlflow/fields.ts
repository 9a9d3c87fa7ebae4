// Fields of a request: JSON body or query, read by name with the conversions of MLflow.
// Source: contracts/mlflow.md §1.2.

import { Fault } from '#kernel/faults.ts';
import { isJsonObject } from '#kernel/json.ts';
import { quote } from '#tracking/faults.ts';

const NUMBER_WORDS: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #prefix: string;

  constructor(values: Readonly<Record<string, unknown>>, prefix = '') {
    this.#values = values;
    this.#prefix = prefix;
  }

  /** From a body that must be an object; nothing counts as an empty one. */
  static ofBody(body: unknown): Fields {
    if (body === undefined || body === null) return new Fields({});
    if (!isJsonObject(body)) throw new Fault('invalid', 'InvalidParameterValue', `The body must be a JSON object, not ${quote(body)}.`);
    return new Fields(body);
  }

  /** From a query; a repeated name is a list. */
  static ofQuery(query: URLSearchParams): Fields {
    const values: Record<string, unknown> = {};
    for (const name of new Set(query.keys())) {
      const all = query.getAll(name);
      values[name] = all.length === 1 ? all[0] : all;
    }
    return new Fields(values);
  }

  has(name: string): boolean {
    return this.#value(name) !== undefined;
  }

  text(name: string): string | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    // Why: PostgreSQL text cannot hold NUL.
    if (typeof value !== 'string' || value.includes('\u0000')) return this.#invalid(name, value, 'it must be a string without NUL characters');
    return value;
  }

  needText(name: string): string {
    return this.text(name) || this.#missing(name);
  }

  /** The run a request is about, under its new or its old name. */
  needRunId(): string {
    return this.text('run_id') || this.text('run_uuid') || this.#missing('run_id');
  }

  int(name: string): number | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number)) return this.#invalid(name, value, 'it must be a whole number');
    return number;
  }

  needInt(name: string): number {
    return this.int(name) ?? this.#missing(name);
  }

  needNumber(name: string): number {
    const value = this.#value(name);
    if (value === undefined) return this.#missing(name);
    if (typeof value === 'number') return value;
    if (typeof value === 'boolean') return value ? 1 : 0;
    if (typeof value === 'string') {
      const word = NUMBER_WORDS.get(value);
      if (word !== undefined) return word;
      if (DECIMAL.test(value)) return Number(value);
    }
    return this.#invalid(name, value, `it must be a number, "NaN", "Infinity" or "-Infinity"`);
  }

  bool(name: string): boolean | undefined {
    const value = this.#value(name);
    if (value === undefined || typeof value === 'boolean') return value;
    if (value === 'true') return true;
    if (value === 'false') return false;
    return this.#invalid(name, value, 'it must be true or false');
  }

  texts(name: string): readonly string[] {
    return this.#list(name).map((value) => {
      if (typeof value !== 'string' || value.includes('\u0000')) return this.#invalid(name, this.#value(name), 'it must be a list of strings');
      return value;
    });
  }

  /** Members of a list of objects. */
  objects(name: string): readonly Fields[] {
    return this.#list(name).map((value, i) => {
      if (!isJsonObject(value)) return this.#invalid(name, this.#value(name), 'it must be a list of objects');
      return new Fields(value, `${this.#prefix}${name}[${i}].`);
    });
  }

  needObject(name: string): Fields {
    const value = this.#value(name);
    if (value === undefined) return this.#missing(name);
    if (!isJsonObject(value)) return this.#invalid(name, value, 'it must be an object');
    return new Fields(value, `${this.#prefix}${name}.`);
  }

  /** One of the words, given by name or by number (its position, from 1). */
  word<W extends string>(name: string, words: readonly W[]): W | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    const word = words.find((known, i) => known === value || i + 1 === value || String(i + 1) === value);
    return word ?? this.#invalid(name, value, `it must be one of ${words.join(', ')}`);
  }

  needWord<W extends string>(name: string, words: readonly W[]): W {
    return this.word(name, words) ?? this.#missing(name);
  }

  /** `key` and `value` pairs; a missing value is empty. */
  pairs(name: string): readonly { readonly key: string; readonly value: string }[] {
    return this.objects(name).map((item) => ({ key: item.needText('key'), value: item.text('value') ?? '' }));
  }

  #value(name: string): unknown {
    const value = Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
    return value === null ? undefined : value;
  }

  #list(name: string): readonly unknown[] {
    const value = this.#value(name);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    if (typeof value === 'string') return [value];
    return this.#invalid(name, value, 'it must be a list');
  }

  #missing(name: string): never {
    const path = `${this.#prefix}${name}`;
    throw new Fault('invalid', 'InvalidParameterValue', `Missing value for required parameter '${path}'. Give it a value that is not empty.`, { target: path });
  }

  #invalid(name: string, value: unknown, expected: string): never {
    const path = `${this.#prefix}${name}`;
    throw new Fault('invalid', 'InvalidParameterValue', `Invalid value ${quote(value)} for parameter '${path}' supplied: ${expected}.`, { target: path });
  }
}
