import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { type DownloadTarget, openTicket, sealTicket } from './download-ticket.ts';

const key = randomBytes(32);
const target: DownloadTarget = { workspaceKey: '/w', root: { service: 'blob', account: 'a', container: 'c', path: 'ExperimentRun/dcid.run' }, path: 'outputs/model.pkl' };

test('opens what it sealed until the time is over', () => {
  const ticket = sealTicket(key, target, 1000);
  expect(openTicket(key, ticket, 1000)).toEqual(target);
  expect(() => openTicket(key, ticket, 1001)).toThrow(/expired/);
});

test('refuses a changed payload, a cut signature and another key', () => {
  const ticket = sealTicket(key, target, 1000);
  const [, mac] = ticket.split('.');
  const forged = Buffer.from(JSON.stringify({ ...target, path: 'secret', expiresAt: 1000 })).toString('base64url');
  expect(() => openTicket(key, `${forged}.${mac}`, 0)).toThrow(/not one that this server issued/);
  expect(() => openTicket(key, ticket.slice(0, -2), 0)).toThrow(/not one/);
  expect(() => openTicket(randomBytes(32), ticket, 0)).toThrow(/not one/);
  expect(() => openTicket(key, '', 0)).toThrow(/not one/);
});
