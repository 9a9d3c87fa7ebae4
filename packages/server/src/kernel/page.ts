// Page: a bounded slice of an ordered list, continued by an opaque token.

import { Fault } from './faults.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; absent on the last page. */
  readonly next?: string;
}

/** Packs a position into an opaque, URL-safe token. */
export function encodeCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position), 'utf8').toString('base64url');
}

/** Unpacks a token. Throws `invalid`/`InvalidContinuationToken` when it is not one of ours. */
export function decodeCursor(token: string, length: number): readonly (string | number)[] {
  try {
    const position: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (Array.isArray(position) && position.length === length && position.every((p) => typeof p === 'string' || typeof p === 'number')) {
      return position;
    }
  } catch {
    // falls through to the fault below
  }
  throw invalidCursor();
}

/** For tokens that unpack but name no position of this list. */
export function invalidCursor(): Fault {
  return new Fault('invalid', 'InvalidContinuationToken', 'The continuation token is not one that this server issued. Start the listing again without it.', {
    target: '$skipToken',
  });
}
