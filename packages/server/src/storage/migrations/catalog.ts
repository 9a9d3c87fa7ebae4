// Every migration, in order. Forward only: a published migration never changes.

import type { Migration } from '../migrate.ts';
import { resources } from './0001-resources.ts';
import { work } from './0002-work.ts';
import { identity } from './0003-identity.ts';
import { blobs } from './0004-blobs.ts';
import { tracking } from './0005-tracking.ts';
import { jobs } from './0006-jobs.ts';
import { studio } from './0007-studio.ts';
import { keyVault } from './0008-key-vault.ts';
import { directoryChanges } from './0009-directory-changes.ts';
import { deployments } from './0010-deployments.ts';
import { quotas } from './0011-quotas.ts';
import { computePowerAndNetworks } from './0012-compute-power-and-networks.ts';
import { neighbours } from './0013-neighbours.ts';
import { directory } from './0014-directory.ts';
import { customerKeys } from './0015-customer-keys.ts';
import { pathsAndShares } from './0017-paths-and-shares.ts';
import { resourcePages } from './0018-resource-pages.ts';
import { locks } from './0019-locks.ts';
import { certificates } from './0021-certificates.ts';
import { powerPlans } from './0030-power-plans.ts';
import { policies } from './0031-policies.ts';
import { changeNotices } from './0032-change-notices.ts';
import { fileShares } from './0040-file-shares.ts';
import { hiddenRows } from './0041-hidden-rows.ts';
import { blobLeases } from './0042-blob-leases.ts';
import { appRoles } from './0043-app-roles.ts';
import { resourceOrders } from './0051-resource-orders.ts';
import { containerLeases } from './0060-container-leases.ts';
import { workspaceShares } from './0061-workspace-shares.ts';
import { operationCallers } from './0062-operation-callers.ts';

export const migrations: readonly Migration[] = [
  resources,
  work,
  identity,
  blobs,
  tracking,
  jobs,
  studio,
  keyVault,
  directoryChanges,
  deployments,
  quotas,
  computePowerAndNetworks,
  neighbours,
  directory,
  customerKeys,
  pathsAndShares,
  resourcePages,
  locks,
  certificates,
  powerPlans,
  policies,
  changeNotices,
  fileShares,
  hiddenRows,
  blobLeases,
  appRoles,
  resourceOrders,
  containerLeases,
  workspaceShares,
  operationCallers,
];
