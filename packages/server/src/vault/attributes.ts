// Attributes: what callers say of a version (enabled, not before, expires, tags) and of names, checked.
// Source: Key Vault REST, SecretAttributes, KeyAttributes; limits of "About keys, secrets, and certificates".

import { isJsonObject, type JsonObject } from '#kernel/json.ts';
import type { VaultObjectKind } from '#storage/vault-object-record.ts';
import { badParameter } from './faults.ts';

export interface AttributesPatch {
  readonly isEnabled?: boolean;
  readonly notBefore?: Date;
  readonly expiresAt?: Date;
}

const NAME = /^[0-9a-zA-Z-]{1,127}$/;
const MAX_TAGS = 15;
const MAX_TAG_LENGTH = 256;
const LAST_SECOND = 253_402_300_799;

/** Throws unless it can name a secret or key. */
export function checkName(kind: VaultObjectKind | 'issuer', name: string): void {
  if (!NAME.test(name)) throw badParameter(`The request URI contains an invalid name: ${name.slice(0, 200)}. A ${kind} name has 1 to 127 letters, digits and hyphens.`, `${kind}-name`);
}

/** The `attributes` of a request; what is left out or null is not changed. */
export function parseAttributes(value: unknown): AttributesPatch {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw badParameter("Property 'attributes' must be an object.", 'attributes');
  const enabled = value['enabled'];
  if (enabled !== undefined && enabled !== null && typeof enabled !== 'boolean')
    throw badParameter(`Property 'attributes.enabled' is ${JSON.stringify(enabled)}; true or false is expected.`, 'attributes.enabled');
  if (value['exportable'] === true)
    throw badParameter("Property 'attributes.exportable' is true: keys are never exported by this vault, for it does not offer secure key release.", 'attributes.exportable');
  const notBefore = parseTime(value, 'nbf');
  const expiresAt = parseTime(value, 'exp');
  return { ...(typeof enabled === 'boolean' ? { isEnabled: enabled } : {}), ...(notBefore === undefined ? {} : { notBefore }), ...(expiresAt === undefined ? {} : { expiresAt }) };
}

function parseTime(attributes: JsonObject, name: 'nbf' | 'exp'): Date | undefined {
  const value = attributes[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > LAST_SECOND)
    throw badParameter(`Property 'attributes.${name}' is ${JSON.stringify(value)}; whole seconds since 1970-01-01 are expected.`, `attributes.${name}`);
  return new Date(value * 1000);
}

/** Throws when the end comes before the beginning. */
export function checkWindow(notBefore: Date | undefined, expiresAt: Date | undefined): void {
  if (notBefore !== undefined && expiresAt !== undefined && expiresAt.getTime() <= notBefore.getTime()) throw badParameter('attributes.exp must be later than attributes.nbf.', 'attributes.exp');
}

/** The `tags` of a request; undefined when left out. */
export function parseTags(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw badParameter("Property 'tags' must be an object of strings.", 'tags');
  const entries = Object.entries(value);
  if (entries.length > MAX_TAGS) throw badParameter(`There are ${entries.length} tags; ${MAX_TAGS} are accepted at most.`, 'tags');
  const tags: [string, string][] = [];
  for (const [name, text] of entries) {
    if (typeof text !== 'string') throw badParameter(`The tag '${name.slice(0, 100)}' is no string.`, `tags.${name.slice(0, 100)}`);
    if (name.length > MAX_TAG_LENGTH || text.length > MAX_TAG_LENGTH)
      throw badParameter(`The tag '${name.slice(0, 100)}' is too long; names and values have up to ${MAX_TAG_LENGTH} characters.`, 'tags');
    checkText(name, 'tags');
    checkText(text, 'tags');
    tags.push([name, text]);
  }
  return Object.fromEntries(tags);
}

/** Throws for text that no database keeps: with NUL, or with halves of surrogate pairs. */
export function checkText(text: string, property: string): void {
  if (text.includes('\0') || !text.isWellFormed()) throw badParameter(`Property '${property}' holds NUL or half of a surrogate pair; any other text is accepted.`, property);
}
