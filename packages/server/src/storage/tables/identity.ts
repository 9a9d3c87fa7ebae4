// Tables of identity/.

// biome-ignore lint/complexity/noBannedTypes: filled by the migration of this module
export type IdentityTables = {};
