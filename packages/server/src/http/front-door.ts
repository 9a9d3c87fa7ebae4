// FrontDoor: the one TCP port. The first byte of a connection tells TLS (0x16) from plain HTTP; it is put back and the
// connection handed to the server that speaks the protocol.

import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { createServer, type Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { listenFault } from '#config/listen-fault.ts';
import type { Log } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';

const TLS_HANDSHAKE = 0x16;
const FIRST_BYTE_TIMEOUT_MS = 20_000;
const LOOPBACK_HOSTS = new Set(['127.0.0.1', 'localhost', '::1']);

export class FrontDoor {
  readonly #plain: HttpServer;
  readonly #secure: HttpsServer;
  readonly #log: Log;
  readonly #sockets = new Set<Duplex>();
  #listeners: Server[] = [];

  constructor(options: { readonly plain: HttpServer; readonly secure: HttpsServer; readonly log: Log }) {
    this.#plain = options.plain;
    this.#secure = options.secure;
    this.#log = options.log;
  }

  /** The open connections. */
  get sockets(): ReadonlySet<Duplex> {
    return this.#sockets;
  }

  /**
   * Listens and answers the port. For a loopback host both 127.0.0.1 and ::1 are taken, because clients try either first.
   * Throws `conflict`/`PortInUse`.
   */
  async listen(host: string, port: number): Promise<number> {
    const isLoopback = LOOPBACK_HOSTS.has(host);
    for (let attempt = 0; ; attempt += 1) {
      const first = await this.#open(isLoopback ? '127.0.0.1' : host, port);
      const taken = portOf(first);
      this.#listeners = [first];
      if (!isLoopback) return taken;
      try {
        this.#listeners.push(await this.#open('::1', taken));
        return taken;
      } catch (error) {
        if (!(error instanceof Fault && error.code === 'PortInUse')) {
          this.#log.debug({ error }, 'http.no-ipv6-loopback');
          return taken;
        }
        await new Promise((resolve) => first.close(resolve));
        // Why: a port picked by the system for one address family may be taken in the other.
        if (port !== 0 || attempt >= 10) throw error;
      }
    }
  }

  /** Takes a connection, or a tunnel through our own proxy. */
  accept(socket: Duplex): void {
    this.#sockets.add(socket);
    const onEarlyEnd = () => socket.destroy();
    socket.on('error', onEarlyEnd);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.once('end', onEarlyEnd);
    const timer = setTimeout(onEarlyEnd, FIRST_BYTE_TIMEOUT_MS);
    socket.once('close', () => clearTimeout(timer));
    socket.once('data', (first: Buffer) => {
      clearTimeout(timer);
      socket.off('end', onEarlyEnd);
      socket.pause();
      socket.unshift(first);
      (first[0] === TLS_HANDSHAKE ? this.#secure : this.#plain).emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  }

  /** Takes no new connections; those that are open stay. */
  stopListening(): void {
    for (const listener of this.#listeners) listener.close();
    this.#listeners = [];
  }

  async #open(host: string, port: number): Promise<Server> {
    const listener = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket: Socket) => this.accept(socket));
    return new Promise((resolve, reject) => {
      listener.once('error', (error: NodeJS.ErrnoException) => reject(listenFault(error, host, port)));
      listener.listen({ host, port, backlog: 1024, exclusive: true }, () => {
        listener.removeAllListeners('error');
        listener.on('error', (error) => this.#log.error({ error }, 'http.listener-failed'));
        resolve(listener);
      });
    });
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
