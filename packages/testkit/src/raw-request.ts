// rawRequest: one HTTP request to a server of ours, the path sent exactly as given: nothing normalises `..` or `%2f` away.

import { Agent as PlainAgent, type IncomingMessage, request as requestPlain } from 'node:http';
import { Agent as SecureAgent, request as requestSecure } from 'node:https';
import { isJsonObject, type JsonObject } from '@lazurite/server/kernel/json.ts';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** The parsed body; empty when it is no JSON object. */
  readonly json: JsonObject;
}

export interface RawCall {
  readonly method: string;
  /** Path and query as they go on the wire. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Objects leave as JSON, text and buffers as they are. */
  readonly body?: object | string | Buffer | undefined;
  /** Address to call from, such as 127.0.0.2. Kept connections are not used then. */
  readonly from?: string;
  /** Ends the reading of an endless answer after its headers. */
  readonly isHeadOnly?: boolean;
}

export interface RawPlace {
  readonly port: number;
  /** Name of the virtual host; `localhost` goes over plain HTTP. */
  readonly hostname: string;
  /** Certificate authority, PEM. */
  readonly ca: string;
  /** Kept connections; without them every request has one of its own. */
  readonly kept?: KeptConnections;
}

export interface KeptConnections {
  readonly plain: PlainAgent;
  readonly secure: SecureAgent;
}

export function keepConnections(most: number): KeptConnections {
  return { plain: new PlainAgent({ keepAlive: true, maxSockets: most }), secure: new SecureAgent({ keepAlive: true, maxSockets: most }) };
}

export async function rawRequest(place: RawPlace, call: RawCall): Promise<RawAnswer> {
  const { hostname, port, ca, kept } = place;
  const isText = typeof call.body === 'string' || Buffer.isBuffer(call.body);
  const payload = call.body === undefined ? undefined : isText ? Buffer.from(call.body) : Buffer.from(JSON.stringify(call.body));
  const headers = {
    host: `${hostname}:${port}`,
    ...(payload === undefined || call.headers?.['transfer-encoding'] !== undefined ? {} : { 'content-length': String(payload.length) }),
    ...(payload === undefined || isText ? {} : { 'content-type': 'application/json' }),
    ...call.headers,
  };
  const options = { host: '127.0.0.1', port, method: call.method, path: call.path, headers, ...(call.from === undefined ? {} : { localAddress: call.from }) };
  return new Promise((resolve, reject) => {
    const receive = (response: IncomingMessage): void => {
      const { statusCode = 0, headers: answered } = response;
      if (call.isHeadOnly === true && statusCode === 200) {
        response.destroy();
        resolve({ status: statusCode, headers: answered, text: '', json: {} });
        return;
      }
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: statusCode, headers: answered, text, json: parseObject(text) });
      });
    };
    const sent =
      hostname === 'localhost'
        ? requestPlain({ ...options, agent: call.from === undefined ? (kept?.plain ?? false) : false }, receive)
        : requestSecure({ ...options, agent: call.from === undefined ? (kept?.secure ?? false) : false, ca, servername: hostname }, receive);
    sent.once('error', reject);
    sent.end(payload);
  });
}

function parseObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
