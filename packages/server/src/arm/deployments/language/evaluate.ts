// Evaluation of expressions. Lazy where Azure is lazy: if, and, or, coalesce; everything else takes its arguments first.

import { isJsonObject, type Json } from '#kernel/json.ts';
import { Call, describe, isArray, memberOf } from './call.ts';
import { invalidTemplate } from './faults.ts';
import { findFunction } from './functions/catalog.ts';
import { Lambda, type Scope, type UserFunction, type Value } from './scope.ts';
import { type Expression, isExpression, parseExpression, unescapeLiteral } from './template-expression.ts';

const MAX_CALLS = 64;

/** Evaluates one string of a template: an expression, or a literal as it is. */
export function evaluateText(text: string, scope: Scope): Json {
  return isExpression(text) ? evaluate(parseExpression(text), scope) : unescapeLiteral(text);
}

export function evaluate(expression: Expression, scope: Scope): Json {
  const value = run(expression, scope, 0);
  if (value instanceof Lambda) throw invalidTemplate('a lambda may only be given to a lambda function');
  return value;
}

function run(expression: Expression, scope: Scope, depth: number): Value {
  scope.meter.spend(1);
  if (depth > MAX_CALLS * 4) throw invalidTemplate('user-defined functions or variables are nested too deeply');
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'member':
      return member(expression, scope, depth);
    case 'call':
      return expression.namespace === undefined ? call(expression.name, expression.args, scope, depth) : callUser(expression.namespace, expression.name, expression.args, scope, depth);
    default:
      return expression satisfies never;
  }
}

function member(expression: Extract<Expression, { readonly kind: 'member' }>, scope: Scope, depth: number): Value {
  const of = run(expression.of, scope, depth + 1);
  const index = run(expression.index, scope, depth + 1);
  if (of === null && expression.isOptional) return null;
  const found = memberAt(of, index);
  if (found !== undefined) return found;
  if (expression.isOptional) return null;
  if (typeof index === 'number' && isArray(of)) throw invalidTemplate(`the language expression index '${index}' is out of bounds: the array has ${of.length} elements`);
  if (isJsonObject(of) && typeof index === 'string')
    throw invalidTemplate(`the language expression property '${index}' doesn't exist, available properties are '${Object.keys(of).slice(0, 40).join(', ')}'`);
  throw invalidTemplate(`the language expression property '${typeof index === 'string' || typeof index === 'number' ? index : describe(index)}' can't be evaluated: it is read from ${describe(of)}`);
}

function memberAt(of: Value, index: Value): Json | undefined {
  if (isArray(of) && typeof index === 'number') return of[index];
  if (!(of instanceof Lambda) && isJsonObject(of) && typeof index === 'string') return memberOf(of, index);
  return undefined;
}

function call(name: string, args: readonly Expression[], scope: Scope, depth: number): Value {
  const value = (index: number): Value => {
    const arg = args[index];
    if (arg === undefined) throw invalidTemplate(`the template function '${name}' lacks its parameter ${index + 1}`);
    return run(arg, scope, depth + 1);
  };
  const truth = (index: number): boolean => {
    const given = value(index);
    // Azure: "true" and "false" as strings count, as parameters often arrive so.
    if (typeof given === 'string' && /^(true|false)$/i.test(given)) return given.toLowerCase() === 'true';
    if (typeof given !== 'boolean') throw invalidTemplate(`the template function '${name}' expects its parameter ${index + 1} to be a boolean, but received ${describe(given)}`);
    return given;
  };
  const count = (least: number, most = least) => {
    if (args.length < least || args.length > most)
      throw invalidTemplate(`the template function '${name}' expects ${least === most ? least : `${least} or more`} parameters, but received ${args.length}`);
  };
  switch (name.toLowerCase()) {
    case 'if':
      count(3);
      return truth(0) ? value(1) : value(2);
    case 'and':
      count(2, 64);
      return args.every((_arg, index) => truth(index));
    case 'or':
      count(2, 64);
      return args.some((_arg, index) => truth(index));
    case 'coalesce': {
      count(1, 64);
      for (let index = 0; index < args.length; index += 1) {
        const found = value(index);
        if (found !== null) return found;
      }
      return null;
    }
    case 'lambda':
      count(1, 16);
      return makeLambda(args, scope);
    default:
      return callNamed(name, args, scope, depth);
  }
}

