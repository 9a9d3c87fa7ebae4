// Key Vault's error envelope. Source: Key Vault REST, "Authentication, requests and responses".

import type { Fault } from '#kernel/faults.ts';
import type { PlaneReply } from '../plane.ts';

export function renderVaultFault(fault: Fault): PlaneReply {
  const inner = fault.details[0]?.code;
  return { status: fault.status, body: { error: { code: fault.code, message: fault.message, ...(inner === undefined ? {} : { innererror: { code: inner } }) } } };
}
