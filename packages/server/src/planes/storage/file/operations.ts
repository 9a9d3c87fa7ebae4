// Operations: the registry of the Files protocol. What a request asks for is found by what it is about, its method and its
// `comp`; a request that fits no row is refused by name.
// Source: Files REST, "Operations on the account / on shares / on directories / on files".

import { Fault } from '#kernel/faults.ts';
import type { PlaneReply } from '#planes/plane.ts';
import { fileNeeds as needs, type Needs } from '../access.ts';
import type { BlobCall } from '../call.ts';
import { notSupported } from '../faults.ts';
import type { Target } from '../target.ts';
import {
  closeHandles,
  createDirectoryOperation,
  deleteDirectoryOperation,
  getDirectoryMetadata,
  getDirectoryProperties,
  listDirectoryOperation,
  listHandles,
  setDirectoryMetadata,
  setDirectoryProperties,
} from './directory-operations.ts';
import {
  createFileOperation,
  deleteFileOperation,
  getFileMetadata,
  getFileOperation,
  getFileProperties,
  listRangesOperation,
  putRange,
  setFileMetadata,
  setFilePropertiesOperation,
} from './file-operations.ts';
import { abortCopy, copyFileOperation, putRangeFromUrl, renameDirectory, renameFile } from './move-operations.ts';
import {
  createShareOperation,
  deleteShareOperation,
  getFileServiceProperties,
  getShareAcl,
  getShareMetadata,
  getShareProperties,
  getShareStats,
  listSharesOperation,
  setFileServiceProperties,
  setShareAcl,
  setShareMetadata,
  setShareProperties,
} from './share-operations.ts';

type Level = 'service' | 'share' | 'directory' | 'file';

export interface FileOperation {
  readonly name: string;
  readonly level: Level;
  readonly methods: readonly string[];
  readonly comp?: string;
  /** Tells apart operations that differ by x-ms-copy-source only. */
  readonly hasCopySource?: boolean;
  readonly needs: Needs;
  run(call: BlobCall): Promise<PlaneReply>;
}

const READ = ['GET', 'HEAD'] as const;

export const fileOperations: readonly FileOperation[] = [
  { name: 'List Shares', level: 'service', methods: ['GET'], comp: 'list', needs: needs.listShares, run: listSharesOperation },
  { name: 'Get File Service Properties', level: 'service', methods: ['GET'], comp: 'properties', needs: needs.readService, run: getFileServiceProperties },
  { name: 'Set File Service Properties', level: 'service', methods: ['PUT'], comp: 'properties', needs: needs.writeService, run: setFileServiceProperties },
  { name: 'Create Share', level: 'share', methods: ['PUT'], needs: needs.createShare, run: createShareOperation },
  { name: 'Get Share Properties', level: 'share', methods: READ, needs: needs.readShare, run: getShareProperties },
  { name: 'Delete Share', level: 'share', methods: ['DELETE'], needs: needs.deleteShare, run: deleteShareOperation },
  { name: 'Set Share Properties', level: 'share', methods: ['PUT'], comp: 'properties', needs: needs.writeShare, run: setShareProperties },
  { name: 'Get Share Metadata', level: 'share', methods: READ, comp: 'metadata', needs: needs.readShare, run: getShareMetadata },
  { name: 'Set Share Metadata', level: 'share', methods: ['PUT'], comp: 'metadata', needs: needs.writeShare, run: setShareMetadata },
  { name: 'Get Share Stats', level: 'share', methods: ['GET'], comp: 'stats', needs: needs.readShare, run: getShareStats },
  { name: 'Get Share ACL', level: 'share', methods: READ, comp: 'acl', needs: needs.readShare, run: getShareAcl },
  { name: 'Set Share ACL', level: 'share', methods: ['PUT'], comp: 'acl', needs: needs.writeShare, run: setShareAcl },
  { name: 'Create Directory', level: 'directory', methods: ['PUT'], needs: needs.createDirectory, run: createDirectoryOperation },
  { name: 'Get Directory Properties', level: 'directory', methods: READ, needs: needs.readDirectory, run: getDirectoryProperties },
  { name: 'Set Directory Properties', level: 'directory', methods: ['PUT'], comp: 'properties', needs: needs.writeDirectory, run: setDirectoryProperties },
  { name: 'Get Directory Metadata', level: 'directory', methods: READ, comp: 'metadata', needs: needs.readDirectory, run: getDirectoryMetadata },
  { name: 'Set Directory Metadata', level: 'directory', methods: ['PUT'], comp: 'metadata', needs: needs.writeDirectory, run: setDirectoryMetadata },
  { name: 'Delete Directory', level: 'directory', methods: ['DELETE'], needs: needs.deleteDirectory, run: deleteDirectoryOperation },
  { name: 'Rename Directory', level: 'directory', methods: ['PUT'], comp: 'rename', needs: needs.writeDirectory, run: renameDirectory },
  { name: 'List Directories and Files', level: 'directory', methods: ['GET'], comp: 'list', needs: needs.listDirectory, run: listDirectoryOperation },
  { name: 'List Handles', level: 'directory', methods: ['GET'], comp: 'listhandles', needs: needs.listDirectory, run: listHandles },
  { name: 'Force Close Handles', level: 'directory', methods: ['PUT'], comp: 'forceclosehandles', needs: needs.writeDirectory, run: closeHandles },
  { name: 'Create File', level: 'file', methods: ['PUT'], hasCopySource: false, needs: needs.createFile, run: createFileOperation },
  { name: 'Copy File', level: 'file', methods: ['PUT'], hasCopySource: true, needs: needs.createFile, run: copyFileOperation },
  { name: 'Abort Copy File', level: 'file', methods: ['PUT'], comp: 'copy', needs: needs.writeFile, run: abortCopy },
  { name: 'Get File', level: 'file', methods: ['GET'], needs: needs.readFile, run: getFileOperation },
  { name: 'Get File Properties', level: 'file', methods: ['HEAD'], needs: needs.readFile, run: getFileProperties },
  { name: 'Set File Properties', level: 'file', methods: ['PUT'], comp: 'properties', needs: needs.writeFile, run: setFilePropertiesOperation },
  { name: 'Get File Metadata', level: 'file', methods: READ, comp: 'metadata', needs: needs.readFile, run: getFileMetadata },
  { name: 'Set File Metadata', level: 'file', methods: ['PUT'], comp: 'metadata', needs: needs.writeFile, run: setFileMetadata },
  { name: 'Delete File', level: 'file', methods: ['DELETE'], needs: needs.deleteFile, run: deleteFileOperation },
  { name: 'Put Range', level: 'file', methods: ['PUT'], comp: 'range', hasCopySource: false, needs: needs.writeFile, run: putRange },
  { name: 'Put Range from URL', level: 'file', methods: ['PUT'], comp: 'range', hasCopySource: true, needs: needs.writeFile, run: putRangeFromUrl },
  { name: 'List Ranges', level: 'file', methods: ['GET'], comp: 'rangelist', needs: needs.readFile, run: listRangesOperation },
  { name: 'Rename File', level: 'file', methods: ['PUT'], comp: 'rename', needs: needs.createFile, run: renameFile },
  { name: 'List Handles', level: 'file', methods: ['GET'], comp: 'listhandles', needs: needs.readFile, run: listHandles },
  { name: 'Force Close Handles', level: 'file', methods: ['PUT'], comp: 'forceclosehandles', needs: needs.writeFile, run: closeHandles },
];

