// NeighbourServer: a whole server and the calls that the suites of this folder make against it.

import { expect } from 'vitest';
import type { JsonObject } from '#kernel/json.ts';
import { objectAt, stringAt } from '#kernel/json.ts';
import type { RawAnswer } from '../../../../testkit/src/raw-request.ts';
import { startTestServer, type TestPrincipal, type TestServer } from '../../../../testkit/src/test-server.ts';
import { runClient } from '../azure/run-client.ts';

interface Sent {
  readonly status: number;
  readonly body: JsonObject;
  readonly code: string | undefined;
}

export interface NeighbourServer {
  readonly server: TestServer;
  /** Runs a client program of this folder; what it found. */
  client(name: string, variables?: Readonly<Record<string, string>>): Promise<JsonObject>;
  send(method: string, path: string, body?: object, as?: TestPrincipal): Promise<Sent>;
  raw(method: string, path: string, body?: object): Promise<RawAnswer>;
  /** The status document of a long-running operation, at its end. */
  ended(started: RawAnswer): Promise<JsonObject>;
  /** Puts, and waits until it is made. */
  settled(path: string, body: object): Promise<void>;
  /** Stops it; fails when it logged an error. */
  stop(): Promise<void>;
}

export async function startNeighbourServer(): Promise<NeighbourServer> {
  const server = await startTestServer();
  const raw: NeighbourServer['raw'] = async (method, path, body) => server.send('management', { method, path, headers: await server.bearer(), body });
  const ended: NeighbourServer['ended'] = async (started) => {
    const url = started.headers['azure-asyncoperation'];
    if (url === undefined) throw new Error(`no operation: ${started.status} ${started.text}`);
    for (;;) {
      const poll = await raw('GET', String(url).replace(/^https:\/\/[^/]+/, ''));
      if (poll.json['status'] !== 'InProgress') return poll.json;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  return {
    server,
    client: (name, variables = {}) => runClient(server, `../neighbours/${name}`, { variables }),
    async send(method, path, body, as) {
      const answer = await server.send('management', { method, path, headers: await server.bearer(as), body });
      return { status: answer.status, body: answer.json, code: stringAt(objectAt(answer.json, 'error'), 'code') };
    },
    raw,
    ended,
    async settled(path, body) {
      const made = await raw('PUT', path, body);
      if (made.status >= 300) throw new Error(`PUT ${path} answered ${made.status}: ${made.text}`);
      const end = made.headers['azure-asyncoperation'] === undefined ? undefined : await ended(made);
      if (end !== undefined && end['status'] !== 'Succeeded') throw new Error(`PUT ${path} ended with ${JSON.stringify(end)}`);
    },
    async stop() {
      const errors = server.errors();
      await server.stop();
      expect(errors).toEqual([]);
    },
  };
}
