// Bodies, for who describes types: which members outside `properties` a type has, and how its texts are taken.

export { type MemberRules, memberRules, readTags } from './body/envelope-members.ts';

/**
 * A keyword for the schema of a map of texts. Azure: some, such as the properties of an asset, take numbers and flags as
 * well and answer texts; observed: azure-ai-ml sends `hash_version` as a number.
 */
export const SCALARS_AS_TEXTS = 'x-scalars-as-texts';
