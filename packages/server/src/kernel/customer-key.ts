// What is thrown for data under a customer-managed key that cannot be had now. It passes: whoever can wait tries again.

import { isFault } from './faults.ts';

export type KeyUnavailableCode = 'KeyVaultEncryptionKeyNotFound' | 'KeyVaultAccessDenied';

const CODES: readonly string[] = ['KeyVaultEncryptionKeyNotFound', 'KeyVaultAccessDenied'] satisfies readonly KeyUnavailableCode[];

export function isKeyUnavailable(error: unknown): boolean {
  return isFault(error, 'forbidden') && CODES.includes(error.code);
}
