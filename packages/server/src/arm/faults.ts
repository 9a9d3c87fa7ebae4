// Faults of the resource framework, in Azure's codes and wording.
// Source: contracts/azureml-rest.md §1; observed: Azure Resource Manager.

import { Fault, type FaultDetail } from '#kernel/faults.ts';
import type { Place } from './address/place.ts';

export function resourceNotFound(place: Place): Fault {
  if (place.root === 'group') return groupNotFound(place.name);
  if (place.root === 'subscription') return subscriptionNotFound(place.name);
  const type = place.type?.type ?? 'resource';
  const nestedName = place.nestedName;
  const where = place.group === undefined ? `under '${place.scopeId === '' ? '/' : place.scopeId}'` : `under resource group '${place.group}'`;
  return new Fault('notFound', 'ResourceNotFound', `The Resource '${type}/${nestedName}' ${where} was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`, {
    target: place.id,
  });
}

export function parentNotFound(place: Place): Fault {
  if (place.root !== undefined) return resourceNotFound(place);
  return new Fault('notFound', 'ParentResourceNotFound', `Failed to perform the operation on a nested resource, because the parent resource '${place.id}' could not be found.`, { target: place.id });
}

function groupNotFound(name: string): Fault {
  return new Fault('notFound', 'ResourceGroupNotFound', `Resource group '${name}' could not be found.`, { target: name });
}

function subscriptionNotFound(name: string): Fault {
  return new Fault('notFound', 'SubscriptionNotFound', `The subscription '${name}' could not be found.`, { target: name });
}

export function beingDeleted(place: Place): Fault {
  if (place.root === 'group') {
    return new Fault('conflict', 'ResourceGroupBeingDeleted', `The resource group '${place.name}' is in deprovisioning state and cannot perform this operation.`, { target: place.id });
  }
  return new Fault('conflict', 'ResourceBeingDeleted', `'${place.id}' is being deleted. Wait until it is gone, then try again.`, { target: place.id });
}

export function operationInProgress(id: string, state: string): Fault {
  return new Fault('conflict', 'AnotherOperationInProgress', `'${id}' is ${state}: another operation on it is in progress. Try again when its provisioningState is Succeeded or Failed.`, {
    target: id,
  });
}

export function preconditionFailed(header: string, value: string, why: string): Fault {
  return new Fault('precondition', 'PreconditionFailed', `The condition '${header}: ${value.slice(0, 200)}' is not met: ${why}.`, { target: header });
}

export function invalidBody(message: string, target?: string, details: readonly FaultDetail[] = []): Fault {
  return new Fault('invalid', 'InvalidRequestContent', `The request content was invalid: ${message}`, { details, ...(target === undefined ? {} : { target }) });
}

/** One fault for everything that is wrong with a body. */
export function validationFailed(details: readonly FaultDetail[]): Fault {
  const first = details[0];
  const message = details.length === 1 && first !== undefined ? first.message : `${details.length} properties are not valid: ${details.map((detail) => detail.target ?? '').join(', ')}. See details.`;
  return new Fault('invalid', first !== undefined && details.every((detail) => detail.code === first.code) ? first.code : 'ValidationError', message, {
    ...(first?.target === undefined ? {} : { target: first.target }),
    details,
  });
}

export function unknownNamespace(namespace: string): Fault {
  return new Fault(
    'notFound',
    'InvalidResourceNamespace',
    `The resource namespace '${namespace}' is invalid. This server does not have it; /subscriptions/{subscriptionId}/providers lists those it has.`,
    { target: namespace },
  );
}

export function unknownType(namespace: string, type: string): Fault {
  return new Fault(
    'notFound',
    'InvalidResourceType',
    `The resource type '${type}' could not be found in the namespace '${namespace}'. This server does not have it; /providers/${namespace} lists what it has.`,
    { target: `${namespace}/${type}` },
  );
}

export function unknownPath(path: string): Fault {
  return new Fault('notFound', 'NotFound', `No operation of this server answers at '${path.slice(0, 300)}'.`);
}

export function methodNotAllowed(method: string, what: string, allowed: readonly string[]): Fault {
  return new Fault('methodNotAllowed', 'MethodNotAllowed', `${what} does not support the method ${method}; it supports ${allowed.length > 0 ? allowed.join(', ') : 'none'}.`, {
    headers: { Allow: allowed.join(', ') },
  });
}
