// StoredFiles for the studio: the files of runs, of outputs and of assets, wherever in storage of ours they are.

import type { BlobService, ContentService } from '#blobs/blob-service.ts';
import type { JobEngine } from '#jobs/engine.ts';
import { Fault, isFault } from '#kernel/faults.ts';
import type { FileContent, FileEntry, FileRoot, StoredFiles } from '#planes/studio/ports.ts';
import { parseArtifactPath } from '#tracking/artifact-path.ts';
import type { Artifacts, ArtifactTree, ByteRange } from '#tracking/artifacts.ts';

/** Of a file share, which is listed at any depth. */
const MOST_SHARED_FILES = 10_000;
const PAGE = 1000;

export interface StoredFilesDeps {
  readonly artifacts: Artifacts;
  readonly blobs: BlobService;
  /** File shares: `container` is the share. */
  readonly shares: ContentService;
  engine(): JobEngine;
}

export function createStoredFiles({ artifacts, blobs, shares, engine }: StoredFilesDeps): StoredFiles {
  const storeOf = ({ service }: FileRoot): ContentService => (service === 'file' ? shares : blobs);

  async function openIn(root: FileRoot, path: string, range?: ByteRange): Promise<FileContent> {
    if (root.service === 'blob') return artifacts.trees.open(treeOf(root), path, range);
    return openAt(root, nameIn(root, path), range);
  }
  async function openAt(root: FileRoot, name: string, range?: ByteRange): Promise<FileContent> {
    const { properties, stream } = await storeOf(root).readBlob({ account: root.account, container: root.container, name }, range);
    return { sizeBytes: properties.sizeBytes, contentType: properties.contentType, stream };
  }

  return {
    async ofRun(workspaceKey, runId) {
      const { account, container, prefix } = await artifacts.ofRun(workspaceKey, runId);
      return { service: 'blob', account, container, path: prefix };
    },
    async ofReference(ctx, workspaceKey, reference) {
      const place = await engine().locate(ctx.principal, workspaceKey, reference);
      if (place.kind === 'url')
        throw new Fault('notImplemented', 'FilesOutsideServer', `These files are at ${place.url}, outside of this server; only files in its own storage accounts can be shown.`);
      return { service: place.service, account: place.account, container: place.container, path: place.path.replace(/\/+$/, '') };
    },
    async list(root, path) {
      const found = root.service === 'file' ? await listShare(shares, root, path) : await artifacts.trees.list(treeOf(root), path);
      if (found.length > 0 || path !== '' || root.path === '') return found;
      // A reference may lead to one file.
      const file = await storeOf(root).findBlob({ account: root.account, container: root.container, name: root.path });
      return file === undefined ? [] : [{ path: baseName(root), isFolder: false, sizeBytes: file.sizeBytes }];
    },
    async open(root, path, range) {
      try {
        return await openIn(root, path, range);
      } catch (error) {
        if (!isFault(error, 'notFound') || path !== baseName(root)) throw error;
        return await openAt(root, root.path, range).catch((second: unknown) => Promise.reject(isFault(second, 'notFound') ? error : second));
      }
    },
  };
}

async function listShare(shares: ContentService, root: FileRoot, path: string): Promise<readonly FileEntry[]> {
  const name = nameIn(root, path);
  const prefix = name === '' ? '' : `${name}/`;
  const below = root.path === '' ? 0 : root.path.length + 1;
  const found = new Map<string, FileEntry>();
  let after: string | undefined;
  let count = 0;
  do {
    const page = await shares.listBlobs(root.account, root.container, { prefix, limit: PAGE, ...(after === undefined ? {} : { after }) });
    for (const file of page.blobs) {
      const end = file.name.indexOf('/', prefix.length);
      const child = (end < 0 ? file.name : file.name.slice(0, end)).slice(below);
      found.set(child, end < 0 ? { path: child, isFolder: false, sizeBytes: file.sizeBytes } : { path: child, isFolder: true });
    }
    count += page.blobs.length;
    after = page.next;
  } while (after !== undefined && count < MOST_SHARED_FILES);
  return [...found.values()];
}

function treeOf({ account, container, path }: FileRoot): ArtifactTree {
  return { account, container, prefix: path, isReadOnly: true };
}

function nameIn(root: FileRoot, path: string): string {
  return [root.path, parseArtifactPath(path)].filter((part) => part !== '').join('/');
}

function baseName({ path }: FileRoot): string {
  return path.split('/').at(-1) ?? '';
}
