// Operations on directories: create, properties, metadata, delete, list; and the handles of SMB, of which there are none.
// Source: Files REST, "Operations on directories".

import { changeEntry, createDirectory, getEntry, listDirectory, removeEntry } from '#blobs/file-shares.ts';
import type { PlaneReply } from '#planes/plane.ts';
import type { EntryRecord } from '#storage/file-entry-store.ts';
import { endpointOf, includesOf, markerOf, maxResultsOf, nextMarker } from '../blob/service-operations.ts';
import { type BlobCall, queryValue, xmlReply } from '../call.ts';
import { invalidQuery } from '../faults.ts';
import { metadataHeaders, metadataOf, versionHeaders } from '../headers.ts';
import { element, escapeXml, nameElement, XML_HEAD } from '../xml.ts';
import { entryHeaders, fileAddressOf, smbOf, writtenHeaders } from './file-headers.ts';

const INCLUDES = new Set(['timestamps', 'etag', 'attributes', 'permissionkey']);

export async function createDirectoryOperation(call: BlobCall): Promise<PlaneReply> {
  const entry = await createDirectory(call.deps, fileAddressOf(call), { metadata: metadataOf(call), smb: smbOf(call, 'directory') });
  return { status: 201, headers: writtenHeaders(entry) };
}

export async function getDirectoryProperties(call: BlobCall): Promise<PlaneReply> {
  const entry = await getEntry(call.deps, fileAddressOf(call), 'directory');
  return { status: 200, headers: { ...entryHeaders(entry), ...metadataHeaders(entry.metadata), 'x-ms-server-encrypted': 'false' } };
}

export async function getDirectoryMetadata(call: BlobCall): Promise<PlaneReply> {
  const entry = await getEntry(call.deps, fileAddressOf(call), 'directory');
  return { status: 200, headers: { ...versionHeaders(entry), ...metadataHeaders(entry.metadata) } };
}

export async function setDirectoryProperties(call: BlobCall): Promise<PlaneReply> {
  const entry = await changeEntry(call.deps, fileAddressOf(call), 'directory', ({ smb }) => ({ smb: smbOf(call, 'directory', smb) }));
  return { status: 200, headers: writtenHeaders(entry) };
}

export async function setDirectoryMetadata(call: BlobCall): Promise<PlaneReply> {
  const metadata = metadataOf(call);
  const entry = await changeEntry(call.deps, fileAddressOf(call), 'directory', () => ({ metadata }));
  return { status: 200, headers: { ...versionHeaders(entry), 'x-ms-request-server-encrypted': 'false' } };
}

export async function deleteDirectoryOperation(call: BlobCall): Promise<PlaneReply> {
  await removeEntry(call.deps, fileAddressOf(call), 'directory');
  return { status: 202 };
}

export async function listDirectoryOperation(call: BlobCall): Promise<PlaneReply> {
  const include = new Set([...includesOf(call)].map((each) => each.toLowerCase()));
  for (const each of include) if (!INCLUDES.has(each)) throw invalidQuery('include', each, 'Timestamps, ETag, Attributes and PermissionKey are accepted.');
  const address = fileAddressOf(call);
  const prefix = queryValue(call, 'prefix') ?? '';
  const limit = maxResultsOf(call);
  const from = markerOf(call);
  const directory = await getEntry(call.deps, address, 'directory');
  const { entries, next } = await listDirectory(call.deps, directory, { prefix, from, limit });
  const head = [nameElement('Prefix', prefix), element('Marker', queryValue(call, 'marker') ?? ''), element('MaxResults', limit), element('DirectoryId', directory.id)];
  const attributes = `ServiceEndpoint="${endpointOf(call)}" ShareName="${address.share}" DirectoryPath="${escapeXml(address.path.join('/'))}"`;
  const items = entries.map((entry) => entryElement(entry, include)).join('');
  return xmlReply(200, `${XML_HEAD}<EnumerationResults ${attributes}>${head.join('')}<Entries>${items}</Entries>${nextMarker(next)}</EnumerationResults>`);
}

function entryElement(entry: EntryRecord, include: ReadonlySet<string>): string {
  const { smb } = entry;
  const times = [
    element('CreationTime', smb.createdAt),
    element('LastAccessTime', smb.writtenAt),
    element('LastWriteTime', smb.writtenAt),
    element('ChangeTime', smb.changedAt),
    element('Last-Modified', entry.modifiedAt.toUTCString()),
  ];
  const properties = [
    ...(entry.kind === 'file' ? [element('Content-Length', entry.sizeBytes)] : []),
    ...(include.has('timestamps') ? times : []),
    ...(include.has('etag') ? [element('Etag', entry.etag)] : []),
  ];
  const attributes = include.has('attributes') ? element('Attributes', smb.attributes) : '';
  const name = entry.kind === 'file' ? 'File' : 'Directory';
  return `<${name}>${nameElement('Name', entry.name)}${element('FileId', entry.id)}<Properties>${properties.join('')}</Properties>${attributes}</${name}>`;
}

/** Handles are what SMB clients hold open; nobody speaks SMB to this server. */
export async function listHandles(call: BlobCall): Promise<PlaneReply> {
  const limit = maxResultsOf(call);
  return xmlReply(200, `${XML_HEAD}<EnumerationResults>${element('MaxResults', limit)}<Entries/><NextMarker/></EnumerationResults>`);
}

export async function closeHandles(): Promise<PlaneReply> {
  return { status: 200, headers: { 'x-ms-number-of-handles-closed': '0', 'x-ms-number-of-handles-failed': '0' } };
}
