// MLflow's error envelope: `{error_code, message}`, which clients branch on. Source: contracts/mlflow.md §1.4.

import type { Fault, FaultKind } from '#kernel/faults.ts';
import type { PlaneReply } from '#planes/plane.ts';

const CODE_OF_KIND: Readonly<Record<FaultKind, string>> = {
  invalid: 'INVALID_PARAMETER_VALUE',
  unauthenticated: 'UNAUTHENTICATED',
  forbidden: 'PERMISSION_DENIED',
  notFound: 'RESOURCE_DOES_NOT_EXIST',
  methodNotAllowed: 'ENDPOINT_NOT_FOUND',
  conflict: 'RESOURCE_CONFLICT',
  gone: 'RESOURCE_DOES_NOT_EXIST',
  precondition: 'RESOURCE_CONFLICT',
  tooLarge: 'BAD_REQUEST',
  unsupportedMedia: 'BAD_REQUEST',
  rangeNotSatisfiable: 'BAD_REQUEST',
  locked: 'RESOURCE_CONFLICT',
  throttled: 'REQUEST_LIMIT_EXCEEDED',
  internal: 'INTERNAL_ERROR',
  notImplemented: 'NOT_IMPLEMENTED',
  unavailable: 'TEMPORARILY_UNAVAILABLE',
};

export function renderMlflowFault(fault: Fault): PlaneReply {
  const headers = { ...fault.headers, 'Content-Type': 'application/json' };
  // Azure and MLflow disagree here: clients of MLflow expect a taken name as 400.
  if (fault.code === 'ResourceAlreadyExists') return { status: 400, headers, body: { error_code: 'RESOURCE_ALREADY_EXISTS', message: fault.message } };
  if (fault.code === 'EndpointNotFound' || fault.kind === 'methodNotAllowed') return { status: 404, headers, body: { error_code: 'ENDPOINT_NOT_FOUND', message: fault.message } };
  const code = fault.code === 'BadRequest' ? 'BAD_REQUEST' : CODE_OF_KIND[fault.kind];
  return { status: fault.status, headers, body: { error_code: code, message: fault.message } };
}
