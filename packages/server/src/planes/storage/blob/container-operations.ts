// Operations on a container: create, properties, metadata, access (always private), delete, list blobs.

import { checkContainer, createContainer, deleteContainer, getContainer, setContainerMetadata } from '#blobs/containers.ts';
import { checkRead, type Conditions } from '#blobs/conditions.ts';
import { type ListedItem, listBlobs } from '#blobs/listing.ts';
import type { PlaneReply } from '#planes/plane.ts';
import type { BlobRecord } from '#storage/blob-store.ts';
import { type BlobCall, containerOf, header, queryValue, readBody, xmlReply } from '../call.ts';
import { invalidQuery, notSupported } from '../faults.ts';
import { conditionsOf, guidHeader, leaseHeaders, metadataHeaders, metadataOf, versionHeaders } from '../headers.ts';
import { endpointOf, includesOf, markerOf, maxResultsOf, metadataElements, nextMarker } from './service-operations.ts';
import { element, nameElement, parseXml, XML_HEAD } from '../xml.ts';

const MAX_XML_BYTES = 64 * 1024;

function refusePublicAccess(call: BlobCall): void {
  const access = header(call, 'x-ms-blob-public-access');
  if (access !== undefined) throw notSupported(`Public access (x-ms-blob-public-access: ${access})`);
}

export async function createContainerOperation(call: BlobCall): Promise<PlaneReply> {
  refusePublicAccess(call);
  if (header(call, 'x-ms-default-encryption-scope') !== undefined) throw notSupported('Encryption scopes (x-ms-default-encryption-scope)');
  const container = await createContainer(call.deps, call.accountName, containerOf(call), metadataOf(call));
  return { status: 201, headers: versionHeaders(container) };
}

/** Azure: these look at no condition but the lease. */
function leaseOnly(call: BlobCall): Conditions {
  const leaseId = guidHeader(call, 'x-ms-lease-id');
  return leaseId === undefined ? {} : { leaseId };
}

export async function getContainerProperties(call: BlobCall): Promise<PlaneReply> {
  const container = await getContainer(call.deps, call.accountName, containerOf(call));
  checkContainer(leaseOnly(call), container, () => undefined);
  const state = { ...leaseHeaders(container), 'x-ms-has-immutability-policy': 'false', 'x-ms-has-legal-hold': 'false' };
  return { status: 200, headers: { ...versionHeaders(container), ...state, ...metadataHeaders(container.metadata) } };
}

export async function setContainerMetadataOperation(call: BlobCall): Promise<PlaneReply> {
  const container = await setContainerMetadata(call.deps, call.accountName, containerOf(call), metadataOf(call), conditionsOf(call));
  return { status: 200, headers: versionHeaders(container) };
}

export async function getContainerAcl(call: BlobCall): Promise<PlaneReply> {
  const container = await getContainer(call.deps, call.accountName, containerOf(call));
  checkContainer(leaseOnly(call), container, () => undefined);
  return xmlReply(200, `${XML_HEAD}<SignedIdentifiers/>`, versionHeaders(container));
}

/** Private access without stored policies is what every container has; anything else is refused. */
export async function setContainerAcl(call: BlobCall): Promise<PlaneReply> {
  refusePublicAccess(call);
  const body = await readBody(call.request.stream, MAX_XML_BYTES);
  if (body.length > 0 && parseXml(body, 'SignedIdentifiers').children.length > 0) throw notSupported('A stored access policy (SignedIdentifier)');
  const container = await getContainer(call.deps, call.accountName, containerOf(call));
  checkContainer(conditionsOf(call), container, checkRead);
  return { status: 200, headers: versionHeaders(container) };
}

export async function deleteContainerOperation(call: BlobCall): Promise<PlaneReply> {
  await deleteContainer(call.deps, call.accountName, containerOf(call), conditionsOf(call), call.ctx.correlationId);
  return { status: 202 };
}

