// Role definitions, assignments and permissions by @azure/arm-authorization; tags by @azure/arm-resources.

import { AuthorizationManagementClient } from '@azure/arm-authorization';
import { collect, openSession, POLL, refusal, report, variable } from '../azure/session.ts';

const { credential, resources, subscription } = openSession();
const endpoint = variable('LAZURITE_ARM_ENDPOINT');
const grantee = variable('GRANTEE');
const auth = new AuthorizationManagementClient(credential, subscription, { endpoint, credentialScopes: `${endpoint}/.default` });
const GROUP = 'Roles';
const scope = `subscriptions/${subscription}/resourceGroups/${GROUP}`;
const ROLE = '11111111-2222-4333-8444-555555555555';
const FIRST = '21111111-2222-4333-8444-555555555555';
const ofGroup = `/${scope}`;

await resources.resourceGroups.createOrUpdate(GROUP, { location: 'local' });
const byName = await collect(auth.roleDefinitions.list(scope, { filter: "roleName eq 'Storage Blob Data Contributor'" }));
const pull = await collect(auth.roleDefinitions.list(scope, { filter: "roleName eq 'AcrPull'" }));
const builtIn = await collect(auth.roleDefinitions.list(scope, { filter: "type eq 'BuiltInRole'" }));
const definition = { roleName: 'Tagger', description: 'tags', roleType: 'CustomRole', permissions: [{ actions: ['Microsoft.Resources/tags/*', '*/read'] }], assignableScopes: [ofGroup] };
const made = await auth.roleDefinitions.createOrUpdate(`subscriptions/${subscription}`, ROLE, definition);
const changed = await auth.roleDefinitions.createOrUpdate(`subscriptions/${subscription}`, ROLE, { ...definition, description: 'tags things' });
const EMPTY = '15111111-2222-4333-8444-555555555555';
const empty = await auth.roleDefinitions.createOrUpdate(scope, EMPTY, { ...definition, roleName: 'Nothing', permissions: [] });
await auth.roleDefinitions.delete(scope, EMPTY);
const inherited = await collect(auth.roleDefinitions.list(scope, { filter: "roleName eq 'Tagger'" }));
const sameName = await refusal(auth.roleDefinitions.createOrUpdate(scope, '12111111-2222-4333-8444-555555555555', definition));
const badAction = await refusal(auth.roleDefinitions.createOrUpdate(scope, '13111111-2222-4333-8444-555555555555', { ...definition, roleName: 'Bad', permissions: [{ actions: ['drop tables'] }] }));
const badScope = await refusal(
  auth.roleDefinitions.createOrUpdate(scope, '14111111-2222-4333-8444-555555555555', { ...definition, roleName: 'Bad', assignableScopes: ['/subscriptions/00000000-0000-0000-0000-000000000000'] }),
);

const assignment = { roleDefinitionId: made.id ?? '', principalId: grantee, principalType: 'ServicePrincipal' };
const tooWide = await refusal(auth.roleAssignments.create(`subscriptions/${subscription}`, FIRST, assignment));
const assigned = await auth.roleAssignments.create(scope, FIRST, assignment);
const twice = await refusal(auth.roleAssignments.create(scope, '22111111-2222-4333-8444-555555555555', assignment));
const wrongType = await refusal(auth.roleAssignments.create(scope, '23111111-2222-4333-8444-555555555555', { ...assignment, roleDefinitionId: builtIn[0]?.id ?? '', principalType: 'User' }));
const conditional = await refusal(auth.roleAssignments.create(scope, '24111111-2222-4333-8444-555555555555', { ...assignment, condition: 'true', conditionVersion: '2.0' }));
const ofPrincipal = await collect(auth.roleAssignments.listForScope(scope, { filter: `principalId eq '${grantee}'` }));
const assignedTo = await collect(auth.roleAssignments.listForScope(scope, { filter: `atScope() and assignedTo('${grantee}')` }));
const atScope = await collect(auth.roleAssignments.listForScope(scope, { filter: 'atScope()' }));
const below = await collect(auth.roleAssignments.listForSubscription());
const aboveOnly = await collect(auth.roleAssignments.listForSubscription({ filter: 'atScope()' }));
const inUse = await refusal(auth.roleDefinitions.delete(`subscriptions/${subscription}`, ROLE));
const mine = await collect(auth.permissions.listForResourceGroup(GROUP));

