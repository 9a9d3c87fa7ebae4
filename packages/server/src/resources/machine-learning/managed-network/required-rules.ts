// The rules that a workspace's managed network cannot be without. Source: Azure Machine Learning, "Workspace managed
// virtual network isolation" (required outbound rules).

import type { ResourceRecord } from '#storage/resource-record.ts';
import { type JsonObject, stringAt } from '#kernel/json.ts';

const TAGS = [
  ['AzureActiveDirectory', '80,443'],
  ['AzureMachineLearning', '443,8787,18881'],
  ['BatchNodeManagement', '443'],
  ['AzureResourceManager', '443'],
  ['AzureFrontDoor.FirstParty', '443'],
  ['MicrosoftContainerRegistry', '443'],
  ['AzureMonitor', '443'],
] as const;

/** By name. Private endpoints in both modes, service tags where only approved destinations are allowed. */
export function requiredRules(workspace: ResourceRecord<unknown>, isolationMode: string): ReadonlyMap<string, JsonObject> {
  const rules = new Map<string, JsonObject>();
  const properties = workspace.properties;
  const link = (id: string | undefined, subresourceTarget: string): void => {
    if (id === undefined) return;
    rules.set(`__SYS_PE_${id.split('/').at(-1) ?? ''}_${subresourceTarget}`, {
      type: 'PrivateEndpoint',
      category: 'Required',
      destination: { serviceResourceId: id, subresourceTarget, sparkEnabled: false },
    });
  };
  link(stringAt(properties, 'storageAccount'), 'blob');
  link(stringAt(properties, 'storageAccount'), 'file');
  link(stringAt(properties, 'keyVault'), 'vault');
  link(workspace.id, 'amlworkspace');
  if (isolationMode !== 'AllowOnlyApprovedOutbound') return rules;
  for (const [serviceTag, portRanges] of TAGS) rules.set(`__SYS_ST_${serviceTag}_TCP`, { type: 'ServiceTag', category: 'Required', destination: { serviceTag, protocol: 'TCP', portRanges } });
  return rules;
}
