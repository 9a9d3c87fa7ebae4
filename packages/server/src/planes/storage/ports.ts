// What the Blob plane needs from its siblings; compose supplies it.

import type { Context } from '#kernel/context.ts';
import type { Principal } from '#kernel/principal.ts';

export interface StorageAccount {
  /** ARM id of the storage account: the scope of data actions is below it. */
  readonly resourceId: string;
  readonly keys: { readonly key1: Buffer; readonly key2: Buffer };
  readonly allowSharedKeyAccess: boolean;
  /** `Standard_LRS`, … */
  readonly sku: string;
  /** `StorageV2`, … */
  readonly kind: string;
  /** A hierarchical namespace (Data Lake). */
  readonly isHierarchical: boolean;
}

export interface StorageAccounts {
  /** The account of this (lower-case) name as it is now: a rotated key counts from the next request on. */
  find(name: string): Promise<StorageAccount | undefined>;
}

export interface BlobAccess {
  /** Who the `Bearer …` header speaks for. Audience: https://storage.azure.com, or this account's endpoint. Throws `unauthenticated`. */
  authenticate(ctx: Context, authorization: string): Promise<Principal>;
  /** The principal a user-delegation key was made for, as it is now; undefined when there is none any more. */
  findPrincipal(objectId: string, tenantId: string): Promise<Principal | undefined>;
  /** Throws `forbidden` unless ctx.principal may do this at the scope. */
  require(ctx: Context, kind: 'action' | 'dataAction', action: string, scope: string): Promise<void>;
}
