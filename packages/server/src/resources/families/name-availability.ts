// checkNameAvailability: whether a name that is unique over all subscriptions is free.

import { Type } from 'typebox';
import type { ApiVersions } from '#arm/api-versions.ts';
import { type ArmRoute, defineArmRoute } from '#arm/route.ts';
import { stringAt } from '#kernel/json.ts';

export interface NameAvailability {
  readonly namespace: string;
  readonly apiVersions: ApiVersions;
  readonly name: RegExp;
  /** Azure: each provider has its own word. */
  readonly invalid: { readonly reason: string; message(name: string): string };
  /** Why the name is taken; undefined: it is free. */
  takenBecause(name: string): Promise<string | undefined>;
}

export function nameAvailabilityRoute(check: NameAvailability): ArmRoute {
  return defineArmRoute({
    method: 'POST',
    path: `/subscriptions/{subscriptionId}/providers/${check.namespace}/checkNameAvailability`,
    apiVersions: check.apiVersions,
    permission: { action: `${check.namespace}/checkNameAvailability/read` },
    input: Type.Object({ name: Type.String(), type: Type.Optional(Type.String()) }),
    async run(_ctx, { body }) {
      const name = stringAt(body, 'name') ?? '';
      if (!check.name.test(name)) return { body: { nameAvailable: false, reason: check.invalid.reason, message: check.invalid.message(name.slice(0, 100)) } };
      const message = await check.takenBecause(name);
      return { body: message === undefined ? { nameAvailable: true } : { nameAvailable: false, reason: 'AlreadyExists', message } };
    },
  });
}
