// Headers of the Data Lake protocol: properties in base64, content headers, and what answers say of a path.
// Source: Data Lake Storage Gen2 REST, "Path - Create / Update / Get Properties".

import { type FoundPath, FOLDER_MARK } from '#blobs/paths.ts';
import { Fault } from '#kernel/faults.ts';
import type { BlobHeaders } from '#storage/blob-store.ts';
import { type BlobCall, header, queryValue } from '../call.ts';
import { invalidHeader, invalidQuery, missingQuery } from '../faults.ts';
import { blobReplyHeaders, metadataHeaders } from '../headers.ts';

const NAME = /^[a-z_][a-z0-9_]*$/i;
const CONTENT = [
  ['contentEncoding', 'x-ms-content-encoding'],
  ['contentLanguage', 'x-ms-content-language'],
  ['contentDisposition', 'x-ms-content-disposition'],
  ['cacheControl', 'x-ms-cache-control'],
] as const;

/** `x-ms-properties`: names and base64 values. Throws InvalidHeaderValue. */
export function propertiesOf(call: BlobCall): Readonly<Record<string, string>> | undefined {
  const text = header(call, 'x-ms-properties');
  if (text === undefined) return undefined;
  const entries = text
    .split(',')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      const name = pair.slice(0, at).trim();
      if (at < 1 || !NAME.test(name)) throw invalidHeader('x-ms-properties', text, 'pairs such as name=base64, separated by commas, are accepted.');
      return [name, Buffer.from(pair.slice(at + 1), 'base64').toString('utf8')] as const;
    });
  return Object.fromEntries(entries);
}

export function formatProperties(metadata: Readonly<Record<string, string>>): string {
  return Object.entries(metadata)
    .filter(([name]) => name !== FOLDER_MARK)
    .map(([name, value]) => `${name}=${Buffer.from(value, 'utf8').toString('base64')}`)
    .join(',');
}

/** The content headers of the request; undefined when there are none. */
export function contentHeadersOf(call: BlobCall): BlobHeaders | undefined {
  const type = header(call, 'x-ms-content-type');
  const others = CONTENT.flatMap(([field, name]) => {
    const value = header(call, name);
    return value === undefined ? [] : [[field, value] as const];
  });
  return type === undefined && others.length === 0 ? undefined : { contentType: type ?? 'application/octet-stream', ...Object.fromEntries(others) };
}

/** What the Blob protocol says of it, and what this one adds: clients read either. */
export function pathHeaders(path: FoundPath): Readonly<Record<string, string>> {
  const { blob, kind } = path;
  if (blob === undefined) return { 'x-ms-resource-type': kind, ...metadataHeaders({ [FOLDER_MARK]: 'true' }) };
  return { ...blobReplyHeaders(blob), 'x-ms-resource-type': kind, 'x-ms-properties': formatProperties(blob.metadata) };
}

/** `position` of append and flush. Throws MissingRequiredQueryParameter, InvalidQueryParameterValue. */
export function positionOf(call: BlobCall): number {
  const text = queryValue(call, 'position');
  if (text === undefined || text === '') throw missingQuery('position');
  if (!/^\d{1,15}$/.test(text)) throw invalidQuery('position', text, 'a whole number is accepted.');
  return Number(text);
}

export function flagOf(call: BlobCall, name: string): boolean {
  const text = (queryValue(call, name) ?? '').toLowerCase();
  if (text !== '' && text !== 'true' && text !== 'false') throw invalidQuery(name, text, 'true and false are accepted.');
  return text === 'true';
}

/** Refuses headers that would change what is asked, by name. */
export function refuseHeaders(call: BlobCall, names: Readonly<Record<string, string>>): void {
  for (const [name, what] of Object.entries(names)) if (header(call, name) !== undefined) throw new Fault('notImplemented', 'NotImplemented', `${what} (${name}) is not supported by this server.`);
}
