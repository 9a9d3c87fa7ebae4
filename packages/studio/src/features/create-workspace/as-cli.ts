// The draft as commands of the Azure command line with its ml extension. Pure. Source: contracts/azure-ai-ml.md §4.1.

import { groupId } from '../../api/resource-id.ts';
import { shellWord } from '../job/acts.ts';
import { logsName } from './as-template.ts';
import { NEIGHBOUR_KINDS, NEIGHBOURS, type NeighbourKind, tagsOf, type WorkspaceDraft } from './draft.ts';

export function cliText(draft: WorkspaceDraft): string {
  const made = NEIGHBOUR_KINDS.filter((kind) => draft.neighbours[kind].mode === 'create');
  return [
    ...(draft.isGroupNew ? [`az group create --name ${shellWord(draft.group)} --location ${shellWord(draft.location)}`] : []),
    ...made.flatMap((kind) => neighbour(draft, kind)),
    `cat > workspace.yml <<'YAML'\n${workspaceYaml(draft)}YAML`,
    `az ml workspace create --file workspace.yml --resource-group ${shellWord(draft.group)}`,
  ].join('\n\n');
}

function neighbour(draft: WorkspaceDraft, kind: NeighbourKind): readonly string[] {
  const at = `--resource-group ${shellWord(draft.group)} --location ${shellWord(draft.location)}`;
  const { name } = draft.neighbours[kind];
  switch (kind) {
    case 'storage':
      return [`az storage account create --name ${name} ${at} --kind StorageV2 --sku Standard_LRS --allow-blob-public-access false`];
    case 'vault':
      return [`az keyvault create --name ${name} ${at} --enable-rbac-authorization true`];
    case 'insights':
      return [
        `az monitor log-analytics workspace create --workspace-name ${shellWord(logsName(draft))} ${at}`,
        `az monitor app-insights component create --app ${shellWord(name)} ${at} --application-type web --workspace ${shellWord(logsName(draft))}`,
      ];
    case 'registry':
      return [`az acr create --name ${name} ${at} --sku Standard --admin-enabled true`];
  }
}

/** A workspace as the ml extension reads it. Texts as JSON strings, which YAML reads alike. */
export function workspaceYaml(draft: WorkspaceDraft): string {
  const group = groupId(draft.subscription, draft.group);
  const link = (kind: NeighbourKind): string | undefined => {
    const { mode, name, id } = draft.neighbours[kind];
    return mode === 'none' ? undefined : mode === 'create' ? `${group}/providers/${NEIGHBOURS[kind].type}/${name}` : id;
  };
  const tags = Object.entries(tagsOf(draft));
  const members: readonly (readonly [string, string | undefined])[] = [
    ['$schema', 'https://azuremlschemas.azureedge.net/latest/workspace.schema.json'],
    ['name', draft.name],
    ['location', draft.location],
    ['display_name', draft.friendlyName || draft.name],
    ['description', draft.description || undefined],
    ['storage_account', link('storage')],
    ['key_vault', link('vault')],
    ['application_insights', link('insights')],
    ['container_registry', link('registry')],
    ['public_network_access', draft.publicAccess],
    ['primary_user_assigned_identity', draft.identity || undefined],
  ];
  const lines = members.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${JSON.stringify(value)}`]));
  lines.push(`hbi_workspace: ${draft.isHighImpact}`);
  if (draft.identity !== '') lines.push('identity:', '  type: user_assigned', '  user_assigned_identities:', `    - resource_id: ${JSON.stringify(draft.identity)}`);
  if (draft.isolation !== 'Disabled') lines.push('managed_network:', `  isolation_mode: ${draft.isolation === 'AllowInternetOutbound' ? 'allow_internet_outbound' : 'allow_only_approved_outbound'}`);
  if (draft.hasOwnKey) lines.push('customer_managed_key:', `  key_vault: ${JSON.stringify(draft.keyVault)}`, `  key_uri: ${JSON.stringify(draft.keyIdentifier)}`);
  if (tags.length > 0) lines.push('tags:', ...tags.map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`));
  return `${lines.join('\n')}\n`;
}
