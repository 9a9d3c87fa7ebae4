// Tokens of the search language. Source: contracts/mlflow.md §6.

import { invalidParameter, quote } from './faults.ts';

export interface Token {
  /** bare: words, keys, numbers; name: in backticks or double quotes; text: in single quotes; mark: parenthesis, comma. */
  readonly kind: 'bare' | 'name' | 'text' | 'operator' | 'mark';
  /** Without its quotes. */
  readonly text: string;
}

const BLANK = /\s+/y;
const QUOTED = /'((?:[^']|'')*)'|"((?:[^"]|"")*)"|`([^`]*)`/y;
const OPERATOR = /!=|<=|>=|=|<|>/y;
// Why: a sign belongs to a number only; `-` inside a key is part of the key.
const BARE = /[\p{L}\p{N}_.][\p{L}\p{N}_.\-/]*/uy;
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\p{L}\p{N}_\-/.])/uy;
const MARK = /[(),]/y;

/** Throws `invalid`/`InvalidParameterValue` at the first character that fits nothing. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  while (at < text.length) {
    if (match(BLANK) !== null) continue;
    const quoted = match(QUOTED);
    if (quoted !== null) {
      const [, single, double, back] = quoted;
      if (single !== undefined) tokens.push({ kind: 'text', text: single.replaceAll("''", "'") });
      else tokens.push({ kind: 'name', text: double === undefined ? (back ?? '') : double.replaceAll('""', '"') });
      continue;
    }
    const operator = match(OPERATOR);
    if (operator !== null) {
      tokens.push({ kind: 'operator', text: operator[0] });
      continue;
    }
    const bare = match(NUMBER) ?? match(BARE);
    if (bare !== null) {
      tokens.push({ kind: 'bare', text: bare[0] });
      continue;
    }
    const mark = match(MARK);
    if (mark !== null) {
      tokens.push({ kind: 'mark', text: mark[0] });
      continue;
    }
    throw invalidParameter(
      `Invalid search text ${quote(text)}: nothing can begin with ${quote(text.slice(at, at + 10))} at character ${at + 1}. Keys with other characters go in backticks, values in quotes.`,
    );
  }
  return tokens;
}
