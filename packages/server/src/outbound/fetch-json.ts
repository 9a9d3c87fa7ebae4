// fetchJson: a small document of the public internet, whole.

import { Fault } from '#kernel/faults.ts';
import type { OutboundHttp } from './outbound-http.ts';

const MOST_BYTES = 1024 * 1024;
const TIMEOUT_MS = 15_000;

/** Throws `invalid` for an address that is not reached, `unavailable` when there is no JSON of at most a megabyte. */
export async function fetchJson(outbound: OutboundHttp, url: string): Promise<unknown> {
  const { stream } = await outbound.get(url, AbortSignal.timeout(TIMEOUT_MS));
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes: Buffer = Buffer.from(chunk);
    size += bytes.length;
    if (size > MOST_BYTES) {
      stream.destroy();
      throw new Fault('unavailable', 'OutboundFailed', `${url} answered more than ${MOST_BYTES} bytes.`);
    }
    chunks.push(bytes);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Fault('unavailable', 'OutboundFailed', `${url} answered something that is not JSON.`);
  }
}
