// Evaluation of policy rules: whether a resource falls under a condition, and the tests that said so.
// Source: Azure Policy, "Policy definition structure: conditions": strings are compared without letter case; what is not there equals nothing.

import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';
import { type PolicyParameters, resolveValue } from './expression.ts';
import { isOfEach, type PolicySubject, valueOfField, valuesOfField } from './field.ts';
import { type Condition, isList, type Operator } from './rule.ts';

export interface Verdict {
  readonly holds: boolean;
  /** As Azure tells them in `evaluationDetails.evaluatedExpressions`. */
  readonly evaluated: readonly JsonObject[];
}

export function evaluateCondition(condition: Condition, subject: PolicySubject, parameters: PolicyParameters): Verdict {
  switch (condition.kind) {
    case 'not': {
      const { holds, evaluated } = evaluateCondition(condition.of, subject, parameters);
      return { holds: !holds, evaluated };
    }
    case 'allOf':
    case 'anyOf': {
      const evaluated: JsonObject[] = [];
      for (const part of condition.of) {
        const verdict = evaluateCondition(part, subject, parameters);
        evaluated.push(...verdict.evaluated);
        if (verdict.holds === (condition.kind === 'anyOf')) return { holds: verdict.holds, evaluated };
      }
      return { holds: condition.kind === 'allOf', evaluated };
    }
    case 'test':
      return evaluateTest(condition, subject, parameters);
    default:
      return condition satisfies never;
  }
}

function evaluateTest(test: Extract<Condition, { readonly kind: 'test' }>, subject: PolicySubject, parameters: PolicyParameters): Verdict {
  const resolved = resolveValue(test.subject, parameters);
  const target = resolveValue(test.target, parameters);
  const isField = test.source === 'field';
  const values = isField && isOfEach(String(resolved)) ? valuesOfField(subject, String(resolved)) : undefined;
  const value = values === undefined ? (isField ? valueOfField(subject, String(resolved)) : resolved) : values.map((each) => each ?? null);
  // Azure: a condition on every member holds where there is none.
  const holds = values === undefined ? compare(test.operator, value, target) : values.every((each) => compare(test.operator, each, target));
  const operator = test.operator.charAt(0).toUpperCase() + test.operator.slice(1);
  const expression = typeof resolved === 'string' ? resolved : JSON.stringify(resolved);
  return {
    holds,
    evaluated: [
      {
        result: holds ? 'True' : 'False',
        expressionKind: isField ? 'Field' : 'Value',
        expression,
        ...(isField ? { path: expression } : {}),
        ...(value === undefined ? {} : { expressionValue: value }),
        targetValue: target,
        operator,
      },
    ],
  };
}

function compare(operator: Operator, value: Json | undefined, target: Json): boolean {
  switch (operator) {
    case 'equals':
      return isEqual(value, target);
    case 'notEquals':
      return !isEqual(value, target);
    case 'in':
      return isList(target) && target.some((item) => isEqual(value, item));
    case 'notIn':
      return !compare('in', value, target);
    case 'exists':
      return (value !== undefined && value !== null) === (String(target).toLowerCase() === 'true');
    case 'like':
      return isLike(value, target);
    case 'notLike':
      return !isLike(value, target);
    case 'contains':
      return isList(value) ? value.some((item) => isEqual(item, target)) : typeof value === 'string' && value.toLowerCase().includes(String(target).toLowerCase());
    case 'notContains':
      return !compare('contains', value, target);
    case 'containsKey':
      return isJsonObject(value) && Object.keys(value).some((key) => key.toLowerCase() === String(target).toLowerCase());
    case 'notContainsKey':
      return !compare('containsKey', value, target);
    default:
      return operator satisfies never;
  }
}

function isEqual(value: Json | undefined, target: Json): boolean {
  return value !== undefined && textOf(value) === textOf(target);
}

function textOf(value: Json): string {
  return (typeof value === 'object' ? JSON.stringify(value) : String(value)).toLowerCase();
}

function isLike(value: Json | undefined, target: Json): boolean {
  if (typeof value !== 'string') return false;
  const text = value.toLowerCase();
  const [before = '', after] = String(target).toLowerCase().split('*');
  return after === undefined ? text === before : text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after);
}