const INCLUDES = ['metadata', 'copy', 'uncommittedblobs', 'snapshots', 'deleted', 'versions', 'tags', 'immutabilitypolicy', 'legalhold', 'deletedwithversions', 'permissions'];

export async function listBlobsOperation(call: BlobCall): Promise<PlaneReply> {
  const include = includesOf(call);
  for (const each of include) if (!INCLUDES.includes(each)) throw invalidQuery('include', each, `${INCLUDES.join(', ')} are accepted.`);
  if (include.has('uncommittedblobs')) throw notSupported('Listing uncommitted blobs (include=uncommittedblobs)');
  const prefix = queryValue(call, 'prefix') ?? '';
  const delimiter = queryValue(call, 'delimiter') ?? '';
  const limit = maxResultsOf(call);
  const from = markerOf(call);
  const startFrom = queryValue(call, 'startfrom') ?? '';
  const container = await getContainer(call.deps, call.accountName, containerOf(call));
  const { items, next } = await listBlobs(call.deps, container.id, { prefix, delimiter, from: from === '' ? startFrom : from, limit });
  const asked = [
    ['prefix', nameElement('Prefix', prefix)],
    ['marker', element('Marker', queryValue(call, 'marker') ?? '')],
    ['maxresults', element('MaxResults', limit)],
    ['delimiter', element('Delimiter', delimiter)],
  ] as const;
  const head = asked.map(([name, text]) => (call.query.has(name) ? text : '')).join('');
  const blobs = items.map((item) => itemElement(item, include)).join('');
  return xmlReply(200, `${XML_HEAD}<EnumerationResults ServiceEndpoint="${endpointOf(call)}" ContainerName="${container.name}">${head}<Blobs>${blobs}</Blobs>${nextMarker(next)}</EnumerationResults>`);
}

function itemElement(item: ListedItem, include: ReadonlySet<string>): string {
  if ('prefix' in item) return `<BlobPrefix>${nameElement('Name', item.prefix)}</BlobPrefix>`;
  const { blob } = item;
  const metadata = include.has('metadata') && Object.keys(blob.metadata).length > 0 ? `<Metadata>${metadataElements(blob.metadata)}</Metadata>` : '';
  return `<Blob>${nameElement('Name', blob.name)}<Properties>${propertyElements(blob, include)}</Properties>${metadata}</Blob>`;
}

function propertyElements(blob: BlobRecord, include: ReadonlySet<string>): string {
  const { headers, copy } = blob;
  const lease = leaseHeaders(blob);
  const optional = (name: string, value: string | undefined): string => element(name, value ?? '');
  return [
    element('Creation-Time', blob.createdAt.toUTCString()),
    element('Last-Modified', blob.modifiedAt.toUTCString()),
    // Azure: listings show the tag without its quotes.
    element('Etag', blob.etag.replaceAll('"', '')),
    element('Content-Length', blob.sizeBytes),
    element('Content-Type', headers.contentType),
    optional('Content-Encoding', headers.contentEncoding),
    optional('Content-Language', headers.contentLanguage),
    optional('Content-MD5', blob.contentMd5),
    optional('Content-Disposition', headers.contentDisposition),
    optional('Cache-Control', headers.cacheControl),
    element('BlobType', blob.kind),
    ...(blob.kind === 'BlockBlob' ? ['<AccessTier>Hot</AccessTier><AccessTierInferred>true</AccessTierInferred>'] : []),
    element('LeaseStatus', lease['x-ms-lease-status'] ?? ''),
    element('LeaseState', lease['x-ms-lease-state'] ?? ''),
    optional('LeaseDuration', lease['x-ms-lease-duration']),
    '<ServerEncrypted>false</ServerEncrypted>',
    ...(copy !== undefined && include.has('copy')
      ? [
          element('CopyId', copy.id),
          element('CopySource', copy.source),
          '<CopyStatus>success</CopyStatus>',
          element('CopyProgress', `${blob.sizeBytes}/${blob.sizeBytes}`),
          element('CopyCompletionTime', copy.completedAt),
        ]
      : []),
  ].join('');
}
