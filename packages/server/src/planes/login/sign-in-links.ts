// Sign-in links: the person behind a token asks for a link that signs a browser in as that person, once.

import type { Sessions } from '#identity/sessions.ts';
import { Fault } from '#kernel/faults.ts';
import type { PlaneRoute } from '../plane.ts';

export function signInLinkRoute(deps: { readonly sessions: Sessions }): PlaneRoute {
  return {
    hosts: ['local'],
    method: 'POST',
    path: '/signin/links',
    permission: { kind: 'authenticated' },
    async run(ctx) {
      const { principal } = ctx;
      // Why: a job's token must not become a session of the person who submitted the job.
      if (principal.kind !== 'User' || principal.jobKey !== undefined) throw new Fault('forbidden', 'NotAPerson', `${principal.displayName} is no person; only people sign in to the studio.`);
      return { status: 201, headers: { 'cache-control': 'no-store' }, body: { code: await deps.sessions.createOneTimeLink(principal.objectId), expiresInSeconds: 600 } };
    },
  };
}
