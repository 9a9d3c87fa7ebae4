// Filter: what a query parameter of a list means. Source: contracts/azureml-rest.md §1 (listViewType), §4 (query column).

/** Pointers are into `properties`, or `tags`/`name`/`kind` for the envelope's own. */
export type Filter =
  /** The property has this value; letter case of strings does not count. `true`/`false` compare with booleans. */
  | { readonly equals: string }
  /** The property has one of these comma-separated values. */
  | { readonly oneOf: string }
  /** The property contains this text; letter case does not count. */
  | { readonly contains: string }
  /** A map has every one of these comma-separated `key` or `key=value`. */
  | { readonly entries: string }
  /** A flag, seen through `ActiveOnly | ArchivedOnly | All` (or the given words, in this order). The first is the default. */
  | { readonly view: string; readonly words?: readonly [hides: string, shows: string, all: string] };
