// Named faults of file shares, in Azure's codes. Source: Files REST, "Azure Files error codes".

import { Fault } from '#kernel/faults.ts';

export function shareNotFound(share: string): Fault {
  return new Fault('notFound', 'ShareNotFound', `The specified share does not exist: ${share}.`);
}

export function shareAlreadyExists(share: string): Fault {
  return new Fault('conflict', 'ShareAlreadyExists', `The specified share already exists: ${share}.`);
}

export function entryNotFound(path: readonly string[]): Fault {
  return new Fault('notFound', 'ResourceNotFound', `The specified resource does not exist: ${path.join('/') || 'the root of the share'}.`);
}

export function entryAlreadyExists(path: readonly string[]): Fault {
  return new Fault('conflict', 'ResourceAlreadyExists', `The specified resource already exists: ${path.join('/') || 'the root of the share'}.`);
}

export function parentNotFound(path: readonly string[]): Fault {
  return new Fault('notFound', 'ParentNotFound', `The specified parent path does not exist: ${path.slice(0, -1).join('/') || 'the root of the share'}.`);
}

export function typeMismatch(path: readonly string[], is: string): Fault {
  return new Fault('conflict', 'ResourceTypeMismatch', `The specified resource type does not match the type of the existing resource: ${path.join('/')} is a ${is}.`);
}

export function directoryNotEmpty(path: readonly string[]): Fault {
  return new Fault('conflict', 'DirectoryNotEmpty', `The specified directory is not empty: ${path.join('/')}.`);
}

export function readOnly(path: readonly string[]): Fault {
  return new Fault('conflict', 'ReadOnlyAttribute', `The specified resource is read-only and cannot be changed at this time: ${path.join('/')}. Set its x-ms-file-attributes first.`);
}

export function outsideOfFile(first: number, past: number, sizeBytes: number): Fault {
  return new Fault('rangeNotSatisfiable', 'InvalidRange', `The range specified is invalid for the current size of the resource: bytes ${first} to ${past - 1} of a file of ${sizeBytes} bytes.`, {
    headers: { 'content-range': `bytes */${sizeBytes}` },
  });
}

export function shareFull(quotaGib: number, neededBytes: number): Fault {
  return new Fault('forbidden', 'ShareSizeLimitReached', `The specified share is full: its quota is ${quotaGib} GiB, and with this it would hold ${neededBytes} bytes.`);
}
