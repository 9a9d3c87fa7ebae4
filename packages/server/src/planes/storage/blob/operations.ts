// Operations: the registry of the protocol. What a request asks for is found by what it is about, its method and
// its `restype` and `comp`; a request that fits no row is refused by name.
// Source: Storage REST, "Operations on the account / on containers / on blobs".

import { Fault } from '#kernel/faults.ts';
import type { PlaneReply } from '#planes/plane.ts';
import { type Needs, needs } from '../access.ts';
import { deleteBlobOperation, getBlobMetadata, getBlobOperation, getBlobProperties, putBlobOperation, setBlobMetadata, setBlobProperties } from './blob-operations.ts';
import { appendBlockOperation, getBlockListOperation, putBlockListOperation, putBlockOperation } from './block-operations.ts';
import type { BlobCall } from '../call.ts';
import {
  createContainerOperation,
  deleteContainerOperation,
  getContainerAcl,
  getContainerProperties,
  listBlobsOperation,
  setContainerAcl,
  setContainerMetadataOperation,
} from './container-operations.ts';
import { abortCopy, copyBlobOperation, putBlobFromUrl, putBlockFromUrl } from './copy-operations.ts';
import { notSupported } from '../faults.ts';
import { leaseContainerOperation, leaseOperation } from '../lease-operations.ts';
import { getAccountInfo, getServiceProperties, getUserDelegationKey, listContainersOperation, setServiceProperties } from './service-operations.ts';
import type { Target } from '../target.ts';

export interface BlobOperation {
  readonly name: string;
  readonly level: 'service' | 'container' | 'blob' | 'any';
  readonly methods: readonly string[];
  readonly restype?: string;
  readonly comp?: string;
  /** Tells apart operations that differ by a header only. */
  readonly copySource?: 'none' | 'copy' | 'blob' | 'any';
  readonly needs: Needs;
  run(call: BlobCall): Promise<PlaneReply>;
}

export const operations: readonly BlobOperation[] = [
  { name: 'List Containers', level: 'service', methods: ['GET'], comp: 'list', needs: needs.listContainers, run: listContainersOperation },
  { name: 'Get Blob Service Properties', level: 'service', methods: ['GET'], restype: 'service', comp: 'properties', needs: needs.readService, run: getServiceProperties },
  { name: 'Set Blob Service Properties', level: 'service', methods: ['PUT'], restype: 'service', comp: 'properties', needs: needs.writeService, run: setServiceProperties },
  { name: 'Get User Delegation Key', level: 'service', methods: ['POST'], restype: 'service', comp: 'userdelegationkey', needs: needs.delegate, run: getUserDelegationKey },
  { name: 'Get Account Information', level: 'any', methods: ['GET', 'HEAD'], restype: 'account', comp: 'properties', needs: needs.readAccount, run: getAccountInfo },
  { name: 'Create Container', level: 'container', methods: ['PUT'], restype: 'container', needs: needs.createContainer, run: createContainerOperation },
  { name: 'Get Container Properties', level: 'container', methods: ['GET', 'HEAD'], restype: 'container', needs: needs.readContainer, run: getContainerProperties },
  { name: 'Get Container Metadata', level: 'container', methods: ['GET', 'HEAD'], restype: 'container', comp: 'metadata', needs: needs.readContainer, run: getContainerProperties },
  { name: 'Set Container Metadata', level: 'container', methods: ['PUT'], restype: 'container', comp: 'metadata', needs: needs.writeContainer, run: setContainerMetadataOperation },
  { name: 'Get Container ACL', level: 'container', methods: ['GET', 'HEAD'], restype: 'container', comp: 'acl', needs: needs.readContainer, run: getContainerAcl },
  { name: 'Set Container ACL', level: 'container', methods: ['PUT'], restype: 'container', comp: 'acl', needs: needs.writeContainer, run: setContainerAcl },
  { name: 'Delete Container', level: 'container', methods: ['DELETE'], restype: 'container', needs: needs.deleteContainer, run: deleteContainerOperation },
  { name: 'Lease Container', level: 'container', methods: ['PUT'], restype: 'container', comp: 'lease', needs: needs.leaseContainer, run: leaseContainerOperation },
  { name: 'List Blobs', level: 'container', methods: ['GET'], restype: 'container', comp: 'list', needs: needs.listBlobs, run: listBlobsOperation },
  { name: 'Put Blob', level: 'blob', methods: ['PUT'], copySource: 'none', needs: needs.putBlob, run: putBlobOperation },
  { name: 'Put Blob From URL', level: 'blob', methods: ['PUT'], copySource: 'blob', needs: needs.putBlob, run: putBlobFromUrl },
  { name: 'Copy Blob', level: 'blob', methods: ['PUT'], copySource: 'copy', needs: needs.putBlob, run: copyBlobOperation },
  { name: 'Abort Copy Blob', level: 'blob', methods: ['PUT'], comp: 'copy', needs: needs.writeBlob, run: abortCopy },
  { name: 'Get Blob', level: 'blob', methods: ['GET'], needs: needs.readBlob, run: getBlobOperation },
  { name: 'Get Blob Properties', level: 'blob', methods: ['HEAD'], needs: needs.readBlob, run: getBlobProperties },
  { name: 'Get Blob Metadata', level: 'blob', methods: ['GET', 'HEAD'], comp: 'metadata', needs: needs.readBlob, run: getBlobMetadata },
  { name: 'Set Blob Properties', level: 'blob', methods: ['PUT'], comp: 'properties', needs: needs.writeBlob, run: setBlobProperties },
  { name: 'Set Blob Metadata', level: 'blob', methods: ['PUT'], comp: 'metadata', needs: needs.writeBlob, run: setBlobMetadata },
  { name: 'Delete Blob', level: 'blob', methods: ['DELETE'], needs: needs.deleteBlob, run: deleteBlobOperation },
  { name: 'Put Block', level: 'blob', methods: ['PUT'], comp: 'block', copySource: 'none', needs: needs.stageBlock, run: putBlockOperation },
  { name: 'Put Block From URL', level: 'blob', methods: ['PUT'], comp: 'block', copySource: 'any', needs: needs.stageBlock, run: putBlockFromUrl },
  { name: 'Put Block List', level: 'blob', methods: ['PUT'], comp: 'blocklist', needs: needs.putBlob, run: putBlockListOperation },
  { name: 'Get Block List', level: 'blob', methods: ['GET'], comp: 'blocklist', needs: needs.readBlob, run: getBlockListOperation },
  { name: 'Lease Blob', level: 'blob', methods: ['PUT'], comp: 'lease', needs: needs.writeBlob, run: leaseOperation },
  { name: 'Append Block', level: 'blob', methods: ['PUT'], comp: 'appendblock', needs: needs.append, run: appendBlockOperation },
];

