// The `$filter` language of Resource Manager, as far as clients use it: comparisons joined by `and`, alternatives of one
// field joined by `or`, and calls such as substringof('x', name) or atScope().
// Source: observed: az, @azure/arm-resources, azurerm.

import { Fault } from '#kernel/faults.ts';

export type ODataTerm =
  | { readonly field: string; readonly equals: readonly string[] }
  | { readonly field: string; readonly startsWith: string }
  | { readonly field: string; readonly contains: string }
  | { readonly call: string; readonly argument: string | undefined };

const COMPARISON = /^([\w./]+)\s+eq\s+'((?:[^']|'')*)'$/i;
const CONTAINS = /^substringof\(\s*'((?:[^']|'')*)'\s*,\s*([\w./]+)\s*\)$/i;
const STARTS = /^startswith\(\s*([\w./]+)\s*,\s*'((?:[^']|'')*)'\s*\)$/i;
const CALL = /^(\w+)\(\s*(?:'((?:[^']|'')*)')?\s*\)$/;

/** All terms must hold. Throws `invalid`/`InvalidFilterInQueryString` for what it does not understand. */
export function parseODataFilter(text: string): readonly ODataTerm[] {
  return splitOutsideQuotes(text.trim(), 'and').map((part) => parseTerm(part, text));
}

function parseTerm(part: string, whole: string): ODataTerm {
  const bare = stripParentheses(part.trim());
  const alternatives = splitOutsideQuotes(bare, 'or').map((alternative) => COMPARISON.exec(stripParentheses(alternative.trim())));
  const fields = new Set(alternatives.map((match) => match?.[1]?.toLowerCase()));
  const [field] = fields;
  if (fields.size === 1 && field !== undefined) return { field, equals: alternatives.map((match) => unquote(match?.[2])) };
  const contains = CONTAINS.exec(bare);
  if (contains?.[2] !== undefined) return { field: contains[2].toLowerCase(), contains: unquote(contains[1]) };
  const starts = STARTS.exec(bare);
  if (starts?.[1] !== undefined) return { field: starts[1].toLowerCase(), startsWith: unquote(starts[2]) };
  const call = CALL.exec(bare);
  if (call?.[1] !== undefined) return { call: call[1].toLowerCase(), argument: call[2] === undefined ? undefined : unquote(call[2]) };
  throw invalidFilter(whole, `'${bare.slice(0, 100)}' is not understood; accepted: field eq 'value', substringof('value', field), startswith(field, 'value'), joined by and`);
}

export function invalidFilter(filter: string, why: string): Fault {
  return new Fault('invalid', 'InvalidFilterInQueryString', `Invalid $filter '${filter.slice(0, 200)}': ${why}.`, { target: '$filter' });
}

function splitOutsideQuotes(text: string, word: 'and' | 'or'): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let depth = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const letter = text[index];
    if (letter === "'") isQuoted = !isQuoted;
    if (isQuoted) continue;
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
    if (depth === 0 && letter === ' ' && text.slice(index + 1, index + 2 + word.length).toLowerCase() === `${word} `) {
      parts.push(text.slice(start, index));
      start = index + 2 + word.length;
    }
  }
  return [...parts, text.slice(start)];
}

function stripParentheses(text: string): string {
  return text.startsWith('(') && text.endsWith(')') ? text.slice(1, -1).trim() : text;
}

function unquote(text: string | undefined): string {
  return (text ?? '').replaceAll("''", "'");
}
