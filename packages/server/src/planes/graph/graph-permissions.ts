// Permissions of Microsoft Graph that registrations most often ask for, by the ids that they have in every tenant. Clients look
// them up to write them into `requiredResourceAccess`; here they grant nothing. Source: Graph permissions reference.

import type { JsonObject } from '#kernel/json.ts';

export const GRAPH_APP_ID = '00000003-0000-0000-c000-000000000000';

const DELEGATED: readonly (readonly [value: string, id: string])[] = [
  ['openid', '37f7f235-527c-4136-accd-4a02d197296e'],
  ['profile', '14dad69e-099b-42c9-810b-d002981feec1'],
  ['email', '64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0'],
  ['offline_access', '7427e0e9-2fba-42fe-b0c0-848c9e6a8182'],
  ['User.Read', 'e1fe6dd8-ba31-4d61-89e7-88639da4683d'],
  ['User.ReadWrite', 'b4e74841-8e56-480b-be8b-910348b18b4c'],
  ['User.ReadBasic.All', 'b340eb25-3456-403f-be2f-af7a0d370277'],
  ['User.Read.All', 'a154be20-db9c-4678-8ab7-66f6cc099a59'],
  ['Group.Read.All', '5f8c59db-677d-491f-a6b8-5f174b11ec1d'],
  ['GroupMember.Read.All', 'bc024368-1153-4739-b217-4326f2e966d0'],
  ['Directory.Read.All', '06da0dbc-49e2-44d2-8312-53f166ab848a'],
];
const APPLICATION: readonly (readonly [value: string, id: string])[] = [
  ['User.Read.All', 'df021288-bdef-4463-88db-98f22de89214'],
  ['User.ReadWrite.All', '741f803b-c850-494e-b5df-cde7c675a1ca'],
  ['Group.Read.All', '5b567255-7703-4780-807c-7be8301ae99b'],
  ['Group.ReadWrite.All', '62a82d76-70ea-41e2-9197-370581804d09'],
  ['GroupMember.Read.All', '98830695-27a2-44f7-8c18-0c3ebc9698f6'],
  ['Directory.Read.All', '7ab1d382-f21e-4acd-a863-ba3e13f7da61'],
  ['Directory.ReadWrite.All', '19dbc75e-c2e2-444c-a770-ec69d8559fc7'],
  ['Application.Read.All', '9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30'],
  ['Application.ReadWrite.All', '1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9'],
  ['Application.ReadWrite.OwnedBy', '18a4783c-866b-4cc7-a460-3d5e5662c884'],
];

/** As its service principal shows them. */
export const graphPermissions: { readonly appRoles: readonly JsonObject[]; readonly oauth2PermissionScopes: readonly JsonObject[] } = {
  appRoles: APPLICATION.map(([value, id]) => ({ id, value, displayName: value, description: value, isEnabled: true, origin: 'Application', allowedMemberTypes: ['Application'] })),
  oauth2PermissionScopes: DELEGATED.map(([value, id]) => ({
    id,
    value,
    type: 'User',
    isEnabled: true,
    adminConsentDisplayName: value,
    adminConsentDescription: value,
    userConsentDisplayName: value,
    userConsentDescription: value,
  })),
};
