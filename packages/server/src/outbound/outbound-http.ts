// OutboundHttp: the one client for requests to the outside. Addresses are checked after names are resolved, for every
// redirect again, so that no URL of a user's reaches this machine or its network.

import { lookup } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import type { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import { Fault } from '#kernel/faults.ts';

const MOST_REDIRECTS = 5;
/** Answers below 500 that another try may change. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

export interface OutboundReply {
  readonly etag?: string;
  readonly stream: Readable;
}

export interface OutboundHttp {
  /** Throws `invalid` for a URL or address that is not reached or whose answer will not change, `unavailable` where another try may help; both name URL and status. */
  get(url: string, signal: AbortSignal): Promise<OutboundReply>;
  close(): Promise<void>;
}

const closed = new BlockList();
for (const [network, prefix] of [['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['224.0.0.0', 4], ['240.0.0.0', 4]] as const) closed.addSubnet(network, prefix, 'ipv4'); // biome-ignore format: table
for (const [network, prefix] of [['::', 128], ['::1', 128], ['fc00::', 7], ['fe80::', 10], ['ff00::', 8], ['64:ff9b::', 96]] as const) closed.addSubnet(network, prefix, 'ipv6'); // biome-ignore format: table

/** True for an address of the public internet. */
export function isPublicAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return isPublicAddress(mapped);
  const family = isIP(address);
  return family !== 0 && !closed.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

function refused(url: string, why: string): Fault {
  return new Fault('invalid', 'OutboundAddressRefused', `${url} is not fetched: ${why}. Public https:// and http:// addresses are; put other data into a datastore.`, { target: url });
}

export function createOutboundHttp(): OutboundHttp {
  const agent = new Agent({
    connect: {
      timeout: 10_000,
      lookup: (host, options, callback) => {
        lookup(host, { ...options, all: true }, (error, addresses) => {
          if (error !== null) return callback(error, []);
          const open = addresses.filter(({ address }) => isPublicAddress(address));
          if (open.length === 0) return callback(refused(host, 'its address is one of this machine or of a private network'), []);
          if (options.all === true) return callback(null, open);
          return callback(null, open[0]?.address ?? '', open[0]?.family ?? 4);
        });
      },
    },
    headersTimeout: 30_000,
    bodyTimeout: 120_000,
  });
  return {
    async get(url, signal) {
      let target = url;
      for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
        const parsed = URL.canParse(target) ? new URL(target) : undefined;
        if (parsed === undefined || !['http:', 'https:'].includes(parsed.protocol)) throw refused(target, 'it is no http or https URL');
        const host = parsed.hostname.replace(/^\[|\]$/g, '');
        if (isIP(host) !== 0 && !isPublicAddress(host)) throw refused(target, 'its address is one of this machine or of a private network');
        const response = await request(parsed, { dispatcher: agent, signal, method: 'GET' }).catch((error: unknown) => {
          throw error instanceof Fault
            ? error
            : new Fault('unavailable', 'OutboundFailed', `${target} cannot be fetched: ${error instanceof Error ? error.message : String(error)}.`, { cause: error });
        });
        const location = response.headers['location'];
        if (response.statusCode >= 300 && response.statusCode < 400 && typeof location === 'string') {
          await response.body.dump();
          target = new URL(location, parsed).href;
          continue;
        }
        if (response.statusCode !== 200) {
          await response.body.dump();
          const mayPass = response.statusCode >= 500 || PASSING.has(response.statusCode);
          throw new Fault(mayPass ? 'unavailable' : 'invalid', 'OutboundFailed', `${target} answered ${response.statusCode}; 200 was expected.`);
        }
        const etag = response.headers['etag'];
        return { ...(typeof etag === 'string' ? { etag } : {}), stream: response.body };
      }
      throw refused(url, `it was redirected more than ${MOST_REDIRECTS} times`);
    },
    close: () => agent.close(),
  };
}
