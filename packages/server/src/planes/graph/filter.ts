// $filter: comparisons, startswith, in, any over lists, joined by and, or, not. Source: OData 4.01 URL conventions §5.1.1;
// Graph docs, "Use the $filter query parameter".

import type { Criterion } from '#storage/directory-store.ts';
import { unsupportedQuery } from './faults.ts';

export type FieldKind = 'text' | 'flag' | 'list';

type Token = { readonly kind: 'word' | 'text' | 'sign'; readonly value: string };

const LONGEST = 2_000;
const TOKENS = /\s*(?:'((?:[^']|'')*)'|([(),:])|([A-Za-z_@][\w./@-]*|[\w-]+))/gy;

/** Throws `Request_UnsupportedQuery` naming what is not understood. `fields`: what may be asked for. */
export function parseFilter(text: string, fields: Readonly<Record<string, FieldKind>>): Criterion {
  if (text.length > LONGEST) throw unsupportedQuery(`The $filter has ${text.length} characters; at most ${LONGEST} are accepted.`);
  const parser = new Parser(tokensOf(text), text, fields);
  const criterion = parser.or();
  parser.end();
  return criterion;
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKENS.lastIndex = 0;
  while (text.slice(TOKENS.lastIndex).trim() !== '') {
    const at = TOKENS.lastIndex;
    const match = TOKENS.exec(text);
    if (match === null) throw invalid(text, `'${text.slice(at, at + 20).trim()}' is not understood`);
    if (match[1] !== undefined) tokens.push({ kind: 'text', value: match[1].replaceAll("''", "'") });
    else if (match[2] !== undefined) tokens.push({ kind: 'sign', value: match[2] });
    else tokens.push({ kind: 'word', value: match[3] ?? '' });
  }
  return tokens;
}

function invalid(text: string, why: string): Error {
  return unsupportedQuery(`Unsupported or invalid query filter clause: ${why}, in '${text}'. Understood: eq, ne, in, startswith, contains, <list>/any(x:x eq '…'), and, or, not.`);
}

class Parser {
  #at = 0;
  readonly #tokens: readonly Token[];
  readonly #text: string;
  readonly #fields: Readonly<Record<string, FieldKind>>;

  constructor(tokens: readonly Token[], text: string, fields: Readonly<Record<string, FieldKind>>) {
    this.#tokens = tokens;
    this.#text = text;
    this.#fields = fields;
  }

  or(): Criterion {
    const parts = [this.#and()];
    while (this.#takeWord('or')) parts.push(this.#and());
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'or', parts };
  }

  end(): void {
    const rest = this.#tokens[this.#at];
    if (rest !== undefined) throw invalid(this.#text, `'${rest.value}' is one too much`);
  }

  #and(): Criterion {
    const parts = [this.#unary()];
    while (this.#takeWord('and')) parts.push(this.#unary());
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'and', parts };
  }

  #unary(): Criterion {
    if (this.#takeWord('not')) return { kind: 'not', part: this.#unary() };
    if (this.#takeSign('(')) {
      const inner = this.or();
      this.#requireSign(')');
      return inner;
    }
    return this.#comparison();
  }

  #comparison(): Criterion {
    const word = this.#word();
    const name = word.toLowerCase();
    if ((name === 'startswith' || name === 'contains') && this.#takeSign('(')) {
      const field = this.#field(this.#word(), 'text');
      this.#requireSign(',');
      const value = this.#value();
      this.#requireSign(')');
      return { kind: 'compare', field, operator: name, values: [value] };
    }
    if (word.endsWith('/any')) return this.#any(this.#field(word.slice(0, -4), 'list'));
    const field = this.#field(word, 'scalar');
    const operator = this.#word().toLowerCase();
    if (operator === 'eq' || operator === 'ne') return { kind: 'compare', field, operator, values: [this.#value()] };
    if (operator !== 'in') throw invalid(this.#text, `the operator '${operator}'`);
    this.#requireSign('(');
    const values = [this.#value()];
    while (this.#takeSign(',')) values.push(this.#value());
    this.#requireSign(')');
    return { kind: 'compare', field, operator: 'in', values };
  }

  #any(field: string): Criterion {
    this.#requireSign('(');
    const variable = this.#word();
    this.#requireSign(':');
    if (this.#word() !== variable || this.#word().toLowerCase() !== 'eq') throw invalid(this.#text, `any(${variable}:…) compares with eq only`);
    const value = this.#value();
    this.#requireSign(')');
    return { kind: 'has', field, value: String(value) };
  }

  #field(name: string, wanted: 'text' | 'scalar' | 'list'): string {
    const known = Object.keys(this.#fields).find((field) => field.toLowerCase() === name.toLowerCase());
    const kind = known === undefined ? undefined : this.#fields[known];
    const isFit = kind !== undefined && (wanted === kind || (wanted === 'scalar' && kind !== 'list'));
    if (known === undefined || !isFit) throw invalid(this.#text, `property '${name}' does not exist here or cannot be compared so; known are ${Object.keys(this.#fields).join(', ')}`);
    return known;
  }

  #value(): string | boolean | null {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    if (token?.kind === 'text') return token.value;
    if (token?.kind === 'word') {
      if (token.value === 'null') return null;
      if (token.value === 'true' || token.value === 'false') return token.value === 'true';
      // Azure: a GUID may stand without quotes.
      if (/^[0-9a-f-]{36}$/i.test(token.value)) return token.value;
    }
    throw invalid(this.#text, `'${token?.value ?? 'the end'}' is no value`);
  }

  #word(): string {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    if (token?.kind !== 'word') throw invalid(this.#text, `a word was expected in place of '${token?.value ?? 'the end'}'`);
    return token.value;
  }

  #takeWord(word: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'word' || token.value.toLowerCase() !== word) return false;
    this.#at += 1;
    return true;
  }

  #takeSign(sign: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'sign' || token.value !== sign) return false;
    this.#at += 1;
    return true;
  }

  #requireSign(sign: string): void {
    if (!this.#takeSign(sign)) throw invalid(this.#text, `'${sign}' was expected in place of '${this.#tokens[this.#at]?.value ?? 'the end'}'`);
  }
}
