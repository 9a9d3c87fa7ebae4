// Faults of the protocol itself: credentials, headers, what is not there.

import { Fault } from '#kernel/faults.ts';

export function authenticationFailed(reason: string): Fault {
  return new Fault('forbidden', 'AuthenticationFailed', `Server failed to authenticate the request: ${reason}`);
}

export function permissionMismatch(reason: string): Fault {
  return new Fault('forbidden', 'AuthorizationPermissionMismatch', `This request is not authorized to perform this operation using this permission: ${reason}`);
}

export function invalidHeader(name: string, value: string, accepted: string): Fault {
  return new Fault('invalid', 'InvalidHeaderValue', `The value for one of the HTTP headers is not in the correct format: ${name} is ${JSON.stringify(value)}; ${accepted}`, { target: name });
}

export function missingHeader(name: string): Fault {
  return new Fault('invalid', 'MissingRequiredHeader', `An HTTP header that's mandatory for this request is not specified: ${name}.`, { target: name });
}

export function invalidQuery(name: string, value: string, accepted: string): Fault {
  return new Fault('invalid', 'InvalidQueryParameterValue', `Value for one of the query parameters specified in the request URI is invalid: ${name} is ${JSON.stringify(value)}; ${accepted}`, {
    target: name,
  });
}

export function outOfRangeQuery(name: string, value: string, accepted: string): Fault {
  return new Fault(
    'invalid',
    'OutOfRangeQueryParameterValue',
    `One of the query parameters specified in the request URI is outside the permissible range: ${name} is ${JSON.stringify(value)}; ${accepted}`,
    { target: name },
  );
}

export function missingQuery(name: string): Fault {
  return new Fault('invalid', 'MissingRequiredQueryParameter', `A query parameter that's mandatory for this request is not specified: ${name}.`, { target: name });
}

/** A part of the Blob protocol that Lazurite does not have. */
export function notSupported(what: string): Fault {
  return new Fault('notImplemented', 'NotImplemented', `${what} is not supported by this server.`);
}
