// Parameters of policies: what a definition declares, and whether what an assignment gives fits.

import { Type } from 'typebox';
import type { Reject } from '#arm/resource-type.ts';
import { isJsonObject, type Json, type JsonObject, jsonEqual } from '#kernel/json.ts';

const TYPES = ['String', 'Array', 'Object', 'Boolean', 'Integer', 'Float', 'DateTime'] as const;

export const DeclaredParameters = Type.Record(
  Type.String(),
  Type.Object({
    type: Type.Enum([...TYPES]),
    allowedValues: Type.Optional(Type.Array(Type.Unknown())),
    defaultValue: Type.Optional(Type.Unknown()),
    metadata: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    schema: Type.Optional(Type.Unknown()),
  }),
);

/** Whether every declared parameter has a value of its kind, and nothing else is given. `given` is `{ name: { value } }`. */
export function checkGiven(declared: JsonObject, given: JsonObject, definitionName: string, reject: Reject): void {
  const named = new Map(Object.entries(declared).map(([name, declaration]) => [name.toLowerCase(), declaration]));
  const values = new Map(Object.entries(given).map(([name, entry]) => [name.toLowerCase(), isJsonObject(entry) ? entry['value'] : undefined]));
  const unknown = Object.keys(given).filter((name) => !named.has(name.toLowerCase()));
  if (unknown.length > 0)
    reject(
      'properties.parameters',
      `the parameter(s) '${unknown.join(',')}' are not defined in the policy definition '${definitionName}'; it has ${Object.keys(declared).join(', ') || 'none'}.`,
      'UndefinedPolicyParameter',
    );
  const missing = Object.entries(declared).filter(([name, declaration]) => values.get(name.toLowerCase()) === undefined && !(isJsonObject(declaration) && declaration['defaultValue'] !== undefined));
  if (missing.length > 0)
    reject(
      'properties.parameters',
      `the assignment is missing the parameter(s) '${missing.map(([name]) => name).join(',')}' as defined in the policy definition '${definitionName}'.`,
      'MissingPolicyParameter',
    );
  for (const [name, value] of values) {
    const declaration = named.get(name);
    const wrong = value === undefined || !isJsonObject(declaration) ? undefined : misfit(declaration, value);
    if (wrong !== undefined) reject(`properties.parameters.${name}.value`, wrong, 'InvalidPolicyParameterValue');
  }
}

/** What is wrong with a value of a parameter, if anything. */
export function misfit(declaration: JsonObject, value: Json): string | undefined {
  const type = String(declaration['type']).toLowerCase();
  const isRight =
    type === 'array'
      ? Array.isArray(value)
      : type === 'object'
        ? isJsonObject(value)
        : type === 'boolean'
          ? typeof value === 'boolean'
          : type === 'integer'
            ? Number.isInteger(value)
            : type === 'float'
              ? typeof value === 'number'
              : typeof value === 'string';
  if (!isRight) return `is ${JSON.stringify(value).slice(0, 100)}; a value of type ${String(declaration['type'])} is accepted.`;
  const allowed: unknown = declaration['allowedValues'];
  if (!Array.isArray(allowed)) return undefined;
  const isAllowed = (item: Json): boolean => allowed.some((known: unknown) => jsonEqual(known, item) || String(known).toLowerCase() === String(item).toLowerCase());
  const items: readonly Json[] = Array.isArray(value) ? value : [value];
  return items.every(isAllowed) ? undefined : `is ${JSON.stringify(value).slice(0, 100)}; accepted: ${allowed.map(String).join(', ')}.`;
}
