// Customer-managed key of a workspace: what its `encryption` may say, and its data key.
// Source: contracts/terraform-azurerm.md §4.14, §7; contracts/azureml-rest.md §6 (EncryptionProperty).
//
// Rule for identities: one that is user-assigned must be listed by the workspace and have wrapKey and unwrapKey on the
// vault when the workspace is created. The system-assigned one cannot have been let in before it exists, so nothing is
// asked of it then; from the first time that it is seen to have the permission, taking that away counts.

import type { Reject, ResourceRecord } from '#arm/resource-type.ts';
import type { Context } from '#kernel/context.ts';
import { jsonEqual, objectAt, stringAt } from '#kernel/json.ts';
import type { KeyChoice, ResourcePorts, WorkspaceStorage } from '../../ports.ts';

type Ports = Pick<ResourcePorts, 'encryption'>;

/** What a draft and a stored workspace have in common. */
interface Encrypted {
  readonly identity?: unknown;
  readonly properties: unknown;
}

/** The key that is named; undefined without encryption. */
export function keyChoiceOf({ properties }: Encrypted): KeyChoice | undefined {
  const encryption = objectAt(properties, 'encryption');
  if (stringAt(encryption, 'status')?.toLowerCase() !== 'enabled') return undefined;
  const key = objectAt(encryption, 'keyVaultProperties');
  const userAssignedIdentity = stringAt(objectAt(encryption, 'identity'), 'userAssignedIdentity');
  return {
    keyVaultArmId: stringAt(key, 'keyVaultArmId') ?? '',
    keyIdentifier: stringAt(key, 'keyIdentifier') ?? '',
    userAssignedIdentity: userAssignedIdentity === '' ? undefined : userAssignedIdentity,
  };
}

/** Rules that need no look-up. Azure: encryption is chosen at creation; later only another key can be named. */
export function validateEncryption(desired: Encrypted, current: Encrypted | undefined, reject: Reject): void {
  const choice = keyChoiceOf(desired);
  const before = current === undefined ? undefined : keyChoiceOf(current);
  if (current !== undefined && (choice === undefined) !== (before === undefined))
    reject('properties.encryption', `Encryption with a customer-managed key is chosen when a workspace is created; it cannot be switched ${choice === undefined ? 'off' : 'on'} afterwards.`);
  if (choice === undefined) return;
  if (before !== undefined && before.keyVaultArmId.toLowerCase() !== choice.keyVaultArmId.toLowerCase())
    reject('properties.encryption.keyVaultProperties.keyVaultArmId', 'The key vault of the encryption cannot be changed; name another key or version of the same vault.');
  const type = (stringAt(desired.identity, 'type') ?? 'SystemAssigned').toLowerCase();
  const assigned = Object.keys(objectAt(desired.identity, 'userAssignedIdentities')).map((id) => id.toLowerCase());
  if (choice.userAssignedIdentity === undefined) {
    if (!type.includes('systemassigned'))
      reject('properties.encryption.identity.userAssignedIdentity', 'The workspace has no system-assigned identity; name the user-assigned identity that the key is used as.');
  } else if (!assigned.includes(choice.userAssignedIdentity.toLowerCase()))
    reject('properties.encryption.identity.userAssignedIdentity', `The identity '${choice.userAssignedIdentity}' is not among the workspace's identity.userAssignedIdentities.`);
}

/** Before the write: the vault, its protection, the key and the identity's access. Only when something of it changes. */
export async function checkEncryption(ctx: Context, desired: Encrypted, current: Encrypted | undefined, ports: Ports): Promise<void> {
  const choice = keyChoiceOf(desired);
  if (choice !== undefined && !(current !== undefined && jsonEqual({ ...choice }, { ...keyChoiceOf(current) }))) await ports.encryption.check(ctx, choice);
}

/** Whether a write must make or wrap the data key: a reason to provision. */
export function changesEncryption(desired: Encrypted, current: Encrypted | undefined): boolean {
  return !jsonEqual({ ...keyChoiceOf(desired) }, { ...(current === undefined ? undefined : keyChoiceOf(current)) });
}

/** While provisioning, before anything of the workspace is stored: makes the data key, or wraps it with the key that is now named. */
export async function ensureEncryption(ctx: Context, workspace: ResourceRecord<unknown>, systemPrincipalId: string | undefined, storage: WorkspaceStorage, ports: Ports): Promise<void> {
  const choice = keyChoiceOf(workspace);
  const hubId = stringAt(workspace.properties, 'hubResourceId');
  if (hubId !== undefined && hubId !== '') await ports.encryption.share(hubId.toLowerCase(), workspace.key, storage);
  else if (choice !== undefined) await ports.encryption.ensure(ctx, workspace.key, choice, systemPrincipalId, storage);
}
