// authorize: may this caller do this here? Deny by default; assignments are inherited down the scopes
// `/` > subscription > resource group > resource > child, and through groups.

import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Sql } from '#storage/database.ts';
import { findPrincipal } from '#storage/identity-store.ts';
import { type AssignmentRecord, findAssignments, findWorkspaceStorageKey } from '#storage/role-store.ts';
import type { Directory } from './directory-cache.ts';
import { jobMay, workspaceKeyOf } from './job-permissions.ts';
import { type ActionPlane, isWithinScope, parsePermissions, permits } from './permissions.ts';
import { builtInRoles, findBuiltInRole, type RolePermission } from './role-definitions.ts';

/** One assignment that grants the action, and why it counts. */
export interface Grant {
  readonly assignmentId: string;
  readonly roleName: string;
  readonly scope: string;
  /** The caller itself, or the group it comes through. */
  readonly principalId: string;
}

export interface Explanation {
  readonly isAllowed: boolean;
  readonly grants: readonly Grant[];
  /** Built-in roles that would grant it. */
  readonly roles: readonly string[];
}

/** What a principal may do at a scope, question by question, and which assignments reach it there. */
export interface Review {
  readonly principal: { readonly id: string; readonly kind: string; readonly displayName: string; readonly isEnabled: boolean };
  readonly assignments: readonly { readonly id: string; readonly roleName: string; readonly roleId: string; readonly scope: string; readonly principalId: string; readonly condition: string | null }[];
  readonly answers: readonly {
    readonly plane: ActionPlane;
    readonly action: string;
    readonly isAllowed: boolean;
    readonly assignmentIds: readonly string[];
    readonly rolesThatWould: readonly string[];
  }[];
}

export interface Authorizer {
  /** Throws `forbidden`/`AuthorizationFailed`, or `unauthenticated` for nobody. `scope`: a resource key or id. */
  require(ctx: Context, action: string, scope: string): Promise<void>;
  /** The same for a data action. */
  requireData(ctx: Context, dataAction: string, scope: string): Promise<void>;
  /** Which of these scopes the caller may do the action at, or below, in one query; spelled as they were given. */
  visible(ctx: Context, action: string, ids: readonly string[]): Promise<ReadonlySet<string>>;
  can(ctx: Context, plane: ActionPlane, action: string, scope: string): Promise<boolean>;
  /** Why a principal may, or what it lacks. Throws `notFound`/`PrincipalNotFound`. */
  explain(principalId: string, plane: ActionPlane, action: string, scope: string): Promise<Explanation>;
  /** The same for many actions at once. */
  review(principalId: string, scope: string, questions: readonly { readonly plane: ActionPlane; readonly action: string }[]): Promise<Review>;
}

interface Role {
  readonly name: string;
  readonly permissions: readonly RolePermission[];
}

