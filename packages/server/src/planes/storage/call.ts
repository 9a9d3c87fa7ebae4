// BlobCall: one request of the protocol with everything known about it, handed to its operation.

import type { Readable } from 'node:stream';
import type { BlobAddress } from '#blobs/blob-service.ts';
import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import type { PlaneReply, PlaneRequest } from '#planes/plane.ts';
import type { Credential } from './credentials.ts';
import type { BlobPlaneDeps } from './plane-deps.ts';
import type { StorageAccount } from './ports.ts';
import type { Target } from './target.ts';

export interface BlobCall {
  readonly ctx: Context;
  readonly deps: BlobPlaneDeps;
  readonly request: PlaneRequest;
  readonly accountName: string;
  readonly account: StorageAccount;
  readonly target: Target;
  readonly query: ReadonlyMap<string, readonly string[]>;
  readonly credential: Credential;
  /** False where the caller may add blobs but not replace any. */
  readonly mayOverwrite: boolean;
}

/** The first value of the parameter; undefined when it is not there. */
export function queryValue(call: Pick<BlobCall, 'query'>, name: string): string | undefined {
  return call.query.get(name)?.[0];
}

export function header(call: Pick<BlobCall, 'request'>, name: string): string | undefined {
  const value = call.request.headers[name];
  return value === undefined || value === '' ? undefined : value;
}

/** The container the request names. Operations on containers and blobs have one. */
export function containerOf(call: Pick<BlobCall, 'target'>): string {
  const { container } = call.target;
  if (container === undefined) throw new Fault('invalid', 'InvalidUri', 'The requested URI names no container.');
  return container;
}

export function addressOf(call: Pick<BlobCall, 'target' | 'accountName'>): BlobAddress {
  const { blob } = call.target;
  if (blob === undefined) throw new Fault('invalid', 'InvalidUri', 'The requested URI names no blob.');
  return { account: call.accountName, container: containerOf(call), name: blob };
}

/** The whole body. Throws `tooLarge`/`RequestBodyTooLarge`. */
export async function readBody(stream: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
    length += bytes.length;
    if (length > maxBytes) throw new Fault('tooLarge', 'RequestBodyTooLarge', `The request body is larger than the ${maxBytes} bytes that this operation accepts.`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

export function xmlReply(status: number, body: string, headers: Readonly<Record<string, string>> = {}): PlaneReply {
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body };
}
