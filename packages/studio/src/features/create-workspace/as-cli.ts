// The draft as commands of the Azure command line with its ml extension. Pure. Source: contracts/azure-ai-ml.md §4.1.

import { groupId } from '../../api/resource-id.ts';
import { shellWord } from '../job/acts.ts';
import { NEIGHBOURS, type NeighbourKind, neighboursOf, type WorkspaceDraft } from './draft.ts';
import { logsName } from './planned.ts';

export function cliText(draft: WorkspaceDraft): string {
  const made = neighboursOf(draft).filter(({ mode }) => mode === 'create');
  const file = draft.kind === 'FeatureStore' ? 'feature-store.yml' : draft.kind === 'Default' ? 'workspace.yml' : `${draft.kind.toLowerCase()}.yml`;
  return [
    ...(draft.isGroupNew ? [`az group create --name ${shellWord(draft.group)} --location ${shellWord(draft.location)}`] : []),
    ...made.flatMap(({ kind }) => neighbour(draft, kind)),
    `cat > ${file} <<'YAML'\n${workspaceYaml(draft)}YAML`,
    `az ml ${draft.kind === 'FeatureStore' ? 'feature-store' : 'workspace'} create --file ${file} --resource-group ${shellWord(draft.group)}`,
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
  const { kind } = draft;
  const group = groupId(draft.subscription, draft.group);
  const links = new Map(neighboursOf(draft).map(({ kind: each, mode, name, id }) => [each, mode === 'create' ? `${group}/providers/${NEIGHBOURS[each].type}/${name}` : id]));
  const isProject = kind === 'Project';
  const members: readonly (readonly [string, string | undefined])[] = [
    ['$schema', kind === 'Default' ? 'https://azuremlschemas.azureedge.net/latest/workspace.schema.json' : undefined],
    ['name', draft.name],
    ['kind', kind === 'Hub' ? 'hub' : isProject ? 'project' : undefined],
    ['hub_id', isProject ? draft.hub : undefined],
    ['location', draft.location],
    ['display_name', draft.friendlyName || draft.name],
    ['description', draft.description || undefined],
    ['storage_account', links.get('storage')],
    ['key_vault', links.get('vault')],
    ['application_insights', links.get('insights')],
    ['container_registry', links.get('registry')],
    ['public_network_access', isProject ? undefined : draft.publicAccess],
    ['primary_user_assigned_identity', draft.identity || undefined],
  ];
  const lines = members.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${JSON.stringify(value)}`]));
  if (draft.isHighImpact) lines.push('hbi_workspace: true');
  if (kind === 'FeatureStore') lines.push('compute_runtime:', `  spark_runtime_version: ${JSON.stringify(draft.sparkVersion)}`);
  if (draft.identity !== '') lines.push('identity:', '  type: user_assigned', '  user_assigned_identities:', `    ${JSON.stringify(draft.identity)}: {}`);
  if (!isProject && draft.isolation !== 'Disabled')
    lines.push('managed_network:', `  isolation_mode: ${draft.isolation === 'AllowInternetOutbound' ? 'allow_internet_outbound' : 'allow_only_approved_outbound'}`);
  if (!isProject && draft.hasOwnKey) lines.push('customer_managed_key:', `  key_vault: ${JSON.stringify(draft.keyVault)}`, `  key_uri: ${JSON.stringify(draft.keyIdentifier)}`);
  const tags = Object.entries(draft.tags);
  if (tags.length > 0) lines.push('tags:', ...tags.map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`));
  return `${lines.join('\n')}\n`;
}
