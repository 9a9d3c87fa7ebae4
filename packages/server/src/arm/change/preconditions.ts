// If-Match and If-None-Match. Source: RFC 9110 §13; Azure compares strongly and answers 412 PreconditionFailed.

import { preconditionFailed } from '../faults.ts';

export interface Preconditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

export function preconditionsOf(headers: Readonly<Record<string, string>>): Preconditions {
  return { ifMatch: headers['if-match'], ifNoneMatch: headers['if-none-match'] };
}

/** Throws 412 when the resource (undefined: there is none) is not what the caller expects before a write. */
export function checkPreconditions({ ifMatch, ifNoneMatch }: Preconditions, current: { readonly etag: string } | undefined): void {
  if (ifMatch !== undefined && ifMatch.trim() !== '') {
    if (current === undefined) throw preconditionFailed('If-Match', ifMatch, 'the resource does not exist');
    if (!matchesEtag(ifMatch, current.etag)) throw preconditionFailed('If-Match', ifMatch, `the resource has changed; its ETag is now ${quoteEtag(current.etag)}`);
  }
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '' && current !== undefined && matchesEtag(ifNoneMatch, current.etag)) {
    throw preconditionFailed('If-None-Match', ifNoneMatch, 'the resource exists already');
  }
}

export function matchesEtag(header: string, etag: string): boolean {
  return header.split(',').some((candidate) => {
    const tag = candidate.trim().replace(/^W\//, '');
    return tag === '*' || tag === quoteEtag(etag) || tag === etag;
  });
}

export function quoteEtag(etag: string): string {
  return `"${etag}"`;
}
