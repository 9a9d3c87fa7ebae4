// Operations on the account: list containers, properties, account information, user delegation keys.

import { deriveDelegationKey, sasTime } from '#blobs/sas.ts';
import { Fault } from '#kernel/faults.ts';
import { decodeCursor, encodeCursor } from '#kernel/page.ts';
import type { PlaneReply } from '#planes/plane.ts';
import { listContainers } from '#storage/blob-container-store.ts';
import { type BlobCall, queryValue, readBody, xmlReply } from '../call.ts';
import { invalidQuery, notSupported, outOfRangeQuery } from '../faults.ts';
import { leaseHeaders } from '../headers.ts';
import { versionOf } from '../reply.ts';
import { servicePropertiesXml, switchesOn } from '../service-properties.ts';
import { element, parseXml, textAt, XML_HEAD } from '../xml.ts';

const MAX_RESULTS = 5000;
const MAX_XML_BYTES = 64 * 1024;
const MAX_DELEGATION_MS = 7 * 24 * 3_600_000;

/** `maxresults` of a listing: 1 to 5000, larger ones count as 5000. */
export function maxResultsOf(call: BlobCall): number {
  const value = queryValue(call, 'maxresults');
  if (value === undefined || value === '') return MAX_RESULTS;
  if (!/^-?\d{1,10}$/.test(value)) throw invalidQuery('maxresults', value, 'a whole number is accepted.');
  const number = Number(value);
  if (number < 1) throw outOfRangeQuery('maxresults', value, '1 and more are accepted.');
  return Math.min(number, MAX_RESULTS);
}

/** Where a listing goes on. Throws OutOfRangeInput for a marker that is not ours. */
export function markerOf(call: BlobCall): string {
  const marker = queryValue(call, 'marker');
  if (marker === undefined || marker === '') return '';
  try {
    return String(decodeCursor(marker, 1)[0]);
  } catch (error) {
    throw new Fault('invalid', 'OutOfRangeInput', 'The marker is not one that this server gave in NextMarker.', { target: 'marker', cause: error });
  }
}

export function nextMarker(next: string | undefined): string {
  return next === undefined ? '<NextMarker/>' : element('NextMarker', encodeCursor([next]));
}

export function includesOf(call: BlobCall): ReadonlySet<string> {
  return new Set(
    (call.query.get('include') ?? [])
      .flatMap((value) => value.split(','))
      .map((value) => value.trim())
      .filter((value) => value !== ''),
  );
}

export function endpointOf(call: BlobCall): string {
  return `${call.request.url.protocol}//${call.request.url.host}/`;
}

export async function listContainersOperation(call: BlobCall): Promise<PlaneReply> {
  const include = includesOf(call);
  for (const each of include) if (!['metadata', 'deleted', 'system'].includes(each)) throw invalidQuery('include', each, 'metadata, deleted and system are accepted.');
  const prefix = queryValue(call, 'prefix') ?? '';
  const limit = maxResultsOf(call);
  const rows = await listContainers(call.deps.database.sql, call.accountName, { prefix, from: markerOf(call), limit: limit + 1 });
  const containers = rows.slice(0, limit).map((container) => {
    const metadata = include.has('metadata') && Object.keys(container.metadata).length > 0 ? `<Metadata>${metadataElements(container.metadata)}</Metadata>` : '';
    const properties = `${element('Last-Modified', container.modifiedAt.toUTCString())}${element('Etag', container.etag)}${leaseElements(leaseHeaders(container))}<HasImmutabilityPolicy>false</HasImmutabilityPolicy><HasLegalHold>false</HasLegalHold>`;
    return `<Container>${element('Name', container.name)}<Properties>${properties}</Properties>${metadata}</Container>`;
  });
  const head = `${element('Prefix', prefix)}${element('Marker', queryValue(call, 'marker') ?? '')}${element('MaxResults', limit)}`;
  return xmlReply(
    200,
    `${XML_HEAD}<EnumerationResults ServiceEndpoint="${endpointOf(call)}">${head}<Containers>${containers.join('')}</Containers>${nextMarker(rows[limit]?.name)}</EnumerationResults>`,
  );
}

/** Of a listing. */
export function leaseElements(lease: Readonly<Record<string, string>>): string {
  const duration = lease['x-ms-lease-duration'];
  return `${element('LeaseStatus', lease['x-ms-lease-status'] ?? '')}${element('LeaseState', lease['x-ms-lease-state'] ?? '')}${duration === undefined ? '' : element('LeaseDuration', duration)}`;
}

export function metadataElements(metadata: Readonly<Record<string, string>>): string {
  return Object.entries(metadata)
    .map(([name, value]) => element(name, value))
    .join('');
}

export async function getServiceProperties(): Promise<PlaneReply> {
  return xmlReply(200, servicePropertiesXml('blob'));
}

/** Accepts what is true anyway; whatever would switch something on is refused by name. */
export async function setServiceProperties(call: BlobCall): Promise<PlaneReply> {
  const root = parseXml(await readBody(call.request.stream, MAX_XML_BYTES), 'StorageServiceProperties');
  const on = root.children.find(switchesOn);
  if (on !== undefined) throw notSupported(`The blob service property ${on.name}`);
  return { status: 202 };
}

export async function getAccountInfo({ account }: BlobCall): Promise<PlaneReply> {
  return { status: 200, headers: { 'x-ms-sku-name': account.sku, 'x-ms-account-kind': account.kind, 'x-ms-is-hns-enabled': String(account.isHierarchical) } };
}

export async function getUserDelegationKey(call: BlobCall): Promise<PlaneReply> {
  if (call.credential.kind !== 'bearer') throw new Fault('forbidden', 'AuthenticationFailed', 'Only authentication scheme Bearer is supported for this operation.');
  const root = parseXml(await readBody(call.request.stream, MAX_XML_BYTES), 'KeyInfo');
  if (textAt(root, 'DelegatedUserTid') !== undefined) throw notSupported('A user delegation key for another tenant (DelegatedUserTid)');
  const nowMs = call.deps.clock.now();
  const start = keyTime(textAt(root, 'Start') || new Date(nowMs).toISOString(), 'Start');
  const expiry = keyTime(textAt(root, 'Expiry') ?? '', 'Expiry');
  if (expiry <= start || expiry - nowMs > MAX_DELEGATION_MS) {
    throw new Fault('invalid', 'InvalidXmlNodeValue', 'The value for one of the XML nodes is not in the correct format: Expiry must be after Start and within seven days from now.', {
      target: 'Expiry',
    });
  }
  const { principal } = call.credential;
  const key = {
    account: call.accountName,
    oid: principal.objectId,
    tid: principal.tenantId,
    startsAt: sasTime(new Date(start)),
    expiresAt: sasTime(new Date(expiry)),
    version: versionOf(call.request.headers),
  };
  const value = deriveDelegationKey(call.deps.delegationMaster, key).toString('base64');
  const parts = [
    element('SignedOid', key.oid),
    element('SignedTid', key.tid),
    element('SignedStart', key.startsAt),
    element('SignedExpiry', key.expiresAt),
    element('SignedService', 'b'),
    element('SignedVersion', key.version),
    element('Value', value),
  ];
  return xmlReply(200, `${XML_HEAD}<UserDelegationKey>${parts.join('')}</UserDelegationKey>`);
}

function keyTime(text: string, name: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms))
    throw new Fault('invalid', 'InvalidXmlNodeValue', `The value for one of the XML nodes is not in the correct format: ${name} is ${JSON.stringify(text)}; a time in ISO 8601 is accepted.`, {
      target: name,
    });
  return ms;
}
