// Users: read, made, changed, removed. Source: Graph v1.0, user.

import { randomUUID } from 'node:crypto';
import { preparePassword } from '#identity/people.ts';
import type { Context } from '#kernel/context.ts';
import { isJsonObject, type JsonObject, stringAt } from '#kernel/json.ts';
import { removeOwnersOf, updatePrincipal } from '#storage/directory-store.ts';
import { deletePrincipal, insertPrincipal } from '#storage/identity-store.ts';
import { endSignIns } from '#storage/password-store.ts';
import type { PlaneReply, PlaneRequest } from '../plane.ts';
import { badRequest } from './faults.ts';
import { findEntry, userKinds } from './lookup.ts';
import type { GraphDeps } from './ports.ts';
import { mergeDetails, readProperties, requiredText, userProperties } from './properties.ts';
import { entryReply, noContent } from './replies.ts';

const OWN_COLUMNS: ReadonlySet<string> = new Set(['displayName', 'userPrincipalName', 'accountEnabled', 'passwordProfile']);

export async function createUser(deps: GraphDeps, ctx: Context, request: PlaneRequest): Promise<PlaneReply> {
  const properties = readProperties(request.body, userProperties, 'User');
  const displayName = requiredText(properties, 'displayName', 'User');
  const userPrincipalName = checkUserName(requiredText(properties, 'userPrincipalName', 'User'));
  requiredText(properties, 'mailNickname', 'User');
  if (typeof properties['accountEnabled'] !== 'boolean') throw badRequest("A value is required for property 'accountEnabled' of resource 'User'.", 'accountEnabled');
  const setPassword = await passwordOf(deps, properties);
  if (setPassword === undefined) throw badRequest("A value is required for property 'passwordProfile' of resource 'User', with a password.", 'passwordProfile');
  const id = randomUUID();
  await deps.database.transaction(async (tx) => {
    await insertPrincipal(tx, { id, kind: 'User', displayName, userPrincipalName });
    await updatePrincipal(tx, id, { displayName, userPrincipalName, isEnabled: properties['accountEnabled'] !== false, details: mergeDetails({}, properties, OWN_COLUMNS) });
    await setPassword(tx, id);
  });
  return entryReply(deps, ctx, request, 'users', await findEntry(deps, userKinds, id), 201);
}

export async function updateUser(deps: GraphDeps, request: PlaneRequest): Promise<PlaneReply> {
  const user = await findEntry(deps, userKinds, request.params['id'] ?? '');
  const properties = readProperties(request.body, userProperties, 'User', user.id);
  const isEnabled = typeof properties['accountEnabled'] === 'boolean' ? properties['accountEnabled'] : user.isEnabled;
  if (!isEnabled && deps.isProtected(user.id)) throw badRequest(`${user.displayName} owns this installation and cannot be disabled.`, 'accountEnabled');
  const setPassword = await passwordOf(deps, properties);
  await deps.database.transaction(async (tx) => {
    await updatePrincipal(tx, user.id, {
      displayName: 'displayName' in properties ? requiredText(properties, 'displayName', 'User') : user.displayName,
      userPrincipalName: 'userPrincipalName' in properties ? checkUserName(requiredText(properties, 'userPrincipalName', 'User')) : user.userPrincipalName,
      isEnabled,
      details: mergeDetails(user.details, properties, OWN_COLUMNS),
    });
    if (setPassword !== undefined) await setPassword(tx, user.id);
    if (!isEnabled) await endSignIns(tx, user.id, new Date(deps.clock.now()));
  });
  return noContent;
}

export async function deleteUser(deps: GraphDeps, request: PlaneRequest): Promise<PlaneReply> {
  const user = await findEntry(deps, userKinds, request.params['id'] ?? '');
  if (deps.isProtected(user.id)) throw badRequest(`${user.displayName} owns this installation and cannot be removed.`);
  await deps.database.transaction(async (tx) => {
    await removeOwnersOf(tx, user.id);
    await deletePrincipal(tx, user.id);
  });
  return noContent;
}

/** POST /users/{id}/revokeSignInSessions: whatever the person is signed in with ends. */
export async function revokeSessions(deps: GraphDeps, request: PlaneRequest): Promise<PlaneReply> {
  const user = await findEntry(deps, userKinds, request.params['id'] ?? '');
  await deps.database.transaction((tx) => endSignIns(tx, user.id, new Date(deps.clock.now())));
  return { status: 200, body: { value: true } };
}

/** POST /me/changePassword. */
export async function changeOwnPassword(deps: GraphDeps, ctx: Context, request: PlaneRequest): Promise<PlaneReply> {
  const { principal } = ctx;
  // Why: a job's token must not take its submitter's account over.
  if (principal.kind !== 'User' || principal.userPrincipalName === undefined || principal.jobKey !== undefined) throw badRequest(`${principal.displayName} is no person; only people have passwords.`);
  const [before, after] = [stringAt(request.body, 'currentPassword'), stringAt(request.body, 'newPassword')];
  if (before === undefined || after === undefined) throw badRequest('currentPassword and newPassword are required.');
  await deps.passwords.change(principal.userPrincipalName, before, after);
  return noContent;
}

async function passwordOf(deps: GraphDeps, properties: JsonObject): Promise<Awaited<ReturnType<typeof preparePassword>> | undefined> {
  const profile = properties['passwordProfile'];
  if (!isJsonObject(profile)) return undefined;
  const password = stringAt(profile, 'password');
  if (password === undefined) throw badRequest('passwordProfile needs a password.', 'passwordProfile.password');
  // Azure: the first password is for one sign-in unless told otherwise.
  const mustChange = profile['forceChangePasswordNextSignIn'] !== false || profile['forceChangePasswordNextSignInWithMfa'] === true;
  return preparePassword(password, mustChange, deps.clock);
}

function checkUserName(name: string): string {
  if (/^[^\s@'"<>\\/]{1,64}@[^\s@'"<>\\/]{1,180}$/.test(name)) return name;
  throw badRequest(`The userPrincipalName '${name}' is not of the form name@domain.`, 'userPrincipalName');
}
