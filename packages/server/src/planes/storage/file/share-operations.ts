// Operations on shares: create, properties, metadata, access policies (none), usage, delete, list; and the file service itself.
// Source: Files REST, "Operations on shares", "Operations on the account".

import { changeShare, createShare, deleteShare, getShare, usageOf } from '#blobs/file-shares.ts';
import type { PlaneReply } from '#planes/plane.ts';
import { type AccessTier, listShares, type ShareRecord } from '#storage/file-share-store.ts';
import { endpointOf, includesOf, markerOf, maxResultsOf, metadataElements, nextMarker } from '../blob/service-operations.ts';
import { type BlobCall, containerOf, header, queryValue, readBody, xmlReply } from '../call.ts';
import { invalidHeader, invalidQuery, notSupported } from '../faults.ts';
import { metadataHeaders, metadataOf, numberHeader, versionHeaders } from '../headers.ts';
import { servicePropertiesXml, switchesOn } from '../service-properties.ts';
import { element, parseXml, XML_HEAD } from '../xml.ts';

const MAX_XML_BYTES = 64 * 1024;
const MAX_QUOTA_GIB = 102_400;
const TIERS: readonly AccessTier[] = ['TransactionOptimized', 'Hot', 'Cool'];

/** What is not here: NFS, provisioned throughput. */
const REFUSED: Readonly<Record<string, string>> = {
  'x-ms-share-provisioned-iops': 'Provisioned input and output of a share',
  'x-ms-share-provisioned-bandwidth-mibps': 'Provisioned bandwidth of a share',
  'x-ms-share-paid-bursting-enabled': 'Paid bursting of a share',
  'x-ms-enable-snapshot-virtual-directory-access': 'The directory of snapshots of a share',
};

function settingsOf(call: BlobCall): { readonly quotaGib?: number; readonly accessTier?: AccessTier } {
  for (const [name, what] of Object.entries(REFUSED)) if ((header(call, name) ?? 'false').toLowerCase() !== 'false') throw notSupported(`${what} (${name})`);
  const protocol = header(call, 'x-ms-enabled-protocols') ?? 'SMB';
  if (protocol.toUpperCase() !== 'SMB') throw notSupported(`The protocol ${protocol} of a share`);
  const quotaGib = numberHeader(call, 'x-ms-share-quota');
  if (quotaGib !== undefined && (quotaGib < 1 || quotaGib > MAX_QUOTA_GIB)) throw invalidHeader('x-ms-share-quota', String(quotaGib), `1 to ${MAX_QUOTA_GIB} GiB are accepted.`);
  const given = header(call, 'x-ms-access-tier');
  const accessTier = given === undefined ? undefined : TIERS.find((tier) => tier.toLowerCase() === given.toLowerCase());
  if (given !== undefined && accessTier === undefined)
    throw given.toLowerCase() === 'premium' ? notSupported('The access tier Premium') : invalidHeader('x-ms-access-tier', given, `${TIERS.join(', ')} are accepted.`);
  return { ...(quotaGib === undefined ? {} : { quotaGib }), ...(accessTier === undefined ? {} : { accessTier }) };
}

export async function createShareOperation(call: BlobCall): Promise<PlaneReply> {
  const share = await createShare(call.deps, call.accountName, containerOf(call), { ...settingsOf(call), metadata: metadataOf(call) });
  return { status: 201, headers: versionHeaders(share) };
}

export async function getShareProperties(call: BlobCall): Promise<PlaneReply> {
  const share = await getShare(call.deps, call.accountName, containerOf(call));
  return {
    status: 200,
    headers: {
      ...versionHeaders(share),
      ...metadataHeaders(share.metadata),
      'x-ms-share-quota': String(share.quotaGib),
      'x-ms-access-tier': share.accessTier,
      'x-ms-enabled-protocols': 'SMB',
      'x-ms-lease-status': 'unlocked',
      'x-ms-lease-state': 'available',
    },
  };
}

export async function getShareMetadata(call: BlobCall): Promise<PlaneReply> {
  const share = await getShare(call.deps, call.accountName, containerOf(call));
  return { status: 200, headers: { ...versionHeaders(share), ...metadataHeaders(share.metadata) } };
}

