// ResourceRecord: one resource of any type, as the stores and the resource framework exchange it.

import type { JsonObject } from '#kernel/json.ts';

/** States while a long-running operation has hold of the resource; every other state is terminal. */
export type BusyState = 'Creating' | 'Updating' | 'Deleting';
export type ProvisioningState = BusyState | 'Succeeded' | 'Failed' | 'Canceled';

export interface SystemData {
  readonly createdBy: string;
  readonly createdByType: string;
  readonly createdAt: string;
  readonly lastModifiedBy: string;
  readonly lastModifiedByType: string;
  readonly lastModifiedAt: string;
}

/** What a writer says of a resource. `P` is the static type of the properties of its resource type. */
export interface ResourceContent<P = JsonObject> {
  /** ARM id with the case its creator used. */
  readonly id: string;
  /** Lower-cased id, except names of types whose names are case-sensitive. */
  readonly key: string;
  readonly name: string;
  /** Lower-cased resource type. */
  readonly type: string;
  /** Key of the enclosing resource, resource group, subscription or extension scope; '' for the tenant. */
  readonly parentKey: string;
  /** Lower-cased, like the resource group. */
  readonly subscriptionId: string | undefined;
  readonly resourceGroup: string | undefined;
  readonly location: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly kind: string | undefined;
  readonly sku: JsonObject | undefined;
  readonly identity: JsonObject | undefined;
  /** Further top-level members that the type declares, such as `managedBy`. */
  readonly members: JsonObject;
  readonly properties: P;
}

export interface ResourceRecord<P = JsonObject> extends ResourceContent<P> {
  readonly etag: string;
  readonly provisioningState: ProvisioningState;
  readonly systemData: SystemData;
  /** Order of creation. */
  readonly seq: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deletedAt: Date | undefined;
  /** When a soft-deleted resource is removed for good. */
  readonly purgeAt: Date | undefined;
  /** Secret properties, sealed. Opened only by arm/secrets.ts. */
  readonly sealed: Buffer | undefined;
}

export function isBusy(resource: { readonly provisioningState: string }): boolean {
  return ['Creating', 'Updating', 'Deleting'].includes(resource.provisioningState);
}

const EPOCH = new Date(0);

type Given = 'id' | 'key' | 'name' | 'type' | 'parentKey' | 'subscriptionId' | 'resourceGroup' | 'location' | 'properties';

/** A resource that has no row: made by the program, before all time. */
export function rowlessRecord(given: Pick<ResourceRecord, Given>): ResourceRecord {
  return {
    ...given,
    tags: {},
    kind: undefined,
    sku: undefined,
    identity: undefined,
    members: {},
    etag: 'built-in',
    provisioningState: 'Succeeded',
    systemData: {
      createdBy: 'lazurite',
      createdByType: 'Application',
      createdAt: EPOCH.toISOString(),
      lastModifiedBy: 'lazurite',
      lastModifiedByType: 'Application',
      lastModifiedAt: EPOCH.toISOString(),
    },
    seq: '0',
    createdAt: EPOCH,
    updatedAt: EPOCH,
    deletedAt: undefined,
    purgeAt: undefined,
    sealed: undefined,
  };
}
