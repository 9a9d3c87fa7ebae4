// The faults of Key Vault, with Azure's codes. The inner code travels as the one detail of the fault.
// Source: Key Vault REST, "Authentication, requests and responses", error codes; observed answers of the service.

import type { KeyUnavailableCode } from '#kernel/customer-key.ts';
import { Fault, type FaultKind } from '#kernel/faults.ts';
import type { VaultObjectKind } from '#storage/vault-object-record.ts';

const NOUN = { secret: 'Secret', key: 'Key', certificate: 'Certificate' } as const;

export function withInner(kind: FaultKind, code: string, inner: string, message: string): Fault {
  return new Fault(kind, code, message, { details: [{ code: inner, message }] });
}

export function badParameter(message: string, target?: string): Fault {
  return new Fault('invalid', 'BadParameter', message, target === undefined ? {} : { target });
}

export function objectNotFound(kind: VaultObjectKind, name: string, version?: string): Fault {
  const noun = NOUN[kind];
  const shown = version === undefined ? name : `${name}/${version}`;
  return new Fault(
    'notFound',
    `${noun}NotFound`,
    `A ${kind} with (name/id) ${shown} was not found in this key vault. If you recently deleted this ${kind} you may be able to recover it using the correct recovery command.`,
  );
}

export function deletedNotFound(kind: VaultObjectKind, name: string): Fault {
  return new Fault('notFound', `${NOUN[kind]}NotFound`, `Deleted ${NOUN[kind]} not found: ${name}. It was never deleted, was recovered, or is gone for good.`);
}

export function nameIsHeld(kind: VaultObjectKind, name: string): Fault {
  return withInner(
    'conflict',
    'Conflict',
    'ObjectIsDeletedButRecoverable',
    `${NOUN[kind]} ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the ${kind} can only be recovered or purged.`,
  );
}

export function notPermitted(inner: string, message: string): Fault {
  return withInner('forbidden', 'Forbidden', inner, message);
}

export function vaultNotFound(name: string): Fault {
  return new Fault('notFound', 'VaultNotFound', `There is no key vault '${name}' here: it was never made, was deleted, or is spelled differently.`);
}

export function notSupported(what: string): Fault {
  return new Fault('notImplemented', 'NotSupported', what);
}

/** Data under a customer-managed key that cannot be had now. `reason` ends the sentence. */
export function keyUnavailable(code: KeyUnavailableCode, reason: string): Fault {
  return new Fault('forbidden', code, `The data is encrypted with a customer-managed key that cannot be used now: ${reason} It can be read again as soon as the key can be used.`);
}
