// Exit statuses: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 no permission. Source: design/studio-and-cli.md.

import { Fault } from '@lazurite/server/kernel/faults.ts';

/** A failure in one sentence or two, and the command to try next. */
export class CommandError extends Error {
  readonly status: number;
  /** A command line, shown below the message. */
  readonly next: string | undefined;
  constructor(message: string, status = 1, next?: string) {
    super(message);
    this.name = 'CommandError';
    this.status = status;
    this.next = next;
  }
}

/** The same failure with the command to try next. Errors of other kinds pass unchanged. */
export function withNext(error: unknown, next: string): unknown {
  if (error instanceof Fault) return new CommandError(`${error.code}: ${error.message}`, exitStatus(error), next);
  return error;
}

export function exitStatus(error: unknown): number {
  if (error instanceof CommandError) return error.status;
  if (!(error instanceof Fault)) return 1;
  switch (error.kind) {
    case 'notFound':
      return 3;
    case 'forbidden':
    case 'unauthenticated':
      return 4;
    case 'invalid':
      return 2;
    default:
      return 1;
  }
}
