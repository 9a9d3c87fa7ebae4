// Expressions in policy rules: `[concat('tags[', parameters('tagName'), ']')]`, in the language of templates with the
// parameters of the assignment and nothing else around it.

import type { Json } from '#kernel/json.ts';
import { evaluateText } from '../deployments/language/evaluate.ts';
import { findFunction } from '../deployments/language/functions/catalog.ts';
import { type Expression, isExpression, parseExpression } from '../deployments/language/template-expression.ts';
import { Meter, type Scope } from '../deployments/language/scope.ts';
import { invalidRule, isList } from './rule.ts';

const LAZY = new Set(['if', 'and', 'or', 'coalesce', 'parameters']);
/** Those that have a meaning in a template only. */
const FOREIGN = new Set(
  'copyindex deployment deployer environment extensionresourceid listkeys list managementgroup managementgroupresourceid newguid pickzones providers reference references resourcegroup resourceid resourceinfo subscription subscriptionresourceid tenant tenantresourceid utcnow variables'.split(
    ' ',
  ),
);

/** By lower-cased name. */
export type PolicyParameters = ReadonlyMap<string, Json>;

/** The value with every expression in it evaluated. */
export function resolveValue(value: Json, parameters: PolicyParameters): Json {
  if (typeof value === 'string') return evaluateText(value, scopeOf(parameters));
  return isList(value) ? value.map((item) => resolveValue(item, parameters)) : value;
}

/** Throws `invalid` for syntax and functions that no rule may use; answers the parameters it refers to. */
export function checkExpression(value: Json): readonly string[] {
  if (isList(value)) return value.flatMap(checkExpression);
  return typeof value === 'string' && isExpression(value) ? checkCalls(parseExpression(value)) : [];
}

function checkCalls(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'literal':
      return [];
    case 'member':
      return [...checkCalls(expression.of), ...checkCalls(expression.index)];
    case 'call': {
      const name = expression.name.toLowerCase();
      if (expression.namespace !== undefined || FOREIGN.has(name) || (!LAZY.has(name) && findFunction(name) === undefined))
        throw invalidRule(`the function '${expression.name.slice(0, 60)}' is not available in policy rules of this server`);
      const [first] = expression.args;
      const named = name === 'parameters' && first?.kind === 'literal' && typeof first.value === 'string' ? [first.value] : [];
      return [...named, ...expression.args.flatMap(checkCalls)];
    }
    default:
      return expression satisfies never;
  }
}

function scopeOf(parameters: PolicyParameters): Scope {
  const none = (what: string) => (): never => {
    throw invalidRule(`${what} cannot be used in a policy rule`);
  };
  return {
    parameter(name) {
      const value = parameters.get(name.toLowerCase());
      if (value === undefined) throw invalidRule(`the parameter '${name.slice(0, 100)}' has no value`);
      return value;
    },
    variable: none('a variable'),
    copyIndex: none('copyIndex'),
    userFunction: () => undefined,
    resource: () => undefined,
    resourceLoop: () => undefined,
    runtime: none('a read of a resource'),
    site: { scopeId: '', subscriptionId: '', resourceGroup: undefined, functions: { resourceGroup: undefined, subscription: {}, tenant: {}, environment: {}, deployment: {}, deployer: {} } },
    impure: undefined,
    lambda: new Map(),
    meter: new Meter(10_000),
  };
}
