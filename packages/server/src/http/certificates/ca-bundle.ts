// CaBundle: the roots of the system plus our authority in one file. Most clients *replace* their roots by the file they
// are given (curl, requests, Go, OpenSSL), so a file with our authority alone would cut them off from everything else.
// Source: design/findings.md §3.

import { join } from 'node:path';
import { getCACertificates } from 'node:tls';

/** Organisation in the subject of every authority of ours. */
export const AUTHORITY_ORGANIZATION = 'Lazurite local authority';

/** Writes ca.pem (our authority) and bundle.pem (every root that this machine trusts, then ours) into the folder. */
export function writeCaBundle(dir: string, ca: string, write: (file: string, content: string, mode: number) => void): { readonly caFile: string; readonly bundleFile: string } {
  const caFile = join(dir, 'ca.pem');
  const bundleFile = join(dir, 'bundle.pem');
  write(caFile, `${ca.trim()}\n`, 0o644);
  write(bundleFile, `${[...systemRoots(), ca].map((pem) => pem.trim()).join('\n')}\n`, 0o644);
  return { caFile, bundleFile };
}

/** System roots (Node's own where the system has none) and those of NODE_EXTRA_CA_CERTS, without earlier authorities of ours. */
function systemRoots(): readonly string[] {
  const system = getCACertificates('system');
  const roots = new Set([...(system.length > 0 ? system : getCACertificates('bundled')), ...getCACertificates('extra')]);
  return [...roots].filter((pem) => !isOurs(pem));
}

/** Why: started under our own environment, the "system" roots are an earlier bundle with an authority that may be gone. */
function isOurs(pem: string): boolean {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64').includes(AUTHORITY_ORGANIZATION);
}
