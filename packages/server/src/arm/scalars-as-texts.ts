// A keyword for the schema of a map of texts. Azure: some, such as the properties of an asset, take numbers and flags as
// well and answer texts; observed: azure-ai-ml sends `hash_version` as a number.

export const SCALARS_AS_TEXTS = 'x-scalars-as-texts';
