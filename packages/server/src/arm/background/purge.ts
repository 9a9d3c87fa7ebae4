// Work: removes a soft-deleted resource for good when its days are over.

import { stringAt } from '#kernel/json.ts';
import { defineWork, type WorkKind } from '#work/define-work.ts';
import type { ArmDeps } from '../deps.ts';
import { purgeResource } from '../change/remove.ts';

export function purgeWork(deps: ArmDeps): WorkKind {
  return defineWork({
    kind: 'arm.purge',
    async run(ctx, payload) {
      // Why: one that was recovered, or deleted again since, is not due.
      await purgeResource(deps, ctx, stringAt(payload, 'key') ?? '', (resource) => (resource.purgeAt?.getTime() ?? Number.POSITIVE_INFINITY) <= ctx.clock.now());
      return 'done';
    },
  });
}