const tagged = await resources.tagsOperations.beginCreateOrUpdateAtScopeAndWait(scope, { properties: { tags: { a: '1', b: '2' } } }, POLL);
const merged = await resources.tagsOperations.beginUpdateAtScopeAndWait(scope, { operation: 'Merge', properties: { tags: { b: '3', c: '4' } } }, POLL);
const less = await resources.tagsOperations.beginUpdateAtScopeAndWait(scope, { operation: 'Delete', properties: { tags: { c: '4' } } }, POLL);
const group = await resources.resourceGroups.get(GROUP);
const badTag = await refusal(resources.tagsOperations.beginCreateOrUpdateAtScopeAndWait(scope, { properties: { tags: { '<x>': '1' } } }, POLL));
const noTags = await refusal(
  resources.tagsOperations.beginCreateOrUpdateAtScopeAndWait(`${scope}/providers/Microsoft.Authorization/roleAssignments/${FIRST}`, { properties: { tags: { a: '1' } } }, POLL),
);
await resources.tagsOperations.beginDeleteAtScopeAndWait(scope, POLL);
const untagged = await resources.tagsOperations.getAtScope(scope);

const wide = `subscriptions/${subscription}`;
await resources.tagsOperations.beginCreateOrUpdateAtScopeAndWait(wide, { properties: { tags: { owner: 'me' } } }, POLL);
await resources.tagsOperations.beginUpdateAtScopeAndWait(wide, { operation: 'Merge', properties: { tags: { b: '3' } } }, POLL);
const wideBad = await refusal(resources.tagsOperations.beginCreateOrUpdateAtScopeAndWait(wide, { properties: { tags: { '<x>': '1' } } }, POLL));
const wideTags = [(await resources.tagsOperations.getAtScope(wide)).properties?.tags];
await resources.tagsOperations.beginDeleteAtScopeAndWait(wide, POLL);
wideTags.push((await resources.tagsOperations.getAtScope(wide)).properties?.tags);
await resources.resourceGroups.createOrUpdate('Tagged', { location: 'local', tags: { unusual: 'x' } });
const names = (await collect(resources.tagsOperations.list())).filter(({ tagName }) => tagName === 'unusual');

await auth.roleAssignments.delete(scope, FIRST);
await auth.roleDefinitions.delete(`subscriptions/${subscription}`, ROLE);
const gone = await collect(auth.roleDefinitions.list(scope, { filter: "roleName eq 'Tagger'" }));

report({
  wideTags,
  tagNames: names.map(({ tagName, count, values }) => [tagName, count?.value, values?.map(({ tagValue }) => tagValue)]),
  byName: [...byName, ...pull].map(({ roleName }) => roleName),
  builtIn: builtIn.length > 10,
  made,
  empty: empty.permissions,
  changed: [changed.description, made.id === changed.id],
  inherited: inherited.map(({ name }) => name),
  refused: { sameName, badAction, badScope, tooWide, twice, wrongType, conditional, inUse, badTag, noTags, wideBad },
  assigned,
  lists: [ofPrincipal, assignedTo].map((items) => items.map(({ name }) => name)),
  scopes: [atScope, below, aboveOnly].map((items) => items.some(({ name }) => name === FIRST)),
  inheritedOwner: atScope.some((item) => item.scope === `/subscriptions/${subscription}`),
  mine: mine.some((permission) => permission.actions?.includes('*')),
  tags: [tagged, merged, less, untagged].map(({ properties }) => properties.tags),
  groupTags: group.tags,
  gone,
});
