// Scenarios: what is done with each configuration, from the first apply to the second destroy.

import { expect } from 'vitest';
import type { Terraform, Variables } from './terraform.ts';

export interface Scenario {
  readonly name: string;
  run(terraform: Terraform): Promise<void>;
}

async function applyCleanly(terraform: Terraform, variables?: Variables): Promise<void> {
  await terraform.apply(variables);
  expect(await terraform.hasChanges(variables), 'a second plan is empty').toBe(false);
}

async function reimportCleanly(terraform: Terraform, address: string, variables?: Variables): Promise<void> {
  await terraform.reimport(address, variables);
  expect(await terraform.hasChanges(variables), `nothing differs after an import of ${address}`).toBe(false);
}

/** The whole life of a workspace, twice; `again` is what the second life needs to be another. */
async function liveTwice(terraform: Terraform, again: Variables): Promise<void> {
  await applyCleanly(terraform);
  await applyCleanly(terraform, { description: 'Changed in place', friendly_name: 'Example', tags: { env: 'dev' } });
  const closed = { tags: { env: 'dev' }, public_network_access_enabled: false };
  await applyCleanly(terraform, closed);
  await reimportCleanly(terraform, 'azurerm_machine_learning_workspace.example', closed);
  // Another name is another workspace.
  const renamed = { workspace_name: 'other-workspace' };
  expect(await terraform.plan(renamed)).toMatch(/must be replaced/);
  await applyCleanly(terraform, renamed);
  await terraform.destroy(renamed);
  await applyCleanly(terraform, again);
  await terraform.destroy(again);
}

export const scenarios: readonly Scenario[] = [
  { name: 'plain', run: (terraform) => liveTwice(terraform, {}) },
  // Their vaults are protected against purging, so the second ones have other names.
  { name: 'encrypted', run: (terraform) => liveTwice(terraform, { round: '2' }) },
  { name: 'identity', run: (terraform) => liveTwice(terraform, { round: '2' }) },
  {
    name: 'children',
    async run(terraform) {
      await applyCleanly(terraform);
      const changed = { most_nodes: 2, destination: 'changed.example.com' };
      await applyCleanly(terraform, changed);
      for (const address of IMPORTED) await reimportCleanly(terraform, address, changed);
      await terraform.destroy(changed);
      await applyCleanly(terraform);
      await terraform.destroy();
    },
  },
];

/** Of the children. The others' ids are not what their import takes. */
const IMPORTED = [
  'azurerm_machine_learning_compute_cluster.example',
  'azurerm_machine_learning_compute_instance.example',
  'azurerm_machine_learning_workspace_network_outbound_rule_fqdn.example',
  'azurerm_machine_learning_workspace_network_outbound_rule_service_tag.example',
  'azurerm_key_vault.example',
  'azurerm_user_assigned_identity.example',
  'azurerm_container_registry.example',
  'azurerm_log_analytics_workspace.example',
];
