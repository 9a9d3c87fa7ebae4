// One way to ask the server: same origin, a bearer token, and errors that keep what, why and the request id.

import { tellReachable } from './reachable.ts';
import { accessToken, forgetToken, SignInRequired } from './session.ts';

/** One thing that is wrong with what was sent; `target` is the property, such as `properties.storageAccount`. */
export interface ErrorDetail {
  readonly code?: string;
  readonly message: string;
  readonly target?: string;
}

export interface ErrorBody {
  readonly code?: string;
  readonly message?: string;
  readonly target?: string;
  readonly details?: readonly ErrorDetail[];
}

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string;
  /** Never empty for a refusal that names a property. */
  readonly details: readonly ErrorDetail[];

  constructor(status: number, body: ErrorBody, requestId: string) {
    super(body.message ?? 'The server gave no reason.');
    this.name = 'ApiError';
    this.status = status;
    this.code = body.code ?? `Http${status}`;
    this.requestId = requestId;
    const details = body.details ?? [];
    this.details = details.length > 0 || body.target === undefined ? details : [{ code: this.code, message: this.message, target: body.target }];
  }
}

export interface Ask {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** The response of a call that succeeded. Throws ApiError; a token that was refused is renewed once. */
export async function ask(path: string, options: Ask = {}): Promise<Response> {
  const first = await send(path, options);
  if (first.status !== 401) return checked(first);
  forgetToken();
  return checked(await send(path, options));
}

/** The JSON of a call that succeeded, in the shape the server's contract gives it. */
export async function askJson<T>(path: string, options: Ask = {}): Promise<T> {
  return (await ask(path, options)).json() as Promise<T>;
}

async function send(path: string, options: Ask): Promise<Response> {
  try {
    const token = await accessToken();
    const response = await fetch(path, {
      method: options.method ?? 'GET',
      headers: { Authorization: `Bearer ${token}`, ...options.headers, ...(options.body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    tellReachable(true);
    return response;
  } catch (error) {
    if (error instanceof SignInRequired || (error instanceof DOMException && error.name === 'AbortError')) throw error;
    tellReachable(false);
    throw new ApiError(0, { code: 'ServerNotReached', message: 'The server does not answer. Is it still running? Start it again with “npx lazurite up”; this page goes on by itself.' }, '');
  }
}

async function checked(response: Response): Promise<Response> {
  if (response.ok) return response;
  const requestId = response.headers.get('x-ms-request-id') ?? '';
  const text = await response.text();
  try {
    const body: { error?: ErrorBody } = JSON.parse(text);
    if (body.error?.message !== undefined) throw new ApiError(response.status, body.error, requestId);
  } catch (error) {
    if (error instanceof ApiError) throw error;
  }
  throw new ApiError(response.status, { message: `The server answered ${response.status} ${response.statusText}.` }, requestId);
}