function callNamed(name: string, args: readonly Expression[], scope: Scope, depth: number): Json {
  const known = findFunction(name);
  if (known === undefined) throw invalidTemplate(`the template function '${name}' is not valid. Please see https://aka.ms/arm-functions for usage details`);
  const [least, most] = known.args;
  if (args.length < least || args.length > most) {
    throw invalidTemplate(
      `the template function '${name}' expects ${least === most ? least : `${least} to ${most}`} parameters, but received ${args.length}. Please see https://aka.ms/arm-functions for usage details`,
    );
  }
  const values = args.map((arg) => run(arg, scope, depth + 1));
  return known.run(new Call(name, values, scope, (lambda, given) => applyLambda(lambda, given, depth + 1)));
}

function makeLambda(args: readonly Expression[], scope: Scope): Lambda {
  const body = args.at(-1);
  const names = args.slice(0, -1).map((arg) => (arg.kind === 'literal' && typeof arg.value === 'string' ? arg.value : undefined));
  if (body === undefined || names.includes(undefined)) throw invalidTemplate("the template function 'lambda' expects names of variables as strings, then an expression");
  return new Lambda(
    names.map((name) => name ?? ''),
    body,
    scope,
  );
}

function applyLambda(lambda: Lambda, args: readonly Json[], depth: number): Json {
  const variables = new Map(lambda.scope.lambda);
  for (const [index, name] of lambda.parameters.entries()) variables.set(name.toLowerCase(), args[index] ?? null);
  const value = run(lambda.body, { ...lambda.scope, lambda: variables }, depth + 1);
  if (value instanceof Lambda) throw invalidTemplate('a lambda cannot answer a lambda');
  return value;
}

function callUser(namespace: string, name: string, args: readonly Expression[], scope: Scope, depth: number): Value {
  const found = scope.userFunction(namespace, name);
  if (found === undefined) throw invalidTemplate(`the template function '${namespace}.${name}' is not defined`);
  if (args.length !== found.parameters.length) throw invalidTemplate(`the template function '${namespace}.${name}' expects ${found.parameters.length} parameters, but received ${args.length}`);
  const values = new Map(found.parameters.map((parameter, index) => [parameter.name.toLowerCase(), plain(args[index], scope, depth)]));
  return deep(found.output, userScope(scope, `${namespace}.${name}`, found, values), depth + 1);
}

function plain(arg: Expression | undefined, scope: Scope, depth: number): Json {
  const value = arg === undefined ? null : run(arg, scope, depth + 1);
  if (value instanceof Lambda) throw invalidTemplate('a lambda may only be given to a lambda function');
  return value;
}

/** Azure: a user-defined function sees its own parameters only, neither variables nor resources. */
function userScope(scope: Scope, name: string, _found: UserFunction, values: ReadonlyMap<string, Json>): Scope {
  return {
    ...scope,
    lambda: new Map(),
    parameter(parameter) {
      const value = values.get(parameter.toLowerCase());
      if (value === undefined) throw invalidTemplate(`the template function '${name}' has no parameter '${parameter}'`);
      return value;
    },
    variable(variable) {
      throw invalidTemplate(`the template function '${name}' cannot read the variable '${variable}': a user-defined function has only its parameters`);
    },
  };
}

function deep(value: Json, scope: Scope, depth: number): Value {
  if (typeof value === 'string') return isExpression(value) ? run(parseExpression(value), scope, depth) : unescapeLiteral(value);
  if (isArray(value)) return value.map((item) => plainDeep(item, scope, depth));
  if (isJsonObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainDeep(item ?? null, scope, depth)]));
  return value;
}

function plainDeep(value: Json, scope: Scope, depth: number): Json {
  const result = deep(value, scope, depth);
  return result instanceof Lambda ? null : result;
}
