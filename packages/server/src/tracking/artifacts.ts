// Artifacts: files of a run (or of a logged model) in the artifact container of the workspace's storage account, where a
// job's logs and outputs also live. Source: contracts/mlflow.md §12, §15.3.

import type { Readable } from 'node:stream';
import type { BlobService } from '#blobs/blob-service.ts';
import { Fault } from '#kernel/faults.ts';
import { parseArtifactPath } from './artifact-path.ts';
import { doesNotExist, quote } from './faults.ts';
import type { WorkspaceAccounts } from './ports.ts';

/** A tree of files; `isReadOnly` for those that belong to something else. */
export interface ArtifactTree {
  readonly account: string;
  readonly container: string;
  /** Blob name prefix without trailing slash; '' for a whole container. */
  readonly prefix: string;
  readonly isReadOnly?: boolean;
}

export interface ArtifactInfo {
  /** Relative to the root. */
  readonly path: string;
  readonly isFolder: boolean;
  /** Absent for folders. */
  readonly sizeBytes?: number;
  readonly modifiedAt?: Date;
}

export interface OpenArtifact {
  readonly sizeBytes: number;
  readonly contentType: string;
  readonly etag: string;
  readonly modifiedAt: Date;
  readonly stream: Readable;
}

export interface ByteRange {
  readonly start: number;
  /** Inclusive. */
  readonly end?: number;
}

export interface ArtifactTrees {
  /** Direct children of a folder, folders first; nothing for a file or a path that is not there. */
  list(tree: ArtifactTree, path: string): Promise<readonly ArtifactInfo[]>;
  /** Throws `notFound`. */
  open(tree: ArtifactTree, path: string, range?: ByteRange): Promise<OpenArtifact>;
  /** Creates or replaces a file. */
  put(tree: ArtifactTree, path: string, content: Readable | Buffer, contentType?: string): Promise<void>;
  /** Removes a file or a folder with all in it; nothing happens when there is none. The root itself is refused. */
  delete(tree: ArtifactTree, path: string): Promise<void>;
}

export interface Artifacts {
  readonly trees: ArtifactTrees;
  /** Throws `notFound` when there is no such workspace. */
  ofRun(workspaceKey: string, runId: string): Promise<ArtifactTree>;
  ofLoggedModel(workspaceKey: string, modelId: string): Promise<ArtifactTree>;
  list(workspaceKey: string, runId: string, path: string): Promise<readonly ArtifactInfo[]>;
  open(workspaceKey: string, runId: string, path: string, range?: ByteRange): Promise<OpenArtifact>;
  put(workspaceKey: string, runId: string, path: string, content: Readable | Buffer, contentType?: string): Promise<void>;
  delete(workspaceKey: string, runId: string, path: string): Promise<void>;
}

const RUN_ID = /^[a-zA-Z0-9][\w-]{0,255}$/;
const MODEL_ID = /^m-[0-9a-f]{32}$/;
const PAGE = 1000;

export function createArtifacts(deps: { readonly blobs: BlobService; readonly accounts: WorkspaceAccounts }): Artifacts {
  const trees = createTrees(deps.blobs);

  async function at(workspaceKey: string, prefix: string): Promise<ArtifactTree> {
    const found = await deps.accounts.find(workspaceKey);
    if (found === undefined) throw doesNotExist(`There is no workspace ${workspaceKey.split('/').at(-1) ?? ''} in this resource group.`);
    return { account: found.account, container: found.artifactContainer, prefix };
  }
  async function ofRun(workspaceKey: string, runId: string): Promise<ArtifactTree> {
    if (!RUN_ID.test(runId)) throw new Fault('invalid', 'InvalidParameterValue', `Invalid run ID: ${quote(runId)}`, { target: 'run_id' });
    return at(workspaceKey, `ExperimentRun/dcid.${runId}`);
  }
  return {
    trees,
    ofRun,
    async ofLoggedModel(workspaceKey, modelId) {
      if (!MODEL_ID.test(modelId)) throw doesNotExist(`Logged model with ID ${quote(modelId)} not found.`);
      return at(workspaceKey, `LoggedModels/${modelId}`);
    },
    list: async (workspaceKey, runId, path) => trees.list(await ofRun(workspaceKey, runId), path),
    open: async (workspaceKey, runId, path, range) => trees.open(await ofRun(workspaceKey, runId), path, range),
    put: async (workspaceKey, runId, path, content, contentType) => trees.put(await ofRun(workspaceKey, runId), path, content, contentType),
    delete: async (workspaceKey, runId, path) => trees.delete(await ofRun(workspaceKey, runId), path),
  };
}

