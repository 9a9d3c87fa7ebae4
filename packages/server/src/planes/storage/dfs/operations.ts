// Operations of the Data Lake protocol: found by what the request is about, its method, `resource` and `action`; what fits
// no row is refused by name. Source: Data Lake Storage Gen2 REST, "Filesystem", "Path".

import { Fault } from '#kernel/faults.ts';
import type { PlaneReply } from '#planes/plane.ts';
import { type Needs, needs } from '../access.ts';
import type { BlobCall } from '../call.ts';
import { notSupported } from '../faults.ts';
import { leasePathOperation } from '../lease-operations.ts';
import { createFilesystem, deleteFilesystem, getFilesystemProperties, listFilesystems, listPaths, setFilesystemProperties } from './filesystem-operations.ts';
import { createPath, deletePath, getPathProperties, movePath, readPath } from './path-operations.ts';
import { append, flush, setAccessControl, setAccessControlRecursive, setProperties } from './update-operations.ts';

export interface PathOperation {
  readonly level: 'account' | 'filesystem' | 'path' | 'any path';
  readonly methods: readonly string[];
  readonly resource?: string;
  readonly action?: string;
  readonly isMove?: boolean;
  readonly needs: Needs;
  run(call: BlobCall): Promise<PlaneReply>;
}

export const operations: readonly PathOperation[] = [
  { level: 'account', methods: ['GET'], resource: 'account', needs: needs.listContainers, run: listFilesystems },
  { level: 'filesystem', methods: ['PUT'], resource: 'filesystem', needs: needs.createContainer, run: createFilesystem },
  { level: 'filesystem', methods: ['HEAD'], resource: 'filesystem', needs: needs.readContainer, run: getFilesystemProperties },
  { level: 'filesystem', methods: ['PATCH'], resource: 'filesystem', needs: needs.writeContainer, run: setFilesystemProperties },
  { level: 'filesystem', methods: ['DELETE'], resource: 'filesystem', needs: needs.deleteContainer, run: deleteFilesystem },
  { level: 'filesystem', methods: ['GET'], resource: 'filesystem', needs: needs.listBlobs, run: listPaths },
  { level: 'path', methods: ['PUT'], resource: 'file', needs: needs.putBlob, run: createPath },
  { level: 'path', methods: ['PUT'], resource: 'directory', needs: needs.putBlob, run: createPath },
  { level: 'path', methods: ['PUT'], isMove: true, needs: needs.movePath, run: movePath },
  { level: 'path', methods: ['GET'], needs: needs.readBlob, run: readPath },
  { level: 'any path', methods: ['HEAD'], needs: needs.readBlob, run: getPathProperties },
  { level: 'any path', methods: ['HEAD'], action: 'getstatus', needs: needs.readBlob, run: getPathProperties },
  { level: 'any path', methods: ['HEAD'], action: 'getaccesscontrol', needs: needs.readBlob, run: getPathProperties },
  { level: 'path', methods: ['DELETE'], needs: needs.deleteBlob, run: deletePath },
  { level: 'path', methods: ['POST'], needs: needs.writeBlob, run: leasePathOperation },
  { level: 'path', methods: ['PATCH'], action: 'append', needs: needs.stageBlock, run: append },
  { level: 'path', methods: ['PATCH'], action: 'flush', needs: needs.stageBlock, run: flush },
  { level: 'path', methods: ['PATCH'], action: 'setproperties', needs: needs.writeBlob, run: setProperties },
  { level: 'any path', methods: ['PATCH'], action: 'setaccesscontrol', needs: needs.changePathAccess, run: setAccessControl },
  { level: 'any path', methods: ['PATCH'], action: 'setaccesscontrolrecursive', needs: needs.changePathAccess, run: setAccessControlRecursive },
];

export interface AskedPath {
  readonly method: string;
  readonly level: 'account' | 'filesystem' | 'path';
  readonly resource: string;
  readonly action: string;
  readonly isMove: boolean;
}

/** Throws InvalidQueryParameterValue, UnsupportedHttpVerb, `notImplemented` for undelete. */
export function findPathOperation(asked: AskedPath): PathOperation {
  if (asked.action === 'undelete' || asked.resource === 'undelete') throw notSupported('Restoring a deleted path');
  const here = operations.filter((each) => each.level === asked.level || (each.level === 'any path' && asked.level !== 'account' && asked.resource === ''));
  const named = here.filter((each) => (each.isMove === true) === asked.isMove && (each.action ?? '') === asked.action && (asked.isMove || (each.resource ?? '') === asked.resource));
  const found = named.find((each) => each.methods.includes(asked.method));
  if (found !== undefined) return found;
  if (named.length > 0) {
    throw new Fault('methodNotAllowed', 'UnsupportedHttpVerb', `The resource doesn't support the specified HTTP verb ${asked.method}.`, {
      headers: { allow: [...new Set(named.flatMap((each) => each.methods))].join(', ') },
    });
  }
  throw new Fault(
    'invalid',
    'InvalidQueryParameterValue',
    `Value for one of the query parameters specified in the request URI is invalid: resource=${asked.resource} and action=${asked.action} are no operation on ${asked.level === 'path' ? 'a path' : `the ${asked.level}`} with ${asked.method}.`,
    { target: asked.action === '' ? 'resource' : 'action' },
  );
}
