// The draft as an ARM template. What the wizard deploys is this, byte for byte. Pure.

import type { WorkspaceDraft } from './draft.ts';
import { type PlannedResource, plannedResources, WORKSPACE } from './planned.ts';

const LOCATION = "[parameters('location')]";

export interface Template {
  readonly $schema: string;
  readonly contentVersion: string;
  readonly parameters: object;
  readonly resources: readonly object[];
  readonly outputs: object;
}

export function armTemplate(draft: WorkspaceDraft): Template {
  return {
    $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
    contentVersion: '1.0.0.0',
    parameters: { location: { type: 'string', defaultValue: literal(draft.location) } },
    resources: plannedResources(draft, { location: LOCATION, tenantId: '[subscription().tenantId]', text: literal, idOf }).map(resource),
    outputs: { workspaceId: { type: 'string', value: idOf(WORKSPACE, draft.name) } },
  };
}

function resource({ type, apiVersion, name, body, after }: PlannedResource): object {
  return { type, apiVersion, name: literal(name), ...body, ...(after.length === 0 ? {} : { dependsOn: after.map((each) => idOf(each.type, each.name)) }) };
}

function idOf(type: string, name: string): string {
  return `[resourceId('${type}', '${name.replaceAll("'", "''")}')]`;
}

/** A text that begins with `[` would be an expression; a second bracket says that it is none. */
function literal(text: string): string {
  return text.startsWith('[') ? `[${text}` : text;
}
