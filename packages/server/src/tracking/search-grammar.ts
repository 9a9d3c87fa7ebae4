// The search language of MLflow: `metrics.loss < 0.1 AND tags."team name" ILIKE 'a%'`, and order_by items.
// Parsed to conditions; storage turns those into SQL with parameters, model-search evaluates them in memory.
// Source: contracts/mlflow.md §3, §6, §7.4, §8.
//
//   filter     = comparison { AND comparison }
//   comparison = [ entity "." ] key comparator value         entity-less keys are attributes
//   key        = bare | "quoted" | `quoted`                  value = number | 'text' | ( 'text', ... )

import type { Comparator, Condition, Order, SearchEntity } from '#storage/search-sql.ts';
import { invalidParameter, quote } from './faults.ts';
import { type Token, tokenize } from './search-tokens.ts';
import { ORDERED, type Vocabulary } from './search-vocabulary.ts';

interface Key {
  readonly entity: SearchEntity;
  readonly key: string;
  readonly isNumber: boolean;
  readonly comparators: readonly Comparator[];
}

/** Conditions of a filter; none for an empty one. Throws `invalid`/`InvalidParameterValue` for text outside the grammar. */
export function parseFilter(text: string, vocabulary: Vocabulary): readonly Condition[] {
  const tokens = tokenize(text);
  const conditions: Condition[] = [];
  let at = 0;
  const fail = (message: string): never => {
    throw invalidParameter(`Invalid filter ${quote(text)}: ${message}`, 'filter');
  };
  const word = (offset = 0): string => {
    const token = tokens[at + offset];
    return token?.kind === 'bare' ? token.text.toUpperCase() : '';
  };
  while (at < tokens.length) {
    if (conditions.length > 0) {
      if (word() === 'OR') fail('comparisons can be joined by AND only, not by OR.');
      if (word() !== 'AND') fail(`expected AND before ${quote(tokens[at]?.text)}.`);
      at += 1;
    }
    const [key, afterKey] = readKey(tokens, at, vocabulary, fail);
    at = afterKey;
    const comparator = readComparator();
    if (!key.comparators.includes(comparator)) {
      fail(`${describe(key)} cannot be compared with ${comparator}; use one of ${key.comparators.join(', ')}.`);
    }
    conditions.push({ entity: key.entity, key: key.key, comparator, value: readValue(key, comparator) });
  }
  return conditions;

  function readComparator(): Comparator {
    const token = tokens[at];
    if (token?.kind === 'operator') {
      at += 1;
      const comparator = ORDERED.find((known) => known === token.text);
      return comparator ?? fail(`${quote(token.text)} is no comparison operator.`);
    }
    for (const known of ['LIKE', 'ILIKE', 'IN', 'NOT IN', 'IS NULL', 'IS NOT NULL'] as const) {
      const parts = known.split(' ');
      if (parts.every((part, i) => word(i) === part)) {
        at += parts.length;
        return known;
      }
    }
    return fail(token === undefined ? 'it ends where a comparison operator was expected.' : `expected a comparison operator at ${quote(token.text)}.`);
  }

  function readValue(key: Key, comparator: Comparator): Condition['value'] {
    if (comparator === 'IS NULL' || comparator === 'IS NOT NULL') return '';
    if (comparator === 'IN' || comparator === 'NOT IN') return readList();
    const token = tokens[at];
    at += 1;
    if (token === undefined) return fail('it ends where a value was expected.');
    if (key.isNumber) {
      const number = token.kind === 'bare' ? Number(token.text) : Number.NaN;
      if (!Number.isFinite(number)) fail(`${describe(key)} is compared with a number, not with ${quote(token.text)}.`);
      return number;
    }
    if (token.kind !== 'text' && token.kind !== 'name') fail(`${describe(key)} is compared with a quoted string; ${quote(token.text)} is not one.`);
    return token.text;
  }

  function readList(): readonly string[] {
    const values: string[] = [];
    const expect = (mark: string): void => {
      if (tokens[at]?.kind !== 'mark' || tokens[at]?.text !== mark) fail(`IN is followed by a list of quoted strings in parentheses, such as ('a', 'b').`);
      at += 1;
    };
    expect('(');
    for (;;) {
      const token = tokens[at];
      if (token === undefined || (token.kind !== 'text' && token.kind !== 'name')) return fail(`a list of IN holds quoted strings separated by commas.`);
      values.push(token.text);
      at += 1;
      if (tokens[at]?.text === ',' && tokens[at]?.kind === 'mark') at += 1;
      else break;
    }
    expect(')');
    return values;
  }
}

