// Sentences for what Ajv found: which property, with which value, and what would be accepted.

import type { ErrorObject } from 'ajv';

export function describeError(
  error: ErrorObject,
  path: readonly string[],
  branches: { readonly property?: string; readonly accepted: string } | undefined,
): { readonly property: string; readonly message: string } {
  const property = path.join('.');
  const value = shown(error.data);
  const limit: unknown = error.params['limit'];
  const say = (message: string, at: string = property) => ({ property: at, message: `${at}: ${message}` });
  switch (error.keyword) {
    case 'required':
      return say('is required.', [...path, String(error.params['missingProperty'])].join('.'));
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return say('is not a property of this type.', [...path, String(error.params['additionalProperty'] ?? error.params['unevaluatedProperty'])].join('.'));
    case 'type':
      return say(`is ${value}; ${typeName(error.params['type'])} is accepted.`);
    case 'enum':
      return say(`is ${value}; accepted: ${listOf(error.params['allowedValues'])}.`);
    case 'const':
      return say(`is ${value}; accepted: ${shown(error.params['allowedValue'])}.`);
    case 'anyOf':
    case 'oneOf': {
      const at = branches?.property === undefined ? property : [...path, branches.property].join('.');
      const data: unknown = error.data;
      const said = branches?.property === undefined ? data : typeof data === 'object' && data !== null ? Reflect.get(data, branches.property) : undefined;
      return say(`${said === undefined ? 'is missing' : `is ${shown(said)}`}; accepted: ${branches?.accepted ?? 'one of the declared forms'}.`, at);
    }
    case 'minimum':
    case 'maximum':
      return say(`is ${value}; ${error.keyword === 'minimum' ? 'at least' : 'at most'} ${String(limit)} is accepted.`);
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return say(`is ${value}; ${error.keyword === 'exclusiveMinimum' ? 'more' : 'less'} than ${String(limit)} is accepted.`);
    case 'minLength':
    case 'maxLength':
      return say(`is ${value}; ${error.keyword === 'minLength' ? 'at least' : 'at most'} ${String(limit)} characters are accepted.`);
    case 'minItems':
    case 'maxItems':
      return say(`has ${Array.isArray(error.data) ? error.data.length : 0} items; ${error.keyword === 'minItems' ? 'at least' : 'at most'} ${String(limit)} are accepted.`);
    case 'pattern':
      return say(`is ${value}; accepted: ${meaningOf(error)}.`);
    case 'format':
      return say(`is ${value}; a value of the form ${String(error.params['format'])} is accepted.`);
    default:
      return say(`is ${value}; it ${error.message ?? 'is not valid'}.`);
  }
}

/** What the schema says beside its pattern, in words; the pattern alone where it says nothing. */
function meaningOf({ parentSchema, params }: ErrorObject): string {
  const accepts: unknown = parentSchema?.['accepts'];
  return typeof accepts === 'string' ? accepts : `what matches ${String(params['pattern'])}`;
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = typeof value === 'string' ? `'${value}'` : String(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

function typeName(type: unknown): string {
  const names = Array.isArray(type) ? type : [type];
  return names
    .map((name) => (name === 'null' ? 'null' : `${/^[aeio]/.test(String(name)) ? 'an' : 'a'} ${name === 'array' ? 'list' : String(name)}`))
    .join(' or ')
    .replace('an list', 'a list');
}

function listOf(values: unknown): string {
  return Array.isArray(values) ? values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(', ') : '';
}
