// Draft: from a body to what will be stored. Envelope, defaults, read-only and immutable properties, secrets, the type's own rules.

import { Fault, type FaultDetail } from '#kernel/faults.ts';
import type { Context } from '#kernel/context.ts';
import { isJsonObject, type Json, type JsonObject, jsonEqual } from '#kernel/json.ts';
import { mergePatch } from '#kernel/merge-patch.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import { readMembers } from './envelope-members.ts';
import { type Foreseen, touches } from './foreseen.ts';
import { invalidBody, validationFailed } from '../faults.ts';
import { dotted, removePointer, selectPointers, setPointer } from './pointers.ts';
import type { ItemPlace } from '../registry.ts';
import type { AnyResourceType, Draft, Reject } from '../resource-type.ts';
import type { Resources } from '../resources.ts';
import { checkRefusals } from './refusals.ts';
import { type BodySchema, compileSchema } from './schema.ts';
import { carrySecrets, type Secrets } from './secrets.ts';

export interface DraftInput {
  readonly place: ItemPlace;
  readonly body: unknown;
  readonly isPatch: boolean;
  readonly query: URLSearchParams;
  readonly current: ResourceRecord | undefined;
  readonly currentSecrets: Secrets;
  /** Read-only properties that the server itself sets. */
  readonly readOnly: JsonObject | undefined;
  readonly store: Resources;
  /** The body is one of something that comes later. @default it is as it will be */
  readonly foreseen?: Foreseen | undefined;
}

const schemas = new WeakMap<AnyResourceType, BodySchema>();

/** Throws one fault with everything that is wrong. */
export async function makeDraft(ctx: Context, input: DraftInput): Promise<Draft<JsonObject>> {
  const { place, current, query, store, foreseen } = input;
  const { type } = place;
  const details: FaultDetail[] = [];
  const add = (...found: readonly FaultDetail[]) => details.push(...found.filter(({ target }) => !touches(foreseen?.unknown ?? [], target)));
  const reject: Reject = (property, message, code) => {
    const target = property.startsWith('/') ? `properties.${dotted(property)}` : property;
    add({ code: code ?? 'ValidationError', message: `${target}: ${message}`, target });
  };
  const given = readBody(input.body);
  const body = type.accept?.(given, { apiVersion: apiVersionIn(query), isPatch: input.isPatch, current }) ?? given;
  const members = readMembers(type, body, current, input.isPatch, add);
  const checked = schemaOf(type).check(readProperties(input, body), 'properties');
  add(...checked.details);
  if (details.length > 0) throw validationFailed(details);

  const parent = place.parent;
  const desired: Draft<JsonObject> = {
    id: current?.id ?? place.id,
    key: place.key,
    name: current?.name ?? place.name,
    type: type.type.toLowerCase(),
    parentKey: parent?.key ?? '',
    subscriptionId: place.subscriptionId,
    resourceGroup: place.group?.toLowerCase(),
    ...members,
    properties: checked.value,
  };
  const isKnown = foreseen === undefined || foreseen.unknown.length === 0;
  if (current !== undefined && isKnown) checkImmutable(type, desired.properties, current.properties);
  checkRefusals(type.refuses ?? [], desired.properties, current?.properties, reject);
  // Why not with something unknown: rules look at several properties at once.
  if (isKnown) type.validate?.(ctx, { desired, current, query, reject });
  if (details.length > 0) throw validationFailed(details);
  if (foreseen !== undefined) return desired;
  const prepared = (await type.prepare?.(ctx, { desired, current, query, store, reject })) ?? desired;
  if (details.length > 0) throw validationFailed(details);
  if (!isJsonObject(prepared.properties)) throw new TypeError(`${type.type}: prepare must return properties as an object`);
  return { ...prepared, properties: JSON.parse(JSON.stringify(prepared.properties)) };
}

function schemaOf(type: AnyResourceType): BodySchema {
  const known = schemas.get(type) ?? compileSchema(type.properties, type.additional ?? 'keep', type.secrets ?? []);
  schemas.set(type, known);
  return known;
}

function apiVersionIn(query: URLSearchParams): string | undefined {
  return [...query].find(([name]) => name.toLowerCase() === 'api-version')?.[1];
}

function readBody(body: unknown): JsonObject {
  if (body === undefined || body === null) throw invalidBody('the body is empty; a JSON object is expected.');
  if (!isJsonObject(body)) throw invalidBody(`the body is ${Array.isArray(body) ? 'a list' : `a ${typeof body}`}; a JSON object is expected.`);
  return body;
}

/** The properties as they would be stored, not yet checked against the schema. */
function readProperties(input: DraftInput, body: JsonObject): JsonObject {
  const { type } = input.place;
  const given = body['properties'];
  if (given !== undefined && given !== null && !isJsonObject(given)) throw invalidBody("'properties' must be an object.", 'properties');
  const readOnly = [...(type.readOnly ?? []), '/provisioningState'];
  const asked: JsonObject = readOnly.reduce(removePointer, isJsonObject(given) ? given : {});
  const before = input.current?.properties ?? {};
  const base = input.isPatch ? asObject(mergePatch(before, asked)) : keep(keep(asked, before, readOnly, false), before, type.immutable ?? [], true);
  const withOwn = input.readOnly === undefined ? base : asObject(mergePatch(base, input.readOnly));
  return carrySecrets(withOwn, before, input.currentSecrets);
}

/** Copies what the pointers select from the stored properties to where the new ones do not have it; `make`: with the objects around it. */
function keep(properties: JsonObject, before: JsonObject, pointers: readonly string[], make: boolean): JsonObject {
  const stored = pointers.flatMap((pointer) => selectPointers(before, pointer));
  return stored.reduce((kept, { pointer, value }) => (selectPointers(kept, pointer).length > 0 ? kept : setPointer(kept, pointer, value, make)), properties);
}

function checkImmutable(type: AnyResourceType, desired: JsonObject, current: JsonObject): void {
  const changed = (type.immutable ?? []).filter((pointer) => !jsonEqual(byPointer(desired, pointer), byPointer(current, pointer)));
  if (changed.length === 0) return;
  const details = changed.map((pointer) => {
    const target = `properties.${dotted(pointer)}`;
    return { code: 'PropertyChangeNotAllowed', message: `Changing property '${target}' is not allowed.`, target };
  });
  const message = `${details.map((detail) => detail.message).join(' ')} Leave it as it is, or create a new resource.`;
  throw new Fault(type.immutableFault ?? 'invalid', 'PropertyChangeNotAllowed', message, { details, ...(details[0] === undefined ? {} : { target: details[0].target }) });
}

function byPointer(properties: JsonObject, pointer: string): JsonObject {
  return Object.fromEntries(selectPointers(properties, pointer).map((found) => [found.pointer, found.value]));
}

function asObject(value: Json): JsonObject {
  return isJsonObject(value) ? value : {};
}
