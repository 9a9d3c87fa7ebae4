// LightClient: one connection that has one request under way and makes next to nothing for it. Why not undici: with a server this
// quick, the pauses of the client's own collections were the slowest hundredth of what was measured.

import { connect, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';

interface Pending {
  resolve(): void;
  reject(error: Error): void;
}

export class LightClient {
  readonly #socket: Socket;
  readonly #head: string;
  #pending: Pending | undefined;
  /** The reply's beginning, until its head is complete. */
  #start = '';
  #missingBytes = 0;
  #failure: string | undefined;

  constructor(port: number, authorization: string) {
    this.#head = `host: 127.0.0.1:${port}\r\nauthorization: ${authorization}\r\n`;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on('error', (error) => this.#end(error));
    this.#socket.on('close', () => this.#end(new Error('The server closed the connection.')));
  }

  /** Rejects when the reply is no success. A body goes as JSON. */
  call(method: 'GET' | 'PUT', path: string, body?: object): Promise<void> {
    const text = body === undefined ? '' : JSON.stringify(body);
    const bodyHead = body === undefined ? '' : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n`;
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#socket.write(`${method} ${path} HTTP/1.1\r\n${this.#head}${bodyHead}\r\n${text}`);
    });
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#missingBytes > 0) this.#missingBytes -= chunk.length;
    else if (!this.#readHead(chunk)) return;
    if (this.#missingBytes > 0) return;
    this.#missingBytes = 0;
    this.#end(this.#failure === undefined ? undefined : new Error(this.#failure));
  }

  /** Whether the head is complete. Every reply of Resource Manager says how long it is. */
  #readHead(chunk: Buffer): boolean {
    const text = this.#start + chunk.toString('latin1');
    const end = text.indexOf(HEAD_END);
    if (end < 0) {
      this.#start = text;
      return false;
    }
    this.#start = '';
    const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1];
    if (length === undefined) this.#failure = `The reply has no length: ${text.slice(0, 500)}`;
    else this.#failure = text.startsWith('HTTP/1.1 2') ? undefined : text.slice(0, 500);
    this.#missingBytes = Number(length ?? 0) - (text.length - end - HEAD_END.length);
    return true;
  }

  #end(error: Error | undefined): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (error === undefined) pending?.resolve();
    else pending?.reject(error);
  }
}
