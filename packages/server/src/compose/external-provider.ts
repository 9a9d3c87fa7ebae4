// The external OpenID provider of the settings, if one is set.

import { createExternalProvider, type ExternalDeps, type ExternalProvider } from '#identity/people.ts';
import type { Settings } from '#config/settings.ts';
import { Fault } from '#kernel/faults.ts';

export function externalProvider(settings: Settings, deps: ExternalDeps): ExternalProvider | undefined {
  const { oidcIssuer, oidcClientId, oidcClientSecret, oidcName, oidcGroupsClaim } = settings;
  if (oidcIssuer === '') return undefined;
  if (oidcClientId === '' || oidcClientSecret === '')
    throw new Fault('invalid', 'InvalidSetting', 'LAZURITE_OIDC_ISSUER needs LAZURITE_OIDC_CLIENT_ID and LAZURITE_OIDC_CLIENT_SECRET as well.', { target: 'oidcClientId' });
  return createExternalProvider(deps, { issuer: oidcIssuer, clientId: oidcClientId, clientSecret: oidcClientSecret, name: oidcName, groupsClaim: oidcGroupsClaim });
}
