// Envelope members of a body: location, tags, kind, sku, identity and what else a type declares. Everything outside `properties`.
// Source: contracts/azureml-rest.md §1 (Envelope); contracts/terraform-azurerm.md (identity read back).

import type { FaultDetail } from '#kernel/faults.ts';
import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';
import { mergePatch } from '#kernel/merge-patch.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import { invalidBody } from '../faults.ts';
import type { AnyResourceType, Draft } from '../resource-type.ts';

/** Sent back by clients that read before they write; never input. */
const IGNORED = new Set(['id', 'name', 'type', 'systemdata', 'etag', 'properties']);
/** Ignored where a type has no such member, as Azure does. */
const COMMON = new Set(['location', 'tags', 'kind', 'sku', 'identity']);
const IDENTITY_TYPES = ['None', 'SystemAssigned', 'UserAssigned', 'SystemAssigned,UserAssigned'];
const MAX_TAGS = 50;

export type Members = Pick<Draft<JsonObject>, 'location' | 'tags' | 'kind' | 'sku' | 'identity' | 'members'>;

export interface MemberRules {
  readonly location: 'required' | 'optional' | undefined;
  readonly tags: boolean;
  readonly kind: boolean;
  readonly sku: boolean;
  readonly identity: boolean;
  readonly others: readonly string[];
}

export function memberRules(type: AnyResourceType): MemberRules {
  const isTracked = type.kind === 'tracked';
  const { location, tags, kind, sku, identity, others } = type.envelope ?? {};
  return { location: location ?? (isTracked ? 'required' : undefined), tags: tags ?? isTracked, kind: kind ?? false, sku: sku ?? false, identity: identity ?? false, others: others ?? [] };
}

/** The members that will be stored. `reject` collects; only what cannot be read at all is thrown. */
export function readMembers(type: AnyResourceType, body: JsonObject, current: ResourceRecord | undefined, isPatch: boolean, reject: (detail: FaultDetail) => void): Members {
  const rules = memberRules(type);
  refuseUnknown(rules, body, type);
  const objectMember = (name: 'sku' | 'identity'): JsonObject | undefined => {
    const value = body[name];
    if (!rules[name] || value === undefined || value === null) return current?.[name];
    if (!isJsonObject(value)) throw invalidBody(`'${name}' must be an object.`, name);
    const merged = isPatch ? mergePatch(current?.[name], value) : value;
    return isJsonObject(merged) ? merged : undefined;
  };
  const identity = objectMember('identity');
  return {
    location: readLocation(rules, body, current, reject),
    tags: rules.tags ? readTags(body['tags'], current, isPatch, reject) : {},
    kind: rules.kind ? (readString(body, 'kind') ?? current?.kind) : undefined,
    sku: objectMember('sku'),
    identity: identity === undefined ? undefined : canonicalIdentity(identity, current?.identity, reject),
    members: readOthers(rules, body, current, isPatch),
  };
}

function refuseUnknown(rules: MemberRules, body: JsonObject, type: AnyResourceType): void {
  for (const name of Object.keys(body)) {
    const lower = name.toLowerCase();
    if (IGNORED.has(lower) || COMMON.has(lower) || rules.others.includes(name)) continue;
    throw invalidBody(`could not find member '${name.slice(0, 100)}' on a ${type.type}.`, name.slice(0, 100));
  }
}

function readLocation(rules: MemberRules, body: JsonObject, current: ResourceRecord | undefined, reject: (detail: FaultDetail) => void): string | undefined {
  if (rules.location === undefined) return undefined;
  const given = readString(body, 'location');
  const location = given?.toLowerCase().replaceAll(' ', '');
  if (location === undefined || location === '') {
    if (current === undefined && rules.location === 'required') throw new Fault('invalid', 'LocationRequired', 'The location property is required for this definition.', { target: 'location' });
    return current?.location;
  }
  if (!/^[a-z0-9-]{1,64}$/.test(location)) reject({ code: 'InvalidLocation', message: `location: is '${given?.slice(0, 64)}'; a name of letters and digits is accepted.`, target: 'location' });
  if (current?.location !== undefined && current.location !== location) {
    throw new Fault(
      'conflict',
      'InvalidResourceLocation',
      `The resource '${current.name}' already exists in location '${current.location}'. A resource with the same name cannot be created in location '${location}'. Please select a new resource name.`,
      { target: 'location' },
    );
  }
  return location;
}

