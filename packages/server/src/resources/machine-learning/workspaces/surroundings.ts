// What a workspace can tell of its surroundings: private link groups, hosts it depends on, features; and the notebook
// service, which is not there. Source: contracts/azureml-rest.md §4, §6 (results that are not in the type data).

import { type Action, action, type ActionCall } from '#arm/action.ts';
import { Fault } from '#kernel/faults.ts';
import { stringAt } from '#kernel/json.ts';
import type { ResourcePorts } from '../../ports.ts';

type Call = ActionCall<unknown, unknown>;

/** What this server does in every workspace. */
const FEATURES = [
  ['commandJobs', 'Command jobs', 'Runs of commands on clusters, instances and without a compute, with logs, inputs and outputs.'],
  ['mlflowTracking', 'MLflow tracking', 'Experiments, runs, metrics, artifacts and registered models over the MLflow protocol.'],
  ['assets', 'Assets', 'Versioned data, models, environments and code.'],
  ['softDelete', 'Soft delete', 'Deleted workspaces can be recovered for 14 days.'],
] as const;

export function surroundingActions(ports: Pick<ResourcePorts, 'sites' | 'installation'>): Readonly<Record<string, Action<unknown>>> {
  return {
    privateLinkResources: action({
      method: 'GET',
      run: async (_ctx, { resource }: Call) => ({
        value: [
          {
            id: `${resource.id}/privateLinkResources/amlworkspace`,
            name: 'amlworkspace',
            type: 'Microsoft.MachineLearningServices/workspaces/privateLinkResources',
            location: resource.location,
            properties: { groupId: 'amlworkspace', requiredMembers: ['default'], requiredZoneNames: [`privatelink.api.${ports.installation().domain}`] },
          },
        ],
      }),
    }),
    outboundNetworkDependenciesEndpoints: action({ method: 'GET', run: async (_ctx, { resource }: Call) => ({ value: dependencies(ports, resource.properties) }) }),
    features: action({
      method: 'GET',
      run: async (_ctx, { resource }: Call) => ({ value: FEATURES.map(([name, displayName, description]) => ({ id: `${resource.id}/features/${name}`, displayName, description })) }),
    }),
    listNotebookKeys: notebooks('keys'),
    listNotebookAccessToken: notebooks('access token'),
    prepareNotebook: notebooks('preparation'),
  };
}

/** Azure: a service on virtual machines of its own, beside the workspace. */
function notebooks(what: string): Action<unknown> {
  return action({
    async run(_ctx, { resource }: Call): Promise<never> {
      throw new Fault(
        'notImplemented',
        'NotebookServiceNotSupported',
        `There is no hosted notebook service on this server, so the workspace ${resource.name} has no notebook ${what}. Run Jupyter where you like; notebooks use the workspace through its clients.`,
      );
    },
  });
}

/** Hosts that computes and clients of the workspace must reach. */
function dependencies(ports: Pick<ResourcePorts, 'sites'>, properties: unknown): readonly object[] {
  const { sites } = ports;
  const account = stringAt(properties, 'storageAccount')?.split('/').at(-1);
  const vault = stringAt(properties, 'keyVault')?.split('/').at(-1)?.toLowerCase();
  const categories: readonly (readonly [string, readonly string[]])[] = [
    ['Azure Active Directory', [sites.login()]],
    ['Azure Resource Manager', [sites.resourceManager()]],
    ['Azure Machine Learning', [sites.api()]],
    ['Azure Storage', account === undefined ? [] : (['blob', 'dfs', 'file'] as const).map((service) => sites.service(account, service))],
    ['Azure Key Vault', vault === undefined ? [] : [sites.service(vault, 'vault')]],
  ];
  return categories.filter(([, urls]) => urls.length > 0).map(([category, urls]) => ({ properties: { category, endpoints: urls.map(endpoint) } }));
}

function endpoint(url: string): object {
  const { hostname, port } = new URL(url);
  return { domainName: hostname, endpointDetails: [{ port: port === '' ? 443 : Number(port) }] };
}
