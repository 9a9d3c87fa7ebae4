// Service principals that every tenant of Azure has, because clients look them up by name or by application id. They have no
// credentials here and grant nothing. Source: Entra, "Application IDs of commonly used Microsoft applications".

import { randomUUID } from 'node:crypto';
import type { Tx } from '#storage/database.ts';
import { findPrincipalByAppId, insertPrincipal } from '#storage/identity-store.ts';

const FIRST_PARTY = [
  { appId: '00000003-0000-0000-c000-000000000000', displayName: 'Microsoft Graph' },
  { appId: '797f4846-ba00-4fd7-ba43-dac1f8f63013', displayName: 'Windows Azure Service Management API' },
  { appId: '0736f41a-0425-4b46-bdb5-1563eff02385', displayName: 'Azure Machine Learning' },
  { appId: 'e406a681-f3d4-42a8-90b6-c2b029497af1', displayName: 'Azure Storage' },
  { appId: 'cfa8b339-82a2-471a-a3c9-0fc0be7a4093', displayName: 'Azure Key Vault' },
  // The third configuration of the Terraform reference gives this one access to a key vault.
  { appId: 'a232010e-820c-4083-83bb-3ace5fc29d0b', displayName: 'Azure Cosmos DB' },
];

/** Adds those that are not there. */
export async function addFirstPartyPrincipals(tx: Tx): Promise<void> {
  for (const { appId, displayName } of FIRST_PARTY) {
    if ((await findPrincipalByAppId(tx, appId)) === undefined) await insertPrincipal(tx, { id: randomUUID(), kind: 'ServicePrincipal', displayName, appId });
  }
}
