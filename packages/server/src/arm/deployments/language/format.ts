// Composite formatting: `{0}`, `{1,8}`, `{2:D5}`, `{{`. Source: documented: format follows .NET composite formatting.

import type { Fault } from '#kernel/faults.ts';
import type { Json } from '#kernel/json.ts';
import { textOf } from './call.ts';

const HOLE = /\{\{|\}\}|\{\s*(\d{1,4})\s*(?:,\s*(-?\d{1,4})\s*)?(?::([^{}]*))?\}|[{}]/g;

export function formatText(pattern: string, values: readonly Json[], fail: (message: string) => Fault): string {
  return pattern.replace(HOLE, (hole: string, index: string | undefined, width: string | undefined, form: string | undefined) => {
    if (hole === '{{' || hole === '}}') return hole.charAt(0);
    if (index === undefined) throw fail(`has a format with a lone '${hole}'; write '${hole}${hole}' for the character itself`);
    const value = values[Number(index)];
    if (value === undefined) throw fail(`has a format that names {${index}}, but received ${values.length} values`);
    const text = formatOne(value, form, fail);
    const columns = Number(width ?? 0);
    return columns < 0 ? text.padEnd(-columns) : text.padStart(columns);
  });
}

function formatOne(value: Json, form: string | undefined, fail: (message: string) => Fault): string {
  if (form === undefined || form === '' || typeof value !== 'number') return textOf(value);
  const [, letter, digits] = /^([a-zA-Z])(\d{0,2})$/.exec(form) ?? [];
  const count = digits === undefined || digits === '' ? undefined : Number(digits);
  const sign = value < 0 ? '-' : '';
  switch (letter?.toUpperCase()) {
    case 'D':
      return sign + String(Math.abs(Math.trunc(value))).padStart(count ?? 0, '0');
    case 'X': {
      const hex = (value < 0 ? value >>> 0 : value).toString(16).padStart(count ?? 0, '0');
      return letter === 'X' ? hex.toUpperCase() : hex;
    }
    case 'N':
      return value.toLocaleString('en-US', { minimumFractionDigits: count ?? 2, maximumFractionDigits: count ?? 2 });
    case 'F':
      return value.toFixed(count ?? 2);
    case 'P':
      return `${(value * 100).toLocaleString('en-US', { minimumFractionDigits: count ?? 2, maximumFractionDigits: count ?? 2 })}%`;
    case 'G':
      return String(value);
    default:
      if (/^[0#]+$/.test(form)) return sign + String(Math.abs(Math.trunc(value))).padStart(form.replaceAll('#', '').length, '0');
      throw fail(`has the format '${form}'; accepted for numbers: D, N, F, X, P, G and zeros`);
  }
}
