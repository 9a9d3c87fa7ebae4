// Device codes: a program without a browser shows a short code, and a person enters it where they can sign in.
// Source: RFC 8628; Entra "Device authorization grant flow".

import { randomBytes, randomInt } from 'node:crypto';
import type { Clock } from '#kernel/clock.ts';
import { Fault } from '#kernel/faults.ts';
import type { Database } from '#storage/database.ts';
import { decideDeviceCode, findWaitingDeviceCode, insertDeviceCode } from '#storage/device-code-store.ts';
import { type Application, findApplication } from '#storage/identity-store.ts';
import { hashSecret } from '../secrets.ts';

/** Nine letters and digits that are not mistaken for each other: 45 bits, for a quarter of an hour. */
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const LENGTH = 9;

export const deviceCodeSeconds = 900;
/** Source: RFC 8628 §3.2: five seconds unless told otherwise. */
export const pollSeconds = 5;

export interface IssuedDeviceCode {
  readonly deviceCode: string;
  readonly userCode: string;
}

export interface DeviceCodes {
  issue(appId: string, scope: string): Promise<IssuedDeviceCode>;
  /** The program that waits behind the code; undefined when none does. */
  findWaiting(userCode: string): Promise<{ readonly application: Application; readonly scope: string } | undefined>;
  /** The person's decision. False when nothing waits for it any more. */
  decide(userCode: string, decision: { readonly principalId: string; readonly isApproved: boolean }): Promise<boolean>;
}

export function createDeviceCodes(deps: { readonly database: Database; readonly clock: Clock }): DeviceCodes {
  const { database, clock } = deps;
  return {
    async issue(appId, scope) {
      const expiresAt = new Date(clock.now() + deviceCodeSeconds * 1000);
      for (let attempts = 0; attempts < 5; attempts += 1) {
        const deviceCode = randomBytes(48).toString('base64url');
        const userCode = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
        const isNew = await database.transaction((tx) => insertDeviceCode(tx, { hash: hashSecret(deviceCode), userCodeHash: hashSecret(userCode), appId, scope, expiresAt }));
        if (isNew) return { deviceCode, userCode };
      }
      throw new Fault('unavailable', 'DeviceCodesExhausted', 'No free device code was found. Try again.');
    },
    async findWaiting(userCode) {
      const found = await findWaitingDeviceCode(database.sql, hashSecret(normalize(userCode)), new Date(clock.now()));
      const application = found === undefined ? undefined : await findApplication(database.sql, found.appId);
      return found === undefined || application === undefined ? undefined : { application, scope: found.scope };
    },
    decide: (userCode, decision) => database.transaction((tx) => decideDeviceCode(tx, hashSecret(normalize(userCode)), { ...decision, now: new Date(clock.now()) })),
  };
}

function normalize(userCode: string): string {
  return userCode.toUpperCase().replace(/[^A-Z0-9]/g, '');
}
