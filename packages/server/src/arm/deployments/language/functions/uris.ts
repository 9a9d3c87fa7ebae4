// Functions of addresses on the web. Source: Azure template functions, string (uri, uriComponent, parseUri, buildUri).

import type { Json } from '#kernel/json.ts';
import { stringAt } from '#kernel/json.ts';
import { type Call, type TemplateFunction } from '../call.ts';

export const uriFunctions: Readonly<Record<string, TemplateFunction>> = {
  uri: { args: [2, 2], run: (call) => join(call) },
  uriComponent: { args: [1, 1], run: (call) => encode(call.string(0)) },
  uriComponentToString: { args: [1, 1], run: decode },
  parseUri: { args: [1, 1], run: parse },
  buildUri: { args: [1, 1], run: build },
};

/** RFC 3986: only unreserved characters stay. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decode(call: Call): Json {
  try {
    return decodeURIComponent(call.string(0));
  } catch {
    throw call.fail('was given a text with malformed percent-encoding');
  }
}

function join(call: Call): Json {
  try {
    return new URL(call.string(1), call.string(0)).toString();
  } catch {
    throw call.fail(`was given '${call.string(0).slice(0, 100)}', which is not an absolute URI`);
  }
}

function parse(call: Call): Json {
  let url: URL;
  try {
    url = new URL(call.string(0));
  } catch {
    throw call.fail(`was given '${call.string(0).slice(0, 100)}', which is not an absolute URI`);
  }
  const port = url.port === '' ? { 'https:': 443, 'http:': 80 }[url.protocol] : Number(url.port);
  return { scheme: url.protocol.slice(0, -1), host: url.hostname, ...(port === undefined ? {} : { port }), path: url.pathname, query: url.search };
}

function build(call: Call): Json {
  const parts = call.object(0);
  const scheme = stringAt(parts, 'scheme') ?? 'https';
  const host = stringAt(parts, 'host');
  if (host === undefined) throw call.fail("expects an object with 'host'");
  const port = parts['port'];
  const path = stringAt(parts, 'path') ?? '';
  const query = stringAt(parts, 'query') ?? '';
  return `${scheme}://${host}${typeof port === 'number' ? `:${port}` : ''}${path === '' || path.startsWith('/') ? path : `/${path}`}${query === '' || query.startsWith('?') ? query : `?${query}`}`;
}
