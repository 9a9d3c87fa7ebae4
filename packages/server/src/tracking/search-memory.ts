// Conditions and orders evaluated in memory, for models: they are assets of the workspace, not rows of ours.

import type { Condition, Order } from '#storage/search-sql.ts';

type Value = string | number | undefined;
/** The value of an attribute or tag of one thing. */
export type Reader = (entity: Condition['entity'], key: string) => Value;

export function satisfies(read: Reader, condition: Condition): boolean {
  const left = read(condition.entity, condition.key);
  const { comparator, value } = condition;
  if (comparator === 'IS NULL') return left === undefined;
  if (left === undefined) return false;
  switch (comparator) {
    case 'IS NOT NULL':
      return true;
    case '=':
      return left === value;
    case '!=':
      return left !== value;
    case '<':
      return left < value;
    case '<=':
      return left <= value;
    case '>':
      return left > value;
    case '>=':
      return left >= value;
    case 'LIKE':
      return isLike(String(left), String(value), '');
    case 'ILIKE':
      return isLike(String(left), String(value), 'i');
    case 'IN':
      return Array.isArray(value) && value.includes(left);
    case 'NOT IN':
      return Array.isArray(value) && !value.includes(left);
  }
}

/**
 * SQL's LIKE: `%` any characters, `_` one. Matched by two pointers that remember the last `%`, so no pattern can make
 * it take more than length times length steps.
 */
export function isLike(text: string, pattern: string, flags: '' | 'i'): boolean {
  const subject = flags === 'i' ? text.toLowerCase() : text;
  const wanted = flags === 'i' ? pattern.toLowerCase() : pattern;
  let s = 0;
  let p = 0;
  let star = -1;
  let resume = 0;
  while (s < subject.length) {
    if (wanted[p] === '%') {
      star = p;
      p += 1;
      resume = s;
    } else if (p < wanted.length && (wanted[p] === '_' || wanted[p] === subject[s])) {
      s += 1;
      p += 1;
    } else if (star >= 0) {
      p = star + 1;
      resume += 1;
      s = resume;
    } else {
      return false;
    }
  }
  while (wanted[p] === '%') p += 1;
  return p === wanted.length;
}

/** Compares two things by the orders; 0 when they are equal in all. */
export function compareBy(orders: readonly Order[], a: Reader, b: Reader): number {
  for (const order of orders) {
    const left = a(order.entity, order.key);
    const right = b(order.entity, order.key);
    if (left === right) continue;
    if (left === undefined) return 1;
    if (right === undefined) return -1;
    const sign = left < right ? -1 : 1;
    return order.isAscending ? sign : -sign;
  }
  return 0;
}
