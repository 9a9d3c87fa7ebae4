// What this plane needs of its neighbours.

import type { Context } from '#kernel/context.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Passwords } from '#identity/people.ts';
import type { Database } from '#storage/database.ts';

export interface GraphAccess {
  /** Whether the caller may do this to the whole directory. */
  can(ctx: Context, action: string): Promise<boolean>;
}

export interface GraphDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly access: GraphAccess;
  readonly tenantId: string;
  readonly domain: string;
  /** Object and application ids that this installation cannot do without. */
  readonly isProtected: (id: string) => boolean;
  /** Whether tokens of this issuer can be verified. */
  readonly acceptsIssuer: (issuer: string) => boolean;
  readonly passwords: Pick<Passwords, 'change'>;
}
