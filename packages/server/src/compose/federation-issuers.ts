// Issuers of the operator's own network, by the setting: their tokens are verified although they are not on the public internet.

import { Fault } from '#kernel/faults.ts';
import type { OperatorFetch } from '#outbound/operator-fetch.ts';

/** Exactly as tokens name them. Throws `invalid`/`InvalidSetting`. */
export function parseIssuers(setting: string): ReadonlySet<string> {
  const issuers = setting.split(',').flatMap((text) => (text.trim() === '' ? [] : [text.trim()]));
  const bad = issuers.find((issuer) => !URL.canParse(issuer) || !/^https?:$/.test(new URL(issuer).protocol));
  if (bad !== undefined)
    throw new Fault('invalid', 'InvalidSetting', `Setting federationIssuers (LAZURITE_FEDERATION_ISSUERS) contains '${bad}'; https and http addresses of issuers separated by commas are accepted.`, {
      target: 'federationIssuers',
    });
  return new Set(issuers);
}

export const originsOf = (issuers: ReadonlySet<string>): ReadonlySet<string> => new Set([...issuers].map((issuer) => new URL(issuer).origin));

/** A document of such an issuer. */
export async function fetchIssuerDocument({ fetch }: OperatorFetch, url: string): Promise<unknown> {
  const response = await fetch(url, {});
  if (response.status !== 200) throw new Fault('unavailable', 'OutboundFailed', `${url} answered ${response.status}; 200 was expected.`);
  return response.json();
}