export interface Asked {
  readonly method: string;
  readonly target: Target;
  readonly restype: string;
  readonly comp: string;
  readonly hasCopySource: boolean;
  readonly blobType: string;
}

function levelOf(target: Target): 'service' | 'container' | 'blob' {
  if (target.container === undefined) return 'service';
  return target.blob === undefined ? 'container' : 'blob';
}

function fitsSource(operation: BlobOperation, asked: Asked): boolean {
  if (operation.copySource === undefined) return true;
  if (operation.copySource === 'none') return !asked.hasCopySource;
  if (operation.copySource === 'any') return asked.hasCopySource;
  return asked.hasCopySource && (operation.copySource === 'blob') === (asked.blobType !== '');
}

/** The operation that the request asks for. Throws what Azure throws, or `notImplemented` for what exists only there. */
export function findOperation(asked: Asked): BlobOperation {
  const level = levelOf(asked.target);
  const here = operations.filter((each) => each.level === level || (each.level === 'any' && asked.restype === each.restype));
  const named = here.filter((each) => (each.comp ?? '') === asked.comp && (level === 'blob' || (each.restype ?? '') === asked.restype));
  const found = named.find((each) => each.methods.includes(asked.method) && fitsSource(each, asked));
  if (found !== undefined) return found;
  if (asked.comp !== '' && KNOWN_ELSEWHERE.has(asked.comp)) throw notSupported(`The operation comp=${asked.comp} on a ${level}`);
  if (named.length > 0)
    throw new Fault('methodNotAllowed', 'UnsupportedHttpVerb', `The resource doesn't support the specified HTTP verb ${asked.method}.`, {
      headers: { allow: [...new Set(named.flatMap((each) => each.methods))].join(', ') },
    });
  throw new Fault(
    'invalid',
    'InvalidQueryParameterValue',
    `Value for one of the query parameters specified in the request URI is invalid: restype=${asked.restype} and comp=${asked.comp} are no operation on a ${level}.`,
    { target: asked.comp === '' ? 'restype' : 'comp' },
  );
}

/** `comp` values of Azure's protocol that this server does not have. */
const KNOWN_ELSEWHERE: ReadonlySet<string> = new Set([
  'snapshot',
  'page',
  'pagelist',
  'incrementalcopy',
  'tags',
  'tier',
  'undelete',
  'query',
  'seal',
  'expiry',
  'immutabilitypolicies',
  'legalhold',
  'blobs',
  'stats',
  'batch',
  'rename',
]);