/** Items of `order_by`: `metrics.loss DESC`, `start_time`. Throws like parseFilter. */
export function parseOrders(items: readonly string[], vocabulary: Vocabulary): readonly Order[] {
  const seen = new Set<string>();
  return items.map((text) => {
    const fail = (message: string): never => {
      throw invalidParameter(`Invalid order_by ${quote(text)}: ${message}`, 'order_by');
    };
    const tokens = tokenize(text);
    const [key, at] = readKey(tokens, 0, vocabulary, fail);
    const last = tokens[at];
    const direction = last?.kind === 'bare' ? last.text.toUpperCase() : '';
    if (tokens.length > at + 1 || (last !== undefined && direction !== 'ASC' && direction !== 'DESC')) fail('a key may be followed by ASC or DESC and nothing else.');
    const isAllowed = key.entity === 'attribute' ? vocabulary.orderAttributes.includes(key.key) : vocabulary.orderEntities.includes(key.entity);
    if (!isAllowed) fail(`${describe(key)} does not order this search; ${vocabulary.orderAttributes.join(', ')} do${vocabulary.orderEntities.map((e) => `, ${e}s`).join('')}.`);
    const name = `${key.entity} ${key.key}`;
    if (seen.has(name)) fail('the key is there twice.');
    seen.add(name);
    return { entity: key.entity, key: key.key, isAscending: direction !== 'DESC' };
  });
}

function readKey(tokens: readonly Token[], at: number, vocabulary: Vocabulary, fail: (message: string) => never): readonly [Key, number] {
  const first = tokens[at];
  if (first === undefined) return fail('it ends where a key was expected.');
  if (first.kind === 'name' || first.kind === 'text') return [attributeKey(first.text, vocabulary, fail), at + 1];
  if (first.kind !== 'bare') {
    return fail(first.text === '(' ? 'parentheses are accepted only around the list of IN.' : `expected a key at ${quote(first.text)}.`);
  }
  const dot = first.text.indexOf('.');
  if (dot < 0) return [attributeKey(first.text, vocabulary, fail), at + 1];
  const entity = ownMember(vocabulary.entities, first.text.slice(0, dot));
  if (entity === undefined) return fail(`${quote(first.text.slice(0, dot))} is nothing that can be searched; ${Object.keys(vocabulary.entities).join(', ')} are.`);
  let key = first.text.slice(dot + 1);
  let next = at + 1;
  if (key === '') {
    const quoted = tokens[next];
    if (quoted === undefined || quoted.kind !== 'name') return fail(`expected a key after ${quote(first.text)}.`);
    key = quoted.text;
    next += 1;
  }
  if (entity === 'attribute') return [attributeKey(key, vocabulary, fail), next];
  if (entity === 'dataset' && !['name', 'digest', 'context'].includes(key)) return fail(`a dataset is searched by name, digest or context, not by ${quote(key)}.`);
  return [{ entity, key, isNumber: entity === 'metric', comparators: vocabulary.comparators[entity] }, next];
}

function attributeKey(name: string, vocabulary: Vocabulary, fail: (message: string) => never): Key {
  const attribute = ownMember(vocabulary.attributes, name);
  if (attribute === undefined) return fail(`${quote(name)} is no attribute; ${Object.keys(vocabulary.attributes).join(', ')} are.`);
  return { entity: 'attribute', key: attribute.key ?? name, isNumber: attribute.type === 'number', comparators: attribute.comparators };
}

/** Why: names come from callers, and `constructor` is a member of every object. */
function ownMember<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function describe(key: Key): string {
  return `${key.entity} ${quote(key.key)}`;
}
