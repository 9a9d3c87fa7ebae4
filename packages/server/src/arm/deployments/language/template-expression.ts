// Template expressions: `[concat('a', parameters('b').c[0])]` from text to a tree. Names keep their letter case; they are
// compared without it. Source: contracts/azure-ai-ml.md §4.1; Azure Resource Manager template syntax, 2019-04-01 schema.

import { remembered } from '#kernel/remembered.ts';
import { invalidTemplate } from './faults.ts';

export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'call'; readonly namespace?: string; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'member'; readonly of: Expression; readonly index: Expression; readonly isOptional: boolean };

type Token = { readonly kind: 'string' | 'name' | 'sign' | 'end'; readonly text: string; readonly at: number } | { readonly kind: 'number'; readonly text: string; readonly at: number };

const MAX_LENGTH = 24_576;
const MAX_DEPTH = 100;
const MAX_PARSED = 5_000;

/** Whether the string is an expression; `[[…` is an escaped literal. */
export function isExpression(text: string): boolean {
  return text.length > 2 && text.startsWith('[') && text.endsWith(']') && !text.startsWith('[[');
}

/** A string that is no expression, as a value: `[[a]` stands for `[a]`. */
export function unescapeLiteral(text: string): string {
  return text.startsWith('[[') ? text.slice(1) : text;
}

/** A value as text that evaluates to itself. */
export function escapeLiteral(text: string): string {
  return text.startsWith('[') ? `[${text}` : text;
}

/** Throws `InvalidTemplate` naming the position. */
export const parseExpression = remembered(
  (text: string): Expression => {
    if (text.length > MAX_LENGTH) throw invalidTemplate(`an expression has ${text.length} characters; at most ${MAX_LENGTH} are accepted`);
    return new Parser(text, tokenize(text, 1, text.length - 1)).parse();
  },
  { most: MAX_PARSED },
);

function tokenize(text: string, from: number, to: number): readonly Token[] {
  const tokens: Token[] = [];
  let at = from;
  while (at < to) {
    const char = text[at] ?? '';
    if (/\s/.test(char)) at += 1;
    else if (char === "'") {
      const { value, end } = readString(text, at, to);
      tokens.push({ kind: 'string', text: value, at });
      at = end;
    } else if (/[0-9]/.test(char) || ((char === '-' || char === '+') && /[0-9]/.test(text[at + 1] ?? ''))) {
      const match = /^[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/.exec(text.slice(at, at + 64))?.[0] ?? char;
      tokens.push({ kind: 'number', text: match, at });
      at += match.length;
    } else if (/[\p{L}_$]/u.test(char)) {
      const match = /^[\p{L}_$][\p{L}\p{N}_$]*/u.exec(text.slice(at, to))?.[0] ?? char;
      tokens.push({ kind: 'name', text: match, at });
      at += match.length;
    } else if ('()[],.?'.includes(char)) {
      tokens.push({ kind: 'sign', text: char, at });
      at += 1;
    } else throw unexpected(text, char, at);
  }
  tokens.push({ kind: 'end', text: 'the end', at: to });
  return tokens;
}

function readString(text: string, start: number, to: number): { readonly value: string; readonly end: number } {
  let value = '';
  for (let at = start + 1; at < to; at += 1) {
    if (text[at] !== "'") value += text[at];
    else if (text[at + 1] === "'" && at + 1 < to) {
      value += "'";
      at += 1;
    } else return { value, end: at + 1 };
  }
  throw invalidTemplate(`the template language expression '${clip(text)}' has a string that begins at position ${start} and does not end`);
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string, tokens: readonly Token[]) {
    this.#text = text;
    this.#tokens = tokens;
  }

  parse(): Expression {
    const expression = this.#expression(0);
    const rest = this.#peek();
    if (rest.kind !== 'end') throw unexpected(this.#text, rest.text, rest.at);
    return expression;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: 'the end', at: this.#text.length };
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }

  #isSign(sign: string): boolean {
    const token = this.#peek();
    return token.kind === 'sign' && token.text === sign;
  }

  #expect(sign: string): void {
    const token = this.#take();
    if (token.kind !== 'sign' || token.text !== sign) throw unexpected(this.#text, token.text, token.at, `'${sign}'`);
  }

  #expression(depth: number): Expression {
    if (depth > MAX_DEPTH) throw invalidTemplate(`the template language expression '${clip(this.#text)}' is nested deeper than ${MAX_DEPTH} levels`);
    let expression = this.#primary(depth);
    for (;;) {
      if (this.#isSign('.')) {
        this.#take();
        const isOptional = this.#isSign('?') && this.#take() !== undefined;
        const name = this.#take();
        if (name.kind !== 'name') throw unexpected(this.#text, name.text, name.at, 'a property name');
        expression = { kind: 'member', of: expression, index: { kind: 'literal', value: name.text }, isOptional };
      } else if (this.#isSign('[')) {
        this.#take();
        const isOptional = this.#isSign('?') && this.#take() !== undefined;
        const index = this.#expression(depth + 1);
        this.#expect(']');
        expression = { kind: 'member', of: expression, index, isOptional };
      } else return expression;
    }
  }

  #primary(depth: number): Expression {
    const token = this.#take();
    if (token.kind === 'string') return { kind: 'literal', value: token.text };
    if (token.kind === 'number') return { kind: 'literal', value: Number(token.text) };
    if (token.kind !== 'name') throw unexpected(this.#text, token.text, token.at);
    if (this.#isSign('(')) return { kind: 'call', name: token.text, args: this.#args(depth) };
    if (this.#isSign('.')) {
      this.#take();
      const name = this.#take();
      if (name.kind !== 'name' || !this.#isSign('(')) throw unexpected(this.#text, name.text, name.at, 'a user-defined function');
      return { kind: 'call', namespace: token.text, name: name.text, args: this.#args(depth) };
    }
    const word = token.text.toLowerCase();
    if (word === 'true' || word === 'false') return { kind: 'literal', value: word === 'true' };
    if (word === 'null') return { kind: 'literal', value: null };
    throw unexpected(this.#text, token.text, token.at, 'a function call');
  }

  #args(depth: number): readonly Expression[] {
    this.#expect('(');
    const args: Expression[] = [];
    while (!this.#isSign(')')) {
      if (args.length > 0) this.#expect(',');
      args.push(this.#expression(depth + 1));
    }
    this.#expect(')');
    return args;
  }
}

function unexpected(text: string, found: string, at: number, expected?: string) {
  return invalidTemplate(
    `unable to parse language expression '${clip(text)}': unexpected '${clip(found)}' at position ${at}${expected === undefined ? '' : `; expected ${expected}`}. Please see https://aka.ms/arm-functions for usage details`,
  );
}

function clip(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
