// SchemaCheck: TypeBox schemas applied to what comes from files and from the environment.

import { Ajv, type ErrorObject } from 'ajv';
import type { Static, TSchema } from 'typebox';

export interface SchemaCheck<T> {
  /** Whether the value is one. */
  accepts(value: unknown): value is T;
  /** Turns texts into the numbers and booleans that are asked for, in place. Answers the first thing that is wrong. */
  coerce(value: Record<string, unknown>): ErrorObject | undefined;
}

/** Compiled at first use. */
export function schemaCheck<S extends TSchema>(schema: S): SchemaCheck<Static<S>> {
  const compile = (coerceTypes: boolean) => new Ajv({ strict: false, logger: false, coerceTypes, code: { optimize: false } }).compile(schema);
  let strict: ReturnType<typeof compile> | undefined;
  let coercing: ReturnType<typeof compile> | undefined;
  return {
    accepts: (value): value is Static<S> => (strict ??= compile(false))(value),
    coerce(value) {
      coercing ??= compile(true);
      return coercing(value) ? undefined : coercing.errors?.[0];
    },
  };
}
