// Tables of blobs/.

// biome-ignore lint/complexity/noBannedTypes: filled by the migration of this module
export type BlobsTables = {};
