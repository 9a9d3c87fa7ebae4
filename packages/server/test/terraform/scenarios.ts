// Scenarios: what is done with each configuration, from the first apply to the second destroy.

import { expect } from 'vitest';
import type { Terraform, Variables } from './terraform.ts';

export interface Scenario {
  readonly name: string;
  run(terraform: Terraform): Promise<void>;
}

const WORKSPACE = 'azurerm_machine_learning_workspace.example';

async function applyCleanly(terraform: Terraform, variables?: Variables): Promise<void> {
  await terraform.apply(variables);
  expect(await terraform.hasChanges(variables), 'a second plan is empty').toBe(false);
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'plain',
    async run(terraform) {
      await applyCleanly(terraform);
      await applyCleanly(terraform, { description: 'Changed in place', friendly_name: 'Example', tags: { env: 'dev' } });
      const closed = { tags: { env: 'dev' }, public_network_access_enabled: false };
      await applyCleanly(terraform, closed);
      await terraform.reimport(WORKSPACE, closed);
      expect(await terraform.hasChanges(closed), 'nothing differs after an import').toBe(false);
      // Another name is another workspace.
      expect(await terraform.plan({ ...closed, workspace_name: 'other-workspace' })).toMatch(/must be replaced/);
      await applyCleanly(terraform, { workspace_name: 'other-workspace' });
      await terraform.destroy();
      await applyCleanly(terraform);
      await terraform.destroy();
    },
  },
  {
    name: 'encrypted',
    async run(terraform) {
      await applyCleanly(terraform);
      await applyCleanly(terraform, { tags: { env: 'dev' } });
      await terraform.destroy();
      // The vault is protected against purging, so the second one has another name.
      await applyCleanly(terraform, { round: '2' });
      await terraform.destroy({ round: '2' });
    },
  },
  {
    name: 'identity',
    async run(terraform) {
      await applyCleanly(terraform);
      await applyCleanly(terraform, { tags: { env: 'dev' } });
      await terraform.destroy();
      await applyCleanly(terraform, { round: '2' });
      await terraform.destroy({ round: '2' });
    },
  },
  {
    name: 'children',
    async run(terraform) {
      await applyCleanly(terraform);
      await applyCleanly(terraform, { most_nodes: 2, destination: 'changed.example.com' });
      await terraform.reimport('azurerm_machine_learning_compute_cluster.example', { most_nodes: 2, destination: 'changed.example.com' });
      expect(await terraform.hasChanges({ most_nodes: 2, destination: 'changed.example.com' }), 'nothing differs after an import').toBe(false);
      await terraform.destroy();
      await applyCleanly(terraform);
      await terraform.destroy();
    },
  },
];
