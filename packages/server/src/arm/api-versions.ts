// ApiVersions: which values of `api-version` a type answers to. Source: contracts/azureml-rest.md §1, §2.

import { Fault } from '#kernel/faults.ts';

/** An explicit list, or every well-formed version from a date on (clients are newer than this program). */
export type ApiVersions = readonly string[] | { readonly since: string };

const FORM = /^(\d{4}-\d{2}-\d{2})(-[a-z0-9]+)?$/i;

/** The api-version of the request. Throws Azure's faults when it is missing, malformed or not one of the type's. */
export function checkApiVersion(query: URLSearchParams, versions: ApiVersions, type: string): string {
  const version = apiVersionOf(query);
  const date = FORM.exec(version)?.[1];
  if (date === undefined || Number.isNaN(Date.parse(date))) {
    throw new Fault('invalid', 'InvalidApiVersionParameter', `The api-version '${version.slice(0, 64)}' is invalid. ${accepted(versions)}`, { target: 'api-version' });
  }
  const isSupported = 'since' in versions ? version >= versions.since.slice(0, 10) : lowerCased(versions).has(version.toLowerCase());
  if (!isSupported) {
    throw new Fault('invalid', 'NoRegisteredProviderFound', `No registered resource provider found for API version '${version}' for type '${type}'. ${accepted(versions)}`, { target: 'api-version' });
  }
  return version;
}

const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

function lowerCased(versions: readonly string[]): ReadonlySet<string> {
  const known = sets.get(versions) ?? new Set(versions.map((version) => version.toLowerCase()));
  sets.set(versions, known);
  return known;
}

/** Throws `MissingApiVersionParameter` when there is none. */
export function apiVersionOf(query: URLSearchParams): string {
  for (const [name, value] of query) if (name.toLowerCase() === 'api-version' && value !== '') return value;
  throw new Fault('invalid', 'MissingApiVersionParameter', 'The api-version query parameter (?api-version=) is required for all requests.', { target: 'api-version' });
}

function accepted(versions: ApiVersions): string {
  return 'since' in versions ? `Versions from '${versions.since}' on are supported, for example '${versions.since}'.` : `The supported api-versions are '${versions.join(', ')}'.`;
}
