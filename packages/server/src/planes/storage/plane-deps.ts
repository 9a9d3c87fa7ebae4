// What the Blob plane is made of.

import type { BlobDeps } from '#blobs/containers.ts';
import type { BlobAccess, StorageAccounts } from './ports.ts';

export interface BlobPlaneDeps extends BlobDeps {
  readonly accounts: StorageAccounts;
  readonly access: BlobAccess;
  /** Root of user-delegation keys: `envelope.derive('user-delegation')`. */
  readonly delegationMaster: Buffer;
  /** Where a caller without credentials is sent: `https://login.{domain}/{tenant}/oauth2/authorize`. */
  readonly authorizationUri: string;
}
