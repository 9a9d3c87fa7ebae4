// Writes to Resource Manager, followed to their end: whoever awaits one knows that it is done, or why not.

import { ApiError, type Ask, ask, type ErrorBody } from './client.ts';

interface StatusDocument {
  readonly status?: string;
  readonly error?: ErrorBody;
}

/** The final body of a write or action, undefined where there is none. Throws ApiError, also for an operation that failed later. */
export async function armWrite(path: string, options: Ask): Promise<unknown> {
  const response = await ask(path, options);
  const status = linkOf(response, 'azure-asyncoperation');
  const result = linkOf(response, 'location');
  if (status !== undefined) {
    await operationEnd(status, options.signal);
    return result === undefined ? bodyOf(response) : bodyOf(await ask(result, { signal: options.signal }));
  }
  if (response.status === 202 && result !== undefined) return resultOf(result, options.signal);
  return bodyOf(response);
}

async function operationEnd(path: string, signal: AbortSignal | undefined): Promise<void> {
  for (;;) {
    const response = await ask(path, { signal });
    const { status = '', error }: StatusDocument = Object(await response.json());
    if (status === 'Succeeded') return;
    if (status === 'Failed' || status === 'Canceled')
      throw new ApiError(409, error ?? { code: status, message: `The operation is ${status.toLowerCase()}.` }, response.headers.get('x-ms-request-id') ?? '');
    await pause(response);
  }
}

async function resultOf(path: string, signal: AbortSignal | undefined): Promise<unknown> {
  for (;;) {
    const response = await ask(path, { signal });
    if (response.status !== 202) return bodyOf(response);
    await pause(response);
  }
}

/** Why not as long as the server says: an operation here often takes less than the second that is the least it can say. */
function pause(response: Response): Promise<void> {
  const seconds = Number(response.headers.get('retry-after') ?? 1);
  return new Promise((resolve) => setTimeout(resolve, Math.min(seconds * 1000, 700)));
}

/** Links name the management host; this origin answers the same paths. */
function linkOf(response: Response, name: string): string | undefined {
  const link = response.headers.get(name);
  const url = link === null ? null : URL.parse(link, location.origin);
  return url === null ? undefined : url.pathname + url.search;
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  return text === '' ? undefined : JSON.parse(text);
}