export function createAuthorizer(deps: { readonly db: Sql; readonly directory?: Pick<Directory, 'findAssignments'> }): Authorizer {
  const { db } = deps;
  const assignmentsOf = (principal: Principal): Promise<readonly AssignmentRecord[]> => {
    const ids = [principal.objectId, ...principal.groups];
    return deps.directory?.findAssignments(ids) ?? findAssignments(db, ids);
  };

  async function can(ctx: Context, plane: ActionPlane, action: string, scope: string): Promise<boolean> {
    const { principal } = ctx;
    if (principal.kind === 'System') return true;
    if (principal.kind === 'Anonymous') return false;
    if (principal.jobKey !== undefined && !(await mayJob(principal.jobKey, plane, action, scope))) return false;
    const assignments = await assignmentsOf(principal);
    return assignments.some((assignment) => grants(assignment, plane, action, scope));
  }

  async function mayJob(jobKey: string, plane: ActionPlane, action: string, scope: string): Promise<boolean> {
    const workspaceKey = workspaceKeyOf(jobKey);
    const storageKey = isWithinScope(scope, workspaceKey) ? undefined : await findWorkspaceStorageKey(db, workspaceKey);
    return jobMay(jobKey, plane, action, scope, storageKey);
  }

  async function requirePlane(ctx: Context, plane: ActionPlane, action: string, scope: string): Promise<void> {
    if (await can(ctx, plane, action, scope)) return;
    if (ctx.principal.kind === 'Anonymous') {
      throw new Fault('unauthenticated', 'AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing.");
    }
    throw forbidden(ctx.principal, plane, action, scope);
  }

  return {
    can,
    require: (ctx, action, scope) => requirePlane(ctx, 'action', action, scope),
    requireData: (ctx, dataAction, scope) => requirePlane(ctx, 'dataAction', dataAction, scope),
    async visible(ctx, action, ids) {
      const { principal } = ctx;
      if (principal.kind === 'System') return new Set(ids);
      if (principal.kind === 'Anonymous' || principal.jobKey !== undefined) return new Set();
      const assignments = await assignmentsOf(principal);
      // Azure: what encloses something one may read is listed too, so that there is a way to it.
      return new Set(
        ids.filter((id) =>
          assignments.some((assignment) => grants(assignment, 'action', action, id) || (isWithinScope(assignment.scope, id) && grants(assignment, 'action', action, assignment.scope))),
        ),
      );
    },
    async explain(principalId, plane, action, scope) {
      const principal = await findPrincipal(db, principalId);
      if (principal === undefined) throw new Fault('notFound', 'PrincipalNotFound', `There is no user, group or service principal with object id ${principalId}.`);
      const assignments = principal.isEnabled ? await findAssignments(db, [principal.id, ...principal.groups]) : [];
      const found = assignments
        .filter((assignment) => grants(assignment, plane, action, scope))
        .map((assignment) => ({ assignmentId: assignment.id, roleName: roleOf(assignment)?.name ?? assignment.roleId, scope: assignment.scope, principalId: assignment.principalId }));
      return { isAllowed: found.length > 0, grants: found, roles: rolesGranting(plane, action) };
    },
    async review(principalId, scope, questions) {
      const principal = await findPrincipal(db, principalId);
      if (principal === undefined) throw new Fault('notFound', 'PrincipalNotFound', `There is no user, group or service principal with object id ${principalId}.`);
      const { id, kind, displayName, isEnabled } = principal;
      const reaching = (await findAssignments(db, [id, ...principal.groups])).filter((assignment) => isWithinScope(scope, assignment.scope));
      return {
        principal: { id, kind, displayName, isEnabled },
        assignments: reaching.map((assignment) => ({
          id: assignment.id,
          roleName: roleOf(assignment)?.name ?? assignment.roleId,
          roleId: assignment.roleId,
          scope: assignment.scope,
          principalId: assignment.principalId,
          condition: assignment.condition ?? null,
        })),
        answers: questions.map(({ plane, action }) => {
          const granting = isEnabled ? reaching.filter((assignment) => grants(assignment, plane, action, scope)) : [];
          return { plane, action, isAllowed: granting.length > 0, assignmentIds: granting.map((assignment) => assignment.id), rolesThatWould: granting.length > 0 ? [] : rolesGranting(plane, action) };
        }),
      };
    },
  };
}

function grants(assignment: AssignmentRecord, plane: ActionPlane, action: string, scope: string): boolean {
  if (assignment.condition !== undefined || !isWithinScope(scope, assignment.scope)) return false;
  const role = roleOf(assignment);
  return role !== undefined && permits(role.permissions, plane, action);
}

/** A built-in role wins over a custom one of its id: nobody redefines Owner. */
function roleOf(assignment: AssignmentRecord): Role | undefined {
  const builtIn = findBuiltInRole(assignment.roleId);
  if (builtIn !== undefined) return { name: builtIn.roleName, permissions: builtIn.permissions };
  const custom = assignment.customDefinition;
  if (custom === undefined) return undefined;
  const name = custom['roleName'];
  return { name: typeof name === 'string' ? name : assignment.roleId, permissions: parsePermissions(custom) };
}

/** Names of the built-in roles that grant the action. */
export function rolesGranting(plane: ActionPlane, action: string): readonly string[] {
  return builtInRoles.filter((role) => permits(role.permissions, plane, action)).map((role) => role.roleName);
}

function forbidden(principal: Principal, plane: ActionPlane, action: string, scope: string): Fault {
  const caller = principal.userPrincipalName ?? principal.appId ?? principal.displayName;
  const roles = rolesGranting(plane, action);
  const mend =
    principal.jobKey !== undefined
      ? `The token belongs to job ${principal.jobKey.slice(principal.jobKey.lastIndexOf('/') + 1)}; a job may act on its own run, read its workspace, and never do more than the one who submitted it.`
      : roles.length > 0
        ? `Roles that would grant it at this scope or above: ${roles.join(', ')}.`
        : 'No built-in role grants it; a custom role definition has to name it.';
  return new Fault(
    'forbidden',
    'AuthorizationFailed',
    `The client '${caller}' with object id '${principal.objectId}' does not have authorization to perform ${plane === 'action' ? 'action' : 'data action'} '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials. ${mend}`,
  );
}