export async function setShareProperties(call: BlobCall): Promise<PlaneReply> {
  const share = await changeShare(call.deps, call.accountName, containerOf(call), settingsOf(call));
  return { status: 200, headers: versionHeaders(share) };
}

export async function setShareMetadata(call: BlobCall): Promise<PlaneReply> {
  const share = await changeShare(call.deps, call.accountName, containerOf(call), { metadata: metadataOf(call) });
  return { status: 200, headers: versionHeaders(share) };
}

export async function deleteShareOperation(call: BlobCall): Promise<PlaneReply> {
  const snapshots = header(call, 'x-ms-delete-snapshots') ?? 'include';
  if (!['include', 'include-leased'].includes(snapshots.toLowerCase())) throw invalidHeader('x-ms-delete-snapshots', snapshots, 'include and include-leased are accepted.');
  await deleteShare(call.deps, call.accountName, containerOf(call), call.ctx.correlationId);
  return { status: 202, headers: {} };
}

export async function getShareStats(call: BlobCall): Promise<PlaneReply> {
  const share = await getShare(call.deps, call.accountName, containerOf(call));
  return xmlReply(200, `${XML_HEAD}<ShareStats>${element('ShareUsageBytes', await usageOf(call.deps, share))}</ShareStats>`, versionHeaders(share));
}

export async function getShareAcl(call: BlobCall): Promise<PlaneReply> {
  const share = await getShare(call.deps, call.accountName, containerOf(call));
  return xmlReply(200, `${XML_HEAD}<SignedIdentifiers/>`, versionHeaders(share));
}

/** Accepts that there are none. */
export async function setShareAcl(call: BlobCall): Promise<PlaneReply> {
  const body = await readBody(call.request.stream, MAX_XML_BYTES);
  if (body.length > 0 && parseXml(body, 'SignedIdentifiers').children.length > 0) throw notSupported('A stored access policy of a share');
  return { status: 200, headers: versionHeaders(await getShare(call.deps, call.accountName, containerOf(call))) };
}

export async function listSharesOperation(call: BlobCall): Promise<PlaneReply> {
  const include = includesOf(call);
  for (const each of include) if (!['metadata', 'deleted', 'snapshots'].includes(each)) throw invalidQuery('include', each, 'metadata, snapshots and deleted are accepted.');
  const prefix = queryValue(call, 'prefix') ?? '';
  const limit = maxResultsOf(call);
  const rows = await listShares(call.deps.database.sql, call.accountName, { prefix, from: markerOf(call), limit: limit + 1 });
  const shares = rows.slice(0, limit).map((share) => shareElement(share, include.has('metadata')));
  const head = `${element('Prefix', prefix)}${element('Marker', queryValue(call, 'marker') ?? '')}${element('MaxResults', limit)}`;
  return xmlReply(200, `${XML_HEAD}<EnumerationResults ServiceEndpoint="${endpointOf(call)}">${head}<Shares>${shares.join('')}</Shares>${nextMarker(rows[limit]?.name)}</EnumerationResults>`);
}

function shareElement(share: ShareRecord, withMetadata: boolean): string {
  const properties = [
    element('Last-Modified', share.modifiedAt.toUTCString()),
    element('Etag', share.etag),
    element('Quota', share.quotaGib),
    element('AccessTier', share.accessTier),
    element('LeaseStatus', 'unlocked'),
    element('LeaseState', 'available'),
    element('EnabledProtocols', 'SMB'),
  ];
  const metadata = withMetadata && Object.keys(share.metadata).length > 0 ? `<Metadata>${metadataElements(share.metadata)}</Metadata>` : '';
  return `<Share>${element('Name', share.name)}<Properties>${properties.join('')}</Properties>${metadata}</Share>`;
}

export async function getFileServiceProperties(): Promise<PlaneReply> {
  return xmlReply(200, servicePropertiesXml('file'));
}

/** Accepts what is true anyway; whatever would switch something on is refused by name. */
export async function setFileServiceProperties(call: BlobCall): Promise<PlaneReply> {
  const root = parseXml(await readBody(call.request.stream, MAX_XML_BYTES), 'StorageServiceProperties');
  const on = root.children.find(switchesOn);
  if (on !== undefined) throw notSupported(`The file service property ${on.name}`);
  return { status: 202 };
}
