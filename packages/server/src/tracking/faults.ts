// Faults of tracking, by name. Source: contracts/mlflow.md §1.2, §1.4.

import { Fault } from '#kernel/faults.ts';

/** 400: a value that cannot be taken. */
export function invalidParameter(message: string, target?: string): Fault {
  return new Fault('invalid', 'InvalidParameterValue', message, target === undefined ? {} : { target });
}

/** 404: a thing that is not there. */
export function doesNotExist(message: string): Fault {
  return new Fault('notFound', 'ResourceDoesNotExist', message);
}

/** The text of a value for a message, cut to a readable length. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}