function createTrees(blobs: BlobService): ArtifactTrees {
  const nameOf = (tree: ArtifactTree, path: string): string => [tree.prefix, parseArtifactPath(path)].filter((part) => part !== '').join('/');
  const checkWritable = (tree: ArtifactTree, path: string): void => {
    if (tree.isReadOnly === true) throw new Fault('forbidden', 'ReadOnlyArtifacts', 'The files of a registered model cannot be changed; register a new version.');
    if (parseArtifactPath(path) === '') throw new Fault('invalid', 'InvalidPath', "Invalid path '': it names the root of the artifacts; name a file or folder in it.", { target: 'path' });
  };
  return {
    async list(tree, path) {
      const name = nameOf(tree, path);
      const prefix = name === '' ? '' : `${name}/`;
      const relative = (blobName: string): string => (tree.prefix === '' ? blobName : blobName.slice(tree.prefix.length + 1));
      const folders: ArtifactInfo[] = [];
      const files: ArtifactInfo[] = [];
      let after: string | undefined;
      do {
        const page = await blobs.listBlobs(tree.account, tree.container, { prefix, delimiter: '/', limit: PAGE, ...(after === undefined ? {} : { after }) }).catch(emptyWithoutContainer);
        folders.push(...page.prefixes.map((folder) => ({ path: relative(folder.slice(0, -1)), isFolder: true })));
        files.push(...page.blobs.filter((blob) => blob.name !== prefix).map((blob) => ({ path: relative(blob.name), isFolder: false, sizeBytes: blob.sizeBytes, modifiedAt: blob.modifiedAt })));
        after = page.next;
      } while (after !== undefined);
      return [...folders, ...files];
    },

    async open(tree, path, range) {
      const address = { account: tree.account, container: tree.container, name: nameOf(tree, path) };
      try {
        const { properties, stream } = await blobs.readBlob(address, range);
        return { sizeBytes: properties.sizeBytes, contentType: properties.contentType, etag: properties.etag, modifiedAt: properties.modifiedAt, stream };
      } catch (error) {
        if (error instanceof Fault && error.kind === 'notFound') throw doesNotExist(`There is no artifact ${quote(path)}.`);
        throw error;
      }
    },

    async put(tree, path, content, contentType) {
      checkWritable(tree, path);
      await blobs.putBlob({ account: tree.account, container: tree.container, name: nameOf(tree, path) }, content, { contentType: contentType ?? contentTypeOf(path) });
    },

    async delete(tree, path) {
      checkWritable(tree, path);
      const name = nameOf(tree, path);
      await blobs.deleteBlob({ account: tree.account, container: tree.container, name });
      await blobs.deletePrefix(tree.account, tree.container, `${name}/`);
    },
  };
}

/** A container that nobody has written to yet holds nothing. */
function emptyWithoutContainer(error: unknown): { readonly blobs: readonly []; readonly prefixes: readonly []; readonly next?: string } {
  if (error instanceof Fault && error.kind === 'notFound') return { blobs: [], prefixes: [] };
  throw error;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  html: 'text/html',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  log: 'text/plain',
  md: 'text/markdown',
  png: 'image/png',
  py: 'text/x-python',
  svg: 'image/svg+xml',
  txt: 'text/plain',
  yaml: 'text/yaml',
  yml: 'text/yaml',
};

export function contentTypeOf(path: string): string {
  const name = path.split('/').at(-1) ?? '';
  if (name === 'MLmodel') return 'text/yaml';
  const extension = name.split('.').at(-1)?.toLowerCase() ?? '';
  return (Object.hasOwn(CONTENT_TYPES, extension) ? CONTENT_TYPES[extension] : undefined) ?? 'application/octet-stream';
}
