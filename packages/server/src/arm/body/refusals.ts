// Refusals: properties and values that Azure takes and this server does not, as a type declares them.

import { jsonEqual } from '#kernel/json.ts';
import type { Json, JsonObject } from '#kernel/json.ts';
import type { Refusal, Reject } from '../resource-type.ts';
import { selectPointers } from './pointers.ts';

/** What is stored already stays: only what is new in the body is refused. */
export function checkRefusals(refusals: readonly Refusal[], desired: JsonObject, current: JsonObject | undefined, reject: Reject): void {
  for (const { at, values, code, why } of refusals) {
    for (const { pointer, value } of selectPointers(desired, at)) {
      const isMeant = values === undefined ? isSaid(value) : values.some((word) => typeof value === 'string' && value.toLowerCase() === word.toLowerCase());
      const isOld = selectPointers(current, pointer).some((stored) => jsonEqual(stored.value, value));
      if (isMeant && !isOld) reject(pointer, `${values === undefined ? 'is not supported' : `'${String(value)}' is not supported`}: ${why}`, code);
    }
  }
}

/** Null, an empty text and false ask for nothing. */
function isSaid(value: Json): boolean {
  return value !== null && value !== '' && value !== false;
}
