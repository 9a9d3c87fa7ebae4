// Who may ask for a link that signs a browser in.

import { expect, test } from 'vitest';
import { silentLog } from '#kernel/context.ts';
import { anonymous, type Principal } from '#kernel/principal.ts';
import { planeClient } from '../../../../testkit/src/plane-client.ts';
import { signInLinkRoute } from './sign-in-links.ts';

const sessions = { createOneTimeLink: async (id: string) => `link of ${id}`, start: async () => undefined, startFor: async () => '', find: async () => undefined, end: async () => undefined };
const user: Principal = { ...anonymous, objectId: 'u', kind: 'User', displayName: 'Ada' };

test.each<[string, Principal, object]>([
  ['a person', user, { code: 'link of u' }],
  ['a job of a person', { ...user, jobKey: '/ws/jobs/j' }, { code: 'NotAPerson' }],
  ['an application', { ...user, kind: 'ServicePrincipal' }, { code: 'NotAPerson' }],
  ['nobody', anonymous, { code: 'NotAPerson' }],
])('%s', async (_name, principal, expected) => {
  const route = signInLinkRoute({ sessions });
  expect(route.permission).toEqual({ kind: 'authenticated' });
  const asCaller = { ...route, run: (ctx: Parameters<typeof route.run>[0], request: Parameters<typeof route.run>[1]) => route.run({ ...ctx, log: silentLog, principal }, request) };
  const send = planeClient([{ name: 'links', routes: [asCaller], renderFault: (fault) => ({ status: fault.status, body: { code: fault.code } }) }], { now: () => 0 });
  expect((await send('http://localhost:7443/signin/links', { method: 'POST' })).json).toMatchObject(expected);
});
