// Storage accounts as their resource types see them: names, containers, signatures, and their end.

import { createContainer, deleteContainer, newEtag, setContainerMetadata } from '#blobs/containers.ts';
import type { BlobDeps } from '#blobs/containers.ts';
import type { BlobService } from '#blobs/blob-service.ts';
import { unconditional } from '#blobs/conditions.ts';
import { signAccountSas, signFileSas, signServiceSas } from '#blobs/sas.ts';
import { changeShare, createShare, deleteShare, ensureShare, getShare, usageOf } from '#blobs/file-shares.ts';
import { isFault } from '#kernel/faults.ts';
import type { ContainerPort, SharePort, StoragePort } from '#resources/ports.ts';
import { findContainer, insertContainer, listContainers, markAccountDeleted } from '#storage/blob-container-store.ts';
import { findShare, listShares, markAccountSharesDeleted } from '#storage/file-share-store.ts';
import type { StorageDirectory } from './storage-directory.ts';

export function createStoragePort(deps: { readonly blobs: BlobService; readonly blobDeps: BlobDeps; readonly storage: StorageDirectory }): StoragePort {
  const { blobs, blobDeps, storage } = deps;
  return {
    findAccount: (name) => storage.findAccount(name),
    ensureContainer: (account, container) => blobs.ensureContainer(account, container),
    claimContainer: async (account, container) => (await insertContainer(blobDeps.database.sql, account, container, newEtag(), {})) !== undefined,
    async removeAccount(tx, ctx, account) {
      await markAccountDeleted(tx, account, ctx.correlationId);
      await markAccountSharesDeleted(tx, account, ctx.correlationId);
    },
    containerSas: ({ account, key, container, permissions, expiresAt }) => signServiceSas({ account, container, key: Buffer.from(key, 'base64'), permissions, expiresOn: expiresAt }),
    serviceSas: ({ key, startsAt, expiresAt, ...terms }) =>
      signServiceSas({ ...terms, key: Buffer.from(key, 'base64'), expiresOn: expiresAt, ...(startsAt === undefined ? {} : { startsOn: startsAt }) }),
    accountSas: ({ key, startsAt, expiresAt, ...terms }) =>
      signAccountSas({ ...terms, key: Buffer.from(key, 'base64'), expiresOn: expiresAt, ...(startsAt === undefined ? {} : { startsOn: startsAt }) }),
    fileSas: ({ key, startsAt, expiresAt, ...terms }) => signFileSas({ ...terms, key: Buffer.from(key, 'base64'), expiresOn: expiresAt, ...(startsAt === undefined ? {} : { startsOn: startsAt }) }),
    containers: containerPort(blobDeps),
    shares: sharePort(blobDeps),
  };
}

function containerPort(deps: BlobDeps): ContainerPort {
  const { sql } = deps.database;
  return {
    async put(_ctx, account, name, metadata) {
      const known = await findContainer(sql, account, name);
      if (known !== undefined) return metadata === undefined ? known : setContainerMetadata(deps, account, name, metadata, unconditional);
      try {
        return await createContainer(deps, account, name, metadata ?? {});
      } catch (error) {
        // Somebody else made it just now.
        const other = isFault(error, 'conflict') ? await findContainer(sql, account, name) : undefined;
        if (other === undefined) throw error;
        return metadata === undefined ? other : setContainerMetadata(deps, account, name, metadata, unconditional);
      }
    },
    find: (account, name) => findContainer(sql, account, name),
    async list(account, { prefix, limit, after }) {
      const found = await listContainers(sql, account, { prefix, from: after ?? '', limit: limit + 1 });
      const next = found[limit]?.name;
      return { items: found.slice(0, limit), ...(next === undefined ? {} : { next }) };
    },
    async remove(ctx, account, name) {
      try {
        await deleteContainer(deps, account, name, unconditional, ctx.correlationId);
        return true;
      } catch (error) {
        if (isFault(error, 'notFound')) return false;
        throw error;
      }
    },
  };
}

function sharePort(deps: BlobDeps): SharePort {
  const { sql } = deps.database;
  return {
    async put(_ctx, account, name, settings) {
      const hasSettings = Object.keys(settings).length > 0;
      const known = await findShare(sql, account, name);
      if (known !== undefined) return hasSettings ? changeShare(deps, account, name, settings) : known;
      try {
        return await createShare(deps, account, name, settings);
      } catch (error) {
        // Somebody else made it just now.
        if (!isFault(error, 'conflict')) throw error;
        return hasSettings ? changeShare(deps, account, name, settings) : getShare(deps, account, name);
      }
    },
    find: (account, name) => findShare(sql, account, name),
    async list(account, { prefix, limit, after }) {
      const found = await listShares(sql, account, { prefix, from: after ?? '', limit: limit + 1 });
      const next = found[limit]?.name;
      return { items: found.slice(0, limit), ...(next === undefined ? {} : { next }) };
    },
    usage: async (account, name) => usageOf(deps, await getShare(deps, account, name)),
    async remove(ctx, account, name) {
      try {
        await deleteShare(deps, account, name, ctx.correlationId);
        return true;
      } catch (error) {
        if (isFault(error, 'notFound')) return false;
        throw error;
      }
    },
    ensure: (account, name) => ensureShare(deps, account, name),
  };
}
