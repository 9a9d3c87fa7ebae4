// Replies: the headers every answer carries, and the error document.
// Source: Storage REST, "Status and error codes", "Versioning".

import { Fault } from '#kernel/faults.ts';
import type { PlaneReply } from '#planes/plane.ts';
import { invalidHeader } from './faults.ts';
import { element, isXmlText, XML_HEAD } from './xml.ts';

/** Answered to callers that do not say which version they speak. */
const DEFAULT_VERSION = '2023-11-03';

/** The version asked for; every well-formed one is accepted, also newer ones. Throws InvalidHeaderValue. */
export function versionOf(headers: Readonly<Record<string, string>>): string {
  const version = headers['x-ms-version'] ?? '';
  if (version === '') return DEFAULT_VERSION;
  if (!/^20\d\d-[01]\d-[0-3]\d$/.test(version)) throw invalidHeader('x-ms-version', version, 'a version such as 2023-11-03 is accepted.');
  return version;
}

export function withCommonHeaders(reply: PlaneReply, headers: Readonly<Record<string, string>>, requestId: string): PlaneReply {
  const clientId = headers['x-ms-client-request-id'] ?? '';
  const version = headers['x-ms-version'] ?? '';
  return {
    ...reply,
    headers: {
      'x-ms-request-id': requestId,
      'x-ms-version': /^[\d-]{10}$/.test(version) ? version : DEFAULT_VERSION,
      ...(/^[\x20-\x7e]{1,1024}$/.test(clientId) ? { 'x-ms-client-request-id': clientId } : {}),
      ...reply.headers,
    },
  };
}

/** The fault as the protocol's XML; without a body for HEAD. */
export function faultReply(fault: Fault, request: { readonly requestId: string; readonly method: string }): PlaneReply {
  const code = fault.kind === 'internal' ? 'InternalError' : fault.code;
  const headers = { ...fault.headers, 'x-ms-error-code': code, 'x-ms-request-id': request.requestId };
  if (request.method === 'HEAD') return { status: fault.status, headers };
  const message = `${isXmlText(fault.message) ? fault.message : encodeURI(fault.message.toWellFormed())}\nRequestId:${request.requestId}`;
  return { status: fault.status, headers: { ...headers, 'content-type': 'application/xml' }, body: `${XML_HEAD}<Error>${element('Code', code)}${element('Message', message)}</Error>` };
}
