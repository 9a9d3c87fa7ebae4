// Tables of jobs/.

// biome-ignore lint/complexity/noBannedTypes: filled by the migration of this module
export type JobsTables = {};
