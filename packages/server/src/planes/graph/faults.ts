// The errors of Microsoft Graph: OData's envelope with Graph's own codes. Source: Graph docs, "Error responses".

import { Fault } from '#kernel/faults.ts';
import type { PlaneReply } from '../plane.ts';

export function badRequest(message: string, target?: string): Fault {
  return new Fault('invalid', 'Request_BadRequest', message, target === undefined ? {} : { target });
}

export function unsupportedQuery(message: string): Fault {
  return new Fault('invalid', 'Request_UnsupportedQuery', message);
}

export function notFound(id: string): Fault {
  return new Fault('notFound', 'Request_ResourceNotFound', `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`);
}

/** Codes of other layers, as Graph says them. */
const CODES: Readonly<Record<string, string>> = {
  AuthorizationFailed: 'Authorization_RequestDenied',
  AuthenticationFailed: 'InvalidAuthenticationToken',
  ExpiredAuthenticationToken: 'InvalidAuthenticationToken',
  InvalidAuthenticationTokenAudience: 'InvalidAuthenticationToken',
  InvalidAuthenticationTokenTenant: 'InvalidAuthenticationToken',
  InvalidRequestContent: 'BadRequest',
  PasswordTooWeak: 'Request_BadRequest',
  Request_ResourceAlreadyExists: 'Request_BadRequest',
};

export function renderFault(fault: Fault, request: { readonly requestId: string }, now: Date): PlaneReply {
  // Azure: what is taken already is a bad request in Graph.
  const status = fault.code === 'Request_ResourceAlreadyExists' ? 400 : fault.status;
  const isDenied = fault.code === 'AuthorizationFailed';
  return {
    status,
    headers: fault.headers,
    body: {
      error: {
        code: CODES[fault.code] ?? (fault.code.startsWith('AADSTS') ? 'Request_BadRequest' : fault.code),
        message: isDenied ? `Insufficient privileges to complete the operation. ${fault.message}` : fault.message,
        ...(fault.target === undefined ? {} : { target: fault.target }),
        innerError: { date: now.toISOString().replace(/\.\d+Z$/, ''), 'request-id': request.requestId, 'client-request-id': request.requestId },
      },
    },
  };
}
