// Access: whether the caller may do an operation: by the data actions of its roles, or by the vault's access policies.
// Source: Key Vault, "Provide access with Azure role-based access control", "Assign an access policy"; REST error codes.

import type { Context } from '#kernel/context.ts';
import { isFault } from '#kernel/faults.ts';
import type { Principal } from '#kernel/principal.ts';
import { notPermitted } from '#vault/faults.ts';
import type { Needs } from './operation.ts';
import type { AccessPolicy, Vault, VaultAccess } from './ports.ts';

const PROVIDER = 'Microsoft.KeyVault/vaults';

/** Throws `Forbidden` with ForbiddenByRbac or ForbiddenByPolicy. */
export async function authorize(access: VaultAccess, ctx: Context, vault: Vault, needs: Needs, name: string): Promise<void> {
  if (!vault.isRbac) return checkPolicies(ctx.principal, vault, needs);
  const action = `${PROVIDER}/${needs.action}`;
  const scope = name === '' ? vault.id : `${vault.id}/${needs.area}/${name}`;
  try {
    await access.requireData(ctx, action, scope);
  } catch (error) {
    if (!isFault(error, 'forbidden')) throw error;
    throw notPermitted(
      'ForbiddenByRbac',
      `Caller is not authorized to perform action on resource. If role assignments or role definitions were changed recently, refresh your token.\r\nCaller: ${callerOf(ctx.principal)}\r\nAction: '${action}'\r\nResource: '${scope}'\r\nVault: ${vault.name};location=${vault.location}\r\n${error.message}`,
    );
  }
}

function checkPolicies(principal: Principal, vault: Vault, { area, permissions }: Needs): void {
  const grants = new Set(vault.accessPolicies.filter((policy) => isFor(policy, principal)).flatMap((policy) => policy.permissions[area]));
  if (principal.jobKey === undefined && (grants.has('all') || permissions.some((permission) => grants.has(permission)))) return;
  const reason = principal.jobKey === undefined ? '' : ' The token belongs to a job; jobs have no part in access policies.';
  throw notPermitted(
    'ForbiddenByPolicy',
    `The user, group or application '${callerOf(principal)}' does not have ${area} ${permissions[0] ?? ''} permission on key vault '${vault.name};location=${vault.location}'. Add an access policy with it, or switch the vault to role-based access control.${reason}`,
  );
}

/** An entry with an application holds for that user through that application only. */
function isFor(policy: AccessPolicy, principal: Principal): boolean {
  const { objectId, applicationId } = policy;
  if (objectId !== principal.objectId.toLowerCase() && !principal.groups.some((group) => group.toLowerCase() === objectId)) return false;
  return applicationId === undefined || (principal.kind === 'User' && applicationId === principal.appId?.toLowerCase());
}

function callerOf(principal: Principal): string {
  return `appid=${principal.appId ?? ''};oid=${principal.objectId};iss=${principal.tenantId}`;
}
