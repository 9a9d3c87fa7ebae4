// The compatibility page, from the registry: what Resource Manager serves, what it refuses by name, what it has beside types.

import { listRoutes } from '@lazurite/server/arm/address/route-list.ts';
import { deploymentRefusals } from '@lazurite/server/arm/deployments.ts';
import type { AnyResourceType, Refusal } from '@lazurite/server/arm/resource-type.ts';
import type { ResourcePorts } from '@lazurite/server/resources/ports.ts';
import { createRegistry } from '@lazurite/server/resources/registry.ts';

/** Names of Azure's public schema of this namespace (2026-05-01) that a reader will look for. */
const PUBLIC_TYPES =
  'registries registries/codes registries/components registries/data registries/environments registries/models workspaces/batchEndpoints workspaces/batchEndpoints/deployments workspaces/capabilityHosts workspaces/components workspaces/components/versions workspaces/connections workspaces/featuresets workspaces/featuresets/versions workspaces/featurestoreEntities workspaces/featurestoreEntities/versions workspaces/marketplaceSubscriptions workspaces/onlineEndpoints workspaces/onlineEndpoints/deployments workspaces/outboundRules workspaces/privateEndpointConnections workspaces/schedules workspaces/serverlessEndpoints'.split(
    ' ',
  );
const NAMESPACE = 'Microsoft.MachineLearningServices';
const VERBS = ['get', 'put', 'patch', 'delete', 'list'];

export function compatibilityPage(): string {
  // Why: declaring types only passes the engines behind them on; nothing of them is called.
  const ports: ResourcePorts = new Proxy(Object.create(null), { get: () => ports });
  const registry = createRegistry(ports);
  const types = registry.types.toSorted((a, b) => (a.type < b.type ? -1 : 1));
  const routes = listRoutes(registry).filter(({ type, path }) => type === undefined && !path.endsWith('/{operationId}'));
  return [
    '# Resource types',
    '',
    'What Resource Manager serves here. Anything else is refused by name. Made from the code by `npm run docs`.',
    '',
    table(['Type', 'Operations', 'Actions', 'api-versions', 'Long-running create', 'Soft delete'], types.map(typeRow)),
    '',
    '## What is refused',
    '',
    'Operations, properties and values that Azure has and this server answers with an error that names them. A wrong value is 400, an',
    'operation that a type does not have 405, a type or namespace that is not above 404. Unknown properties are kept and read back.',
    '',
    table(['Type', 'Refused', 'Code', 'Why'], types.flatMap(refusalRows)),
    '',
    `Types of \`${NAMESPACE}\` that are not there: ${absentTypes(types).join(', ')}.`,
    '',
    'Deployments at management groups and at the tenant, and resources of template extensions, are not there either.',
    '',
    '## Operations beside the types',
    '',
    table(
      ['Operation', 'Permission'],
      [...new Set(routes.map(({ method, path, permission }) => `\`${method} ${path}\`\n${permission}`))].toSorted().map((line) => line.split('\n')),
    ),
    '',
  ].join('\n');
}

function typeRow(type: AnyResourceType): readonly string[] {
  const verbs = type.verbs ?? VERBS;
  const versions = 'since' in type.apiVersions ? `from ${type.apiVersions.since}` : `${type.apiVersions.length}, ${type.apiVersions.toSorted()[0]} to ${type.apiVersions.toSorted().at(-1)}`;
  return [
    type.type,
    verbs.join(', '),
    Object.keys(type.actions ?? {}).join(', '),
    versions,
    type.provision === undefined ? '' : 'yes',
    type.softDelete === undefined ? '' : `${type.softDelete.days} days`,
  ];
}

function refusalRows(type: AnyResourceType): readonly (readonly string[])[] {
  const verbs: readonly string[] = type.verbs ?? VERBS;
  const missing = VERBS.filter((verb) => !verbs.includes(verb) && !(verb === 'list' && verbs.some((known) => known.startsWith('list'))));
  const own = [...(type.refuses ?? []), ...(type.type === 'Microsoft.Resources/deployments' ? deploymentRefusals : [])];
  return [...(missing.length === 0 ? [] : [[type.type, missing.join(', '), 'MethodNotAllowed', '']]), ...own.map((refusal) => [type.type, refusedText(refusal), refusal.code, refusal.why])];
}

function refusedText({ at, values }: Refusal): string {
  return `\`properties${at.replaceAll('/', '.')}\`${values === undefined ? '' : `: ${values.join(', ')}`}`;
}

function absentTypes(types: readonly AnyResourceType[]): readonly string[] {
  const known = new Set(types.map(({ type }) => type.toLowerCase()));
  return PUBLIC_TYPES.filter((name) => !known.has(`${NAMESPACE}/${name}`.toLowerCase()));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
