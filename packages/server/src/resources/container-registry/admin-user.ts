// The admin user of a registry: its name is the registry's, and it has two passwords.

import { randomBytes } from 'node:crypto';
import { Fault } from '#kernel/faults.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';

export interface Passwords {
  readonly password: string;
  readonly password2: string;
}

/** 39 bytes: 52 characters, as Azure's. */
export function newPassword(): string {
  return randomBytes(39).toString('base64');
}

export function passwordsOf(secrets: JsonObject): Passwords {
  const stored = objectAt(secrets, 'passwords');
  return { password: stringAt(stored, 'password') ?? '', password2: stringAt(stored, 'password2') ?? '' };
}

/** Throws unless the admin user is on. */
export function adminCredentials(registry: ResourceRecord<unknown>, passwords: Passwords): object {
  if (objectAt(registry, 'properties')['adminUserEnabled'] !== true) {
    throw new Fault(
      'invalid',
      'UnAuthorizedForCredentialOperations',
      `Cannot perform credential operations for ${registry.id} as admin user is disabled. Kindly enable admin user: set properties.adminUserEnabled to true.`,
      {
        target: 'properties.adminUserEnabled',
      },
    );
  }
  return { username: registry.name, passwords: Object.entries(passwords).map(([name, value]) => ({ name, value })) };
}
