// The owner makes a reader: a role assignment through the generic resources API.

import { randomUUID } from 'node:crypto';
import { openSession, report, variable } from './session.ts';

const { resources, workspaceId, subscription } = openSession();
const id = `${workspaceId}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`;
const properties = {
  principalId: variable('GRANTEE'),
  principalType: 'ServicePrincipal',
  roleDefinitionId: `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7`,
};
const assignment = await resources.resources.beginCreateOrUpdateByIdAndWait(id, '2022-04-01', { properties });
report({ assignment });
