// Facet: a resource without a row, another way to see and change the resource it extends (its tags).

import type { Context } from '#kernel/context.ts';
import type { JsonObject } from '#kernel/json.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import type { Resources } from './resources.ts';

export interface FacetCall {
  /** The resource it extends. */
  readonly of: ResourceRecord;
  readonly store: Resources;
}

/** The caller has been authorised for the facet's own type. */
export interface Facet {
  /** What of its resource it shows, as `properties`. */
  read(call: FacetCall): Promise<JsonObject>;
  /** Answers the resource as it is afterwards. */
  write(ctx: Context, call: FacetCall & { readonly body: JsonObject; readonly isPatch: boolean }): Promise<ResourceRecord>;
  remove(ctx: Context, call: FacetCall): Promise<void>;
}
