// Named faults of blob storage, in Azure's codes.
// Source: Storage REST, "Blob service error codes".

import { Fault } from '#kernel/faults.ts';

export function containerNotFound(container: string): Fault {
  return new Fault('notFound', 'ContainerNotFound', `The specified container does not exist: ${container}.`);
}

export function blobNotFound(name: string): Fault {
  return new Fault('notFound', 'BlobNotFound', `The specified blob does not exist: ${name}.`);
}

export function wrongBlobType(name: string, is: string, wanted: string): Fault {
  return new Fault('conflict', 'InvalidBlobType', `The blob ${name} is of type ${is}; this operation accepts ${wanted}.`);
}

export function invalidRange(start: number, sizeBytes: number): Fault {
  return new Fault('rangeNotSatisfiable', 'InvalidRange', `The range starts at byte ${start}; the blob has ${sizeBytes} bytes.`, { headers: { 'content-range': `bytes */${sizeBytes}` } });
}

export function invalidBlockList(reason: string): Fault {
  return new Fault('invalid', 'InvalidBlockList', `The specified block list is invalid: ${reason}`);
}

/** Somebody else changed the blob between every look and every write, several times in a row. */
export function tooMuchContention(name: string): Fault {
  return new Fault('unavailable', 'ServerBusy', `Others keep changing ${name}. Try again.`);
}
