// What the parts of the framework share. Made once by createArm.

import type { Database } from '#storage/database.ts';
import type { Seals } from '#vault/seals.ts';
import type { Authorizer } from './ports.ts';
import type { Registry } from './registry.ts';
import type { Resources } from './resources.ts';

export interface ArmDeps {
  readonly database: Database;
  readonly registry: Registry;
  readonly authorizer: Authorizer;
  readonly seals: Seals;
  readonly store: Resources;
}
