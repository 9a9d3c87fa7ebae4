// Private link targets: types that private endpoints lead to, and the parts of them (group ids) that there are.
// Source: Azure Private Link, "private-link resource" table; contracts/terraform-azurerm.md §4.17.

import type { ResourceRecord } from '#storage/resource-record.ts';
import { stringAt } from '#kernel/json.ts';
import type { Sites } from '../ports.ts';

interface LinkTarget {
  readonly groups: readonly string[];
  /** Host that the group is reached by; undefined where this server has none. */
  host(sites: Sites, resource: ResourceRecord<unknown>, group: string): string | undefined;
}

const STORAGE = ['blob', 'blob_secondary', 'dfs', 'dfs_secondary', 'file', 'queue', 'queue_secondary', 'table', 'table_secondary', 'web', 'web_secondary'] as const;
const SERVED = ['blob', 'dfs', 'file', 'queue', 'table'] as const;

const TARGETS: Readonly<Record<string, LinkTarget>> = {
  'microsoft.storage/storageaccounts': {
    groups: STORAGE,
    host(sites, resource, group) {
      const service = SERVED.find((known) => known === group);
      return service === undefined ? undefined : hostOf(sites.service(resource.name, service));
    },
  },
  'microsoft.keyvault/vaults': { groups: ['vault'], host: (sites, resource) => hostOf(sites.service(resource.name.toLowerCase(), 'vault')) },
  'microsoft.machinelearningservices/workspaces': { groups: ['amlworkspace'], host: (sites) => hostOf(sites.api()) },
  'microsoft.containerregistry/registries': { groups: ['registry'], host: (_sites, resource) => stringAt(resource.properties, 'loginServer')?.replace(/:\d+$/, '') },
};

/** Group ids of a (lower-cased) type; undefined for one that no private endpoint leads to. */
export function linkGroups(type: string): readonly string[] | undefined {
  return TARGETS[type]?.groups;
}

export function linkHost(sites: Sites, resource: ResourceRecord<unknown>, group: string): string | undefined {
  return TARGETS[resource.type]?.host(sites, resource, group.toLowerCase());
}

function hostOf(url: string): string {
  return new URL(url).hostname;
}
