// What arm/ needs of its siblings. compose.ts supplies it.

import type { Context } from '#kernel/context.ts';

export interface Authorizer {
  /** Returns when ctx.principal may do `action` at `scope` (an ARM id, or '/' for the tenant); throws `unauthenticated` or `forbidden`. */
  require(ctx: Context, action: string, scope: string): Promise<void>;
  /** Which of the scopes the caller may do the action at, in one call. Without it, `onlyVisible` lists need the permission on what encloses them. */
  visible?(ctx: Context, action: string, scopes: readonly string[]): Promise<ReadonlySet<string>>;
}
