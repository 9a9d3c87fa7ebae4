// Creating what the draft says: the group if it is new, then the template as a deployment, followed to its end.

import { groupId } from '../../api/resource-id.ts';
import { encodeId } from '../../api/resources.ts';
import { armWrite } from '../../api/write.ts';
import { armTemplate } from './as-template.ts';
import type { WorkspaceDraft } from './draft.ts';
import { WORKSPACE } from './planned.ts';

const VERSION = '2022-09-01';

/** Id of the workspace. Throws ApiError with the reason of the resource that failed. */
export async function createWorkspace(draft: WorkspaceDraft): Promise<string> {
  const group = groupId(draft.subscription, draft.group);
  if (draft.isGroupNew) await armWrite(`${encodeId(group)}?api-version=${VERSION}`, { method: 'PUT', body: { location: draft.location } });
  const name = `studio-${draft.name}-${Date.now().toString(36)}`.slice(0, 64);
  await armWrite(`${encodeId(group)}/providers/Microsoft.Resources/deployments/${name}?api-version=${VERSION}`, {
    method: 'PUT',
    body: { properties: { mode: 'Incremental', template: armTemplate(draft) } },
  });
  return `${group}/providers/${WORKSPACE}/${draft.name}`;
}
