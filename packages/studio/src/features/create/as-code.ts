// Making a resource as commands and as a template. Pure.

import { nameOf } from '../../api/resource-id.ts';
import type { TypeDescriptor } from '../../api/resource-types.ts';
import { shellWord } from '../job/acts.ts';
import type { Body } from './new-resource.ts';

export const LANGUAGES = [
  ['cli', 'Azure CLI'],
  ['arm', 'ARM template'],
  ['terraform', 'Terraform'],
] as const;

export type Language = (typeof LANGUAGES)[number][0];

export function codeFor(language: Language, type: TypeDescriptor, id: string, body: Body): string {
  switch (language) {
    case 'cli':
      return `az resource create --id ${shellWord(id)} \\\n  --api-version ${type.apiVersion} --is-full-object \\\n  --properties ${shellWord(JSON.stringify(body, null, 2))}`;
    case 'arm':
      return JSON.stringify(template(type, id, body), null, 2);
    case 'terraform':
      return terraform(type, id, body);
  }
}

function template(type: TypeDescriptor, id: string, body: Body): object {
  const [, below = ''] = id.split(/\/providers\/(?!.*\/providers\/)/i);
  // A child's name begins with those of what it lies in.
  const name =
    below === ''
      ? nameOf(id)
      : below
          .split('/')
          .filter((_part, index) => index > 0 && index % 2 === 0)
          .join('/');
  return {
    $schema: `https://schema.management.azure.com/schemas/${type.scope === 'subscription' ? '2018-05-01/subscriptionDeploymentTemplate' : '2019-04-01/deploymentTemplate'}.json#`,
    contentVersion: '1.0.0.0',
    resources: [{ type: type.type, apiVersion: type.apiVersion, name: literal(name), ...Object.fromEntries(Object.entries(body).map(([member, value]) => [member, escaped(value)])) }],
  };
}

/** Texts that begin with `[` are no expressions here. */
function escaped(value: unknown): unknown {
  if (typeof value === 'string') return literal(value);
  if (Array.isArray(value)) return value.map(escaped);
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, escaped(member)])) : value;
}

function literal(text: string): string {
  return text.startsWith('[') ? `[${text}` : text;
}

/** Of the azapi provider, which makes resources of any type. */
function terraform(type: TypeDescriptor, id: string, body: Body): string {
  const { location, tags, identity: _identity, ...rest } = body;
  const parent =
    type.path === null
      ? id
          .split('/')
          .slice(0, type.parent === null ? -3 : -2)
          .join('/')
          .replace(/\/providers$/, '')
      : id.split('/').slice(0, 3).join('/');
  const lines = [
    `  type      = ${quoted(`${type.type}@${type.apiVersion}`)}`,
    `  name      = ${quoted(nameOf(id))}`,
    `  parent_id = ${quoted(parent)}`,
    ...(typeof location === 'string' ? [`  location  = ${quoted(location)}`] : []),
    ...(tags === undefined ? [] : [`  tags      = jsondecode(${quoted(JSON.stringify(tags))})`]),
    `  body      = jsondecode(<<JSON\n${JSON.stringify(rest, null, 2).replaceAll('${', '$${').replaceAll('%{', '%%{')}\nJSON\n  )`,
    ...(_identity === undefined ? [] : [identityBlock(_identity)]),
  ];
  return `terraform {\n  required_providers {\n    azapi = { source = "Azure/azapi" }\n  }\n}\n\nresource "azapi_resource" "this" {\n${lines.join('\n')}\n}`;
}

function identityBlock(identity: unknown): string {
  const { type, userAssignedIdentities }: { type?: unknown; userAssignedIdentities?: unknown } = Object(identity);
  const ids = Object.keys(Object(userAssignedIdentities));
  return `  identity {\n    type         = ${quoted(String(type ?? 'None'))}\n    identity_ids = [${ids.map(quoted).join(', ')}]\n  }`;
}

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('${', '$${').replaceAll('%{', '%%{');
}
