// Outputs: evaluated when everything else has ended well. Secure ones are kept apart from what GET answers.

import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';
import { invalidTemplate } from '../language/faults.ts';
import type { Scope } from '../language/scope.ts';
import { at, copyCount, evaluateValue, insideLoop } from './evaluate-value.ts';
import { checkType, isSecure, shownType } from './parameter-type.ts';
import type { Template } from './template.ts';

export interface Outputs {
  /** `{ name: { type, value } }`, secure ones without a value. */
  readonly shown: JsonObject;
  /** Values of the secure ones. */
  readonly secrets: JsonObject;
}

/** May throw RuntimeNeeded. */
export function evaluateOutputs(template: Template, scope: Scope): Outputs {
  const shown: Record<string, Json> = {};
  const secrets: Record<string, Json> = {};
  for (const [name, spec] of Object.entries(template.outputs)) {
    const path = `outputs.${name}`;
    if (!isJsonObject(spec)) throw invalidTemplate(`'${path}' is not an object`, path);
    const { condition } = spec;
    if (condition !== undefined && condition !== null) {
      const wanted = evaluateValue(condition, scope, `${path}.condition`);
      if (String(wanted).toLowerCase() !== 'true') continue;
    }
    const type = shownType(spec, template.definitions, path);
    const value = at(path, () => checkType(outputValue(name, spec, scope, path), spec, template.definitions, path));
    if (isSecure(spec, template.definitions, path)) {
      shown[name] = { type };
      secrets[name] = value;
    } else shown[name] = { type, value };
  }
  return { shown, secrets };
}

function outputValue(name: string, spec: JsonObject, scope: Scope, path: string): Json {
  const { copy, value } = spec;
  if (!isJsonObject(copy)) {
    if (value === undefined) throw invalidTemplate(`the output '${name}' has no 'value'`, path);
    return evaluateValue(value, scope, `${path}.value`);
  }
  return Array.from({ length: copyCount(copy, scope, `${path}.copy`) }, (_item, index) => evaluateValue(copy['input'] ?? null, insideLoop(scope, name, index, true), `${path}[${index}]`));
}
