// How each kind of deleted resource is brought back or removed for good. Source: contracts/azureml-rest.md (workspaces),
// contracts/terraform-azurerm.md (key vaults).

import type { TypeDescriptor } from '../../api/resource-types.ts';
import { encodeId, type ResourceRow } from '../../api/resources.ts';
import { subscriptionOf } from '../../api/resource-id.ts';
import { armWrite } from '../../api/write.ts';

/** What is known of a deleted resource. */
export type DeletedResource = Pick<ResourceRow, 'id' | 'name' | 'type' | 'kind' | 'location' | 'tags'>;

export interface Act {
  readonly method: 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

const VAULT = 'microsoft.keyvault/vaults';
const WORKSPACE = 'microsoft.machinelearningservices/workspaces';

/** Undefined where the studio knows no way back. */
export function recoverAct(row: DeletedResource, type: TypeDescriptor, tenantId: string): Act | undefined {
  const path = `${encodeId(row.id)}?api-version=${type.apiVersion}`;
  const location = row.location ?? '';
  switch (type.type.toLowerCase()) {
    case WORKSPACE:
      return { method: 'PUT', path, body: { location, ...(row.kind === null ? {} : { kind: row.kind }), tags: row.tags, properties: { allowRecoverSoftDeletedWorkspace: true } } };
    case VAULT:
      return { method: 'PUT', path, body: { location, properties: { createMode: 'recover', tenantId, sku: { family: 'A', name: 'standard' }, accessPolicies: [] } } };
    case 'microsoft.operationalinsights/workspaces':
      return { method: 'PUT', path, body: { location } };
    default:
      return undefined;
  }
}

export function purgeAct(row: DeletedResource, type: TypeDescriptor): Act | undefined {
  if (type.type.toLowerCase() === VAULT) {
    return {
      method: 'POST',
      path: `/subscriptions/${subscriptionOf(row.id)}/providers/Microsoft.KeyVault/locations/${row.location ?? ''}/deletedVaults/${encodeURIComponent(row.name)}/purge?api-version=${type.apiVersion}`,
    };
  }
  const parameter = type.softDelete?.purgeParameter ?? null;
  return parameter === null ? undefined : { method: 'DELETE', path: `${encodeId(row.id)}?api-version=${type.apiVersion}&${parameter}=true` };
}

export async function runAct({ path, method, body }: Act): Promise<void> {
  await armWrite(path, { method, ...(body === undefined ? {} : { body }) });
}