/** Those that stay when nothing is given: of `current`, for a PATCH. */
export function readTags(given: Json | undefined, current: Pick<ResourceRecord, 'tags'> | undefined, isPatch: boolean, reject: (detail: FaultDetail) => void): Readonly<Record<string, string>> {
  if (given === undefined || given === null) return isPatch ? (current?.tags ?? {}) : {};
  if (!isJsonObject(given)) throw invalidBody("'tags' must be an object of strings.", 'tags');
  const entries = Object.entries(given).filter(([, value]) => value !== null);
  if (entries.length > MAX_TAGS) reject({ code: 'InvalidTags', message: `tags: there are ${entries.length}; at most ${MAX_TAGS} are accepted.`, target: 'tags' });
  const tags: Record<string, string> = {};
  for (const [name, value] of entries) {
    const target = `tags.${name.slice(0, 100)}`;
    if (typeof value !== 'string') reject({ code: 'InvalidTags', message: `${target}: a string is accepted.`, target });
    else if (name === '' || name.length > 512 || /[<>%&\\?/]/.test(name))
      reject({ code: 'InvalidTagNameCharacters', message: `${target}: a tag name has 1 to 512 characters and none of < > % & \\ ? /.`, target });
    else if (value.length > 256) reject({ code: 'InvalidTags', message: `${target}: the value has ${value.length} characters; at most 256 are accepted.`, target });
    else tags[name] = value;
  }
  return tags;
}

/** Principal ids are the server's to give: those in the body are ignored, the stored ones are kept where they still apply. */
function canonicalIdentity(given: JsonObject, current: JsonObject | undefined, reject: (detail: FaultDetail) => void): JsonObject {
  const said = typeof given['type'] === 'string' ? given['type'].replaceAll(' ', '').toLowerCase() : '';
  const type = IDENTITY_TYPES.find((known) => known.toLowerCase() === said || known.split(',').reverse().join(',').toLowerCase() === said);
  if (type === undefined) {
    reject({ code: 'InvalidIdentityType', message: `identity.type: is '${String(given['type']).slice(0, 60)}'; accepted: ${IDENTITY_TYPES.join('; ')}.`, target: 'identity.type' });
    return {};
  }
  const result: Record<string, Json | undefined> = { type };
  if (type.startsWith('SystemAssigned') && String(current?.['type']).startsWith('SystemAssigned')) {
    result['principalId'] = current?.['principalId'];
    result['tenantId'] = current?.['tenantId'];
  }
  if (type.includes('UserAssigned')) {
    const before = isJsonObject(current?.['userAssignedIdentities']) ? current['userAssignedIdentities'] : {};
    const wanted = isJsonObject(given['userAssignedIdentities']) ? given['userAssignedIdentities'] : {};
    const ids = Object.keys(wanted).filter((id) => wanted[id] !== null);
    if (ids.length === 0)
      reject({ code: 'InvalidIdentity', message: 'identity.userAssignedIdentities: at least one identity id is required for this type.', target: 'identity.userAssignedIdentities' });
    result['userAssignedIdentities'] = Object.fromEntries(ids.map((id) => [id, Object.entries(before).find(([known]) => known.toLowerCase() === id.toLowerCase())?.[1] ?? {}]));
  }
  return JSON.parse(JSON.stringify(result));
}

function readOthers(rules: MemberRules, body: JsonObject, current: ResourceRecord | undefined, isPatch: boolean): JsonObject {
  const given = Object.fromEntries(rules.others.filter((name) => body[name] !== undefined).map((name) => [name, body[name]]));
  const merged = mergePatch(isPatch ? current?.members : {}, given);
  return isJsonObject(merged) ? merged : {};
}

function readString(body: JsonObject, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalidBody(`'${name}' must be a string.`, name);
  return value;
}
