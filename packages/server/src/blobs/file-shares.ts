// File shares: how blobs/shares is entered. What is in a share, what files hold, and how it is moved and copied.

export { copyFile, putFile } from './shares/copies.ts';
export { changeEntry, createDirectory, createFile, type FileAddress, getEntry, listDirectory, MAX_FILE_BYTES, removeEntry, renameEntry } from './shares/entries.ts';
export { parsePath } from './shares/names.ts';
export { setFileProperties } from './shares/properties.ts';
export { clearRange, listRanges, readFile, writeRange } from './shares/ranges.ts';
export { createFileService } from './shares/file-service.ts';
export { changeShare, createShare, deleteShare, ensureShare, getShare, usageOf } from './shares/shares.ts';
export { newSmb, parseAttributes, parseSmbTime, smbTime } from './shares/smb.ts';