/** `comp` and `restype` values of Azure's protocol that this server does not have. */
const KNOWN_ELSEWHERE: ReadonlySet<string> = new Set(['lease', 'snapshot', 'undelete', 'filepermission', 'userdelegationkey', 'stats']);
const KNOWN_TYPES: ReadonlySet<string> = new Set(['hardlink', 'symboliclink']);

export interface FileAsked {
  readonly method: string;
  readonly target: Target;
  readonly restype: string;
  readonly comp: string;
  readonly hasCopySource: boolean;
}

function levelOf({ target, restype, comp }: FileAsked): Level | undefined {
  if (target.container === undefined) return restype === 'service' || (restype === '' && comp === 'list') ? 'service' : undefined;
  if (restype === 'directory') return 'directory';
  // Azure: handles of the root are asked for without saying what it is.
  if (target.blob === undefined) return restype === 'share' ? 'share' : restype === '' && comp.endsWith('handles') ? 'directory' : undefined;
  return restype === '' ? 'file' : undefined;
}

/** The operation that the request asks for. Throws what Azure throws, or `notImplemented` for what exists only there. */
export function findFileOperation(asked: FileAsked): FileOperation {
  const level = levelOf(asked);
  const named = fileOperations.filter((each) => each.level === level && (each.comp ?? '') === asked.comp);
  const found = named.find((each) => each.methods.includes(asked.method) && (each.hasCopySource ?? asked.hasCopySource) === asked.hasCopySource);
  if (found !== undefined) return found;
  if (KNOWN_ELSEWHERE.has(asked.comp)) throw notSupported(`The operation comp=${asked.comp} of the file service`);
  if (KNOWN_TYPES.has(asked.restype)) throw notSupported(`A ${asked.restype === 'hardlink' ? 'hard' : 'symbolic'} link`);
  if (named.length > 0)
    throw new Fault('methodNotAllowed', 'UnsupportedHttpVerb', `The resource doesn't support the specified HTTP verb ${asked.method}.`, {
      headers: { allow: [...new Set(named.flatMap((each) => each.methods))].join(', ') },
    });
  throw new Fault(
    'invalid',
    'InvalidQueryParameterValue',
    `Value for one of the query parameters specified in the request URI is invalid: restype=${asked.restype} and comp=${asked.comp} are no operation on ${level === undefined ? 'this path' : `a ${level}`}.`,
    { target: asked.comp === '' ? 'restype' : 'comp' },
  );
}
