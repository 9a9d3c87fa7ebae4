// Exit statuses: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 no permission. Source: design/studio-and-cli.md.

import { Fault } from '@lazurite/server/kernel/faults.ts';

/** A failure with the next command to try. */
export class CommandError extends Error {
  readonly status: number;
  constructor(message: string, status = 1) {
    super(message);
    this.name = 'CommandError';
    this.status = status;
  }
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
