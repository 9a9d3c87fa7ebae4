// The scope of a template: its parameters, variables and functions, over the place where it is deployed.

import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';
import { isArray } from '../language/call.ts';
import { invalidTemplate } from '../language/faults.ts';
import { Meter, type ResourceFacts, type RuntimeCall, RuntimeNeeded, type Scope, type Site } from '../language/scope.ts';
import { copyCount, evaluateString, evaluateValue, insideLoop } from './evaluate-value.ts';
import type { Template } from './template.ts';

export interface ResourceLookup {
  find(reference: string): ResourceFacts | undefined;
  loop(symbol: string): readonly ResourceFacts[] | undefined;
}

export interface ScopeOptions {
  readonly template: Template;
  readonly site: Site;
  /** By lower-cased name. */
  readonly parameters: ReadonlyMap<string, Json>;
  readonly resources: ResourceLookup;
  /** @default every read is RuntimeNeeded */
  readonly runtime?: (call: RuntimeCall) => Json;
  readonly impure?: Scope['impure'];
}

export function templateScope(options: ScopeOptions): Scope {
  const { template, parameters } = options;
  const variables = new Map<string, Json>();
  const pending = new Set<string>();
  const scope: Scope = {
    parameter(name) {
      const value = parameters.get(name.toLowerCase());
      if (value === undefined) throw invalidTemplate(`The template parameter '${name}' is not found. Please see https://aka.ms/arm-syntax-parameters for usage details`);
      return value;
    },
    variable(name) {
      const key = name.toLowerCase();
      const known = variables.get(key);
      if (known !== undefined) return known;
      if (pending.has(key)) throw invalidTemplate(`the template variable '${name}' refers to itself`, `variables.${name}`);
      pending.add(key);
      try {
        const value = evaluateVariable(template.variables, name, scope);
        variables.set(key, value);
        return value;
      } finally {
        pending.delete(key);
      }
    },
    copyIndex(loop) {
      throw invalidTemplate(
        loop === undefined
          ? "the template function 'copyIndex' is not expected at this location: there is no copy loop around it"
          : `the template function 'copyIndex' names the loop '${loop}', which is not around it`,
      );
    },
    userFunction: (namespace, name) => template.functions.get(`${namespace}.${name}`.toLowerCase()),
    resource: (reference) => options.resources.find(reference),
    resourceLoop: (symbol) => options.resources.loop(symbol),
    runtime:
      options.runtime ??
      ((call) => {
        throw new RuntimeNeeded(call);
      }),
    site: options.site,
    impure: options.impure,
    lambda: new Map(),
    meter: new Meter(),
  };
  return scope;
}

function evaluateVariable(variables: JsonObject, name: string, scope: Scope): Json {
  const key = name.toLowerCase();
  for (const [known, value] of Object.entries(variables)) {
    if (known.toLowerCase() === key && !(key === 'copy' && isArray(value))) return evaluateValue(value ?? null, scope, `variables.${known}`);
  }
  const loops = variables['copy'];
  for (const loop of isArray(loops) ? loops : []) {
    if (!isJsonObject(loop)) continue;
    const own = evaluateString(loop['name'], scope, 'variables.copy.name');
    if (own.toLowerCase() !== key) continue;
    const count = copyCount(loop, scope, `variables.copy.${own}`);
    return Array.from({ length: count }, (_item, index) => evaluateValue(loop['input'] ?? null, insideLoop(scope, own, index, false), `variables.${own}[${index}]`));
  }
  throw invalidTemplate(`The template variable '${name}' is not found. Please see https://aka.ms/arm-syntax-variables for usage details`);
}

/** No resources: while parameters are bound, or names made. */
export const noResources: ResourceLookup = { find: () => undefined, loop: () => undefined };
