// Policy rules: the `policyRule` of a definition as a tree. What the grammar has and this server does not is refused by name.
// Source: Azure Policy, "Policy definition structure: policy rule" and "Policy effects".

import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';

export const OPERATORS = ['equals', 'notEquals', 'like', 'notLike', 'in', 'notIn', 'contains', 'notContains', 'containsKey', 'notContainsKey', 'exists'] as const;
export type Operator = (typeof OPERATORS)[number];

export const EFFECTS = ['deny', 'audit', 'disabled'] as const;
export type Effect = (typeof EFFECTS)[number];

export type Condition =
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'allOf' | 'anyOf'; readonly of: readonly Condition[] }
  | { readonly kind: 'test'; readonly source: 'field' | 'value'; readonly subject: Json; readonly operator: Operator; readonly target: Json };

export interface PolicyRule {
  readonly when: Condition;
  /** An effect, or an expression that gives one. */
  readonly effect: string;
}

const MAX_DEPTH = 16;

/** Throws `invalid`/`InvalidPolicyRule` for what is no rule or is not evaluated here. */
export function readRule(rule: unknown): PolicyRule {
  if (!isJsonObject(rule)) throw invalidRule('it must be an object with if and then');
  refuseOthers(rule, ['if', 'then'], 'policyRule');
  const then = rule['then'];
  if (!isJsonObject(then)) throw invalidRule("'then' must be an object with an effect");
  refuseOthers(then, ['effect'], 'then');
  const { effect } = then;
  if (typeof effect !== 'string') throw invalidRule("'then.effect' must be a string");
  if (!effect.startsWith('[')) readEffect(effect);
  return { when: readCondition(rule['if'], 'if', 0), effect };
}

export function readEffect(given: Json | undefined): Effect {
  const effect = EFFECTS.find((known) => known === String(given).toLowerCase());
  if (effect === undefined) throw invalidRule(`the effect '${String(given).slice(0, 60)}' is not carried out by this server; accepted: ${EFFECTS.join(', ')}`);
  return effect;
}

export function invalidRule(why: string): Fault {
  return new Fault('invalid', 'InvalidPolicyRule', `Failed to parse policy rule: ${why}.`, { target: 'properties.policyRule' });
}

function readCondition(given: Json | undefined, path: string, depth: number): Condition {
  if (depth > MAX_DEPTH) throw invalidRule(`conditions are nested more than ${MAX_DEPTH} deep at '${path}'`);
  if (!isJsonObject(given)) throw invalidRule(`'${path}' must be an object`);
  const [word, ...others] = Object.keys(given);
  if (word === 'not' && others.length === 0) return { kind: 'not', of: readCondition(given[word], `${path}.not`, depth + 1) };
  if ((word === 'allOf' || word === 'anyOf') && others.length === 0) {
    const list = given[word];
    if (!isList(list) || list.length === 0) throw invalidRule(`'${path}.${word}' must be a list of conditions`);
    return { kind: word, of: list.map((item, index) => readCondition(item, `${path}.${word}[${index}]`, depth + 1)) };
  }
  return readTest(given, path);
}

function readTest(given: JsonObject, path: string): Condition {
  const names = Object.keys(given);
  const source = names.find((name) => name === 'field' || name === 'value');
  const operator = OPERATORS.find((known) => names.some((name) => name.toLowerCase() === known.toLowerCase()));
  const unknown = names.find((name) => name !== source && name.toLowerCase() !== operator?.toLowerCase());
  if (unknown !== undefined) throw invalidRule(`'${path}.${unknown.slice(0, 60)}' is not known; accepted: not, allOf, anyOf, field or value with one of ${OPERATORS.join(', ')}`);
  if (source === undefined) throw invalidRule(`'${path}' has neither field nor value`);
  const subject = given[source];
  if (source === 'field' && typeof subject !== 'string') throw invalidRule(`'${path}.field' must be a string`);
  if (operator === undefined) throw invalidRule(`'${path}' compares with nothing; one of ${OPERATORS.join(', ')} is expected`);
  const target = Object.entries(given).find(([name]) => name.toLowerCase() === operator.toLowerCase())?.[1] ?? null;
  if ((operator === 'in' || operator === 'notIn') && !isList(target) && !isExpressionText(target)) throw invalidRule(`'${path}.${operator}' must be a list`);
  if (operator === 'exists' && !/^(?:true|false)$/i.test(String(target)) && !isExpressionText(target))
    throw invalidRule(`'${path}.exists' is '${String(target).slice(0, 60)}'; true or false is accepted`);
  if ((operator === 'like' || operator === 'notLike') && typeof target === 'string' && target.split('*').length > 2) throw invalidRule(`'${path}.${operator}' has more than one *`);
  return { kind: 'test', source, subject: subject ?? null, operator, target };
}

/** Every test of a condition. */
export function testsOf(condition: Condition): readonly Extract<Condition, { readonly kind: 'test' }>[] {
  switch (condition.kind) {
    case 'not':
      return testsOf(condition.of);
    case 'allOf':
    case 'anyOf':
      return condition.of.flatMap(testsOf);
    case 'test':
      return [condition];
    default:
      return condition satisfies never;
  }
}

function refuseOthers(given: JsonObject, known: readonly string[], where: string): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalidRule(`'${where}' has the member '${unknown.slice(0, 60)}', which this server does not know; accepted: ${known.join(', ')}`);
}

function isExpressionText(value: Json): boolean {
  return typeof value === 'string' && value.startsWith('[');
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
