// Parameters: what was given and what the template says, made into values. Defaults are made once, when a deployment is
// accepted, so that `newGuid` and `utcNow` mean the same after a restart.

import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';
import { memberOf } from '../language/call.ts';
import { invalidTemplate } from '../language/faults.ts';
import type { Scope } from '../language/scope.ts';
import { evaluateValue } from './evaluate-value.ts';
import { checkType, isSecure, resolveType, shownType } from './parameter-type.ts';
import type { Template } from './template.ts';

/** By lower-cased name. `scope` evaluates defaults; its `parameter` is not used. */
export function bindParameters(template: Template, given: JsonObject, scope: Scope): ReadonlyMap<string, Json> {
  const extra = Object.keys(given).filter((name) => !template.parameters.has(name.toLowerCase()));
  if (extra.length > 0) {
    throw invalidTemplate(
      `The template parameters '${extra.join(', ')}' in the parameters file are not valid; they are not present in the original template and can therefore not be provided at deployment time. The only supported parameters for this template are '${[...template.parameters.values()].map(({ name }) => name).join(', ')}'`,
    );
  }
  const bound = new Map<string, Json>();
  const pending = new Set<string>();
  const bind = (key: string): Json => {
    const known = bound.get(key);
    if (known !== undefined) return known;
    const parameter = template.parameters.get(key);
    if (parameter === undefined) throw invalidTemplate(`The template parameter '${key}' is not found`);
    if (pending.has(key)) throw invalidTemplate(`the default value of the template parameter '${parameter.name}' refers to itself`, `parameters.${parameter.name}`);
    pending.add(key);
    const path = `parameters.${parameter.name}`;
    const spec = resolveType(parameter.spec, template.definitions, path);
    const value = checkType(valueOf(memberOf(given, parameter.name), parameter.name, spec, defaults, path), spec, template.definitions, path);
    bound.set(key, value);
    return value;
  };
  const defaults: Scope = { ...scope, parameter: (name) => bind(name.toLowerCase()) };
  for (const key of template.parameters.keys()) bind(key);
  return bound;
}

/** Those that can be known by now. `given`: undefined for what cannot. */
export function bindKnown(template: Template, given: ReadonlyMap<string, Json | undefined>, scope: Scope): ReadonlyMap<string, Json> {
  const bound = new Map<string, Json>();
  const late = new Set([...given].filter(([, entry]) => entry === undefined).map(([name]) => name.toLowerCase()));
  const entries = Object.fromEntries([...given].flatMap(([name, entry]) => (entry === undefined ? [] : [[name, entry]])));
  for (const [key, { name, spec }] of template.parameters) {
    if (late.has(key)) continue;
    try {
      bound.set(key, valueOf(memberOf(entries, name), name, spec, scope, `parameters.${name}`));
    } catch {
      // Told when the module is deployed.
    }
  }
  return bound;
}

function valueOf(entry: Json | undefined, name: string, spec: JsonObject, scope: Scope, path: string): Json {
  if (isJsonObject(entry)) {
    const value = memberOf(entry, 'value');
    if (memberOf(entry, 'reference') !== undefined) {
      throw new Fault('notImplemented', 'KeyVaultParameterReferenceNotSupported', `The parameter '${name}' refers to a secret of a key vault; this server accepts parameters by value only.`, {
        target: path,
      });
    }
    if (memberOf(entry, 'expression') !== undefined)
      throw new Fault('notImplemented', 'ParameterExpressionNotSupported', `The parameter '${name}' is an expression; this server accepts parameters by value only.`, { target: path });
    if (value !== undefined && (value !== null || spec['nullable'] === true)) return value;
  } else if (entry !== undefined && entry !== null) throw invalidTemplate(`the parameter '${name}' must be given as an object with 'value'`, path);
  const fallback = spec['defaultValue'];
  if (fallback !== undefined) return evaluateValue(fallback, scope, `${path}.defaultValue`);
  if (spec['nullable'] === true) return null;
  throw invalidTemplate(`The value for the template parameter '${name}' at '${path}' is not provided. Please see https://aka.ms/arm-create-parameter-file for usage details`, path);
}

/** As GET answers them: secure ones without their value. */
export function shownParameters(template: Template, bound: ReadonlyMap<string, Json>): JsonObject {
  return Object.fromEntries(
    [...template.parameters].map(([key, { name, spec }]) => {
      const path = `parameters.${name}`;
      const type = shownType(spec, template.definitions, path);
      return [name, isSecure(spec, template.definitions, path) ? { type } : { type, value: bound.get(key) ?? null }];
    }),
  );
}
