// CertificatePolicy: what a certificate is to be, as a request says it, checked and completed.
// Source: Key Vault REST, CertificatePolicy, X509CertificateProperties, LifetimeAction.

import { isJsonObject, type JsonObject, numberAt, objectAt, stringAt } from '#kernel/json.ts';
import { checkText } from '../attributes.ts';
import { familyOf, parseKeySpec, parseKeyType } from '../crypto/key-material.ts';
import { badParameter } from '../faults.ts';

export const PFX_TYPE = 'application/x-pkcs12';
export const PEM_TYPE = 'application/x-pem-file';
export const KEY_USAGES = ['digitalSignature', 'nonRepudiation', 'keyEncipherment', 'dataEncipherment', 'keyAgreement', 'keyCertSign', 'cRLSign', 'encipherOnly', 'decipherOnly'] as const;
const DEFAULT_EKUS = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'];
const SANS = ['emails', 'dns_names', 'upns', 'uris', 'ip_addresses'] as const;
const MOST_MONTHS = 1200;

/** The policy as it is stored, without `id`. `current`: what a PATCH leaves out stays. Throws `BadParameter`. */
export function parsePolicy(value: unknown, current?: JsonObject): JsonObject {
  if (!isJsonObject(value)) throw badParameter("Property 'policy' is missing; an object is expected.", 'policy');
  const part = (name: string): JsonObject => ({ ...objectAt(current, name), ...objectAt(value, name) });
  const issuer = part('issuer');
  if (stringAt(issuer, 'name') === undefined) throw badParameter("Property 'policy.issuer.name' is missing: Self, Unknown, or the name of an issuer of this vault.", 'policy.issuer.name');
  return {
    key_props: parseKeyProperties(part('key_props')),
    secret_props: { contentType: parseContentType(stringAt(part('secret_props'), 'contentType')) },
    x509_props: parseX509(part('x509_props'), stringAt(issuer, 'name') ?? ''),
    lifetime_actions: parseActions(value['lifetime_actions'] ?? current?.['lifetime_actions']),
    issuer: { ...textsOf(issuer, ['name', 'cty']), ...(typeof issuer['cert_transparency'] === 'boolean' ? { cert_transparency: issuer['cert_transparency'] } : {}) },
    attributes: { enabled: objectAt(value, 'attributes')['enabled'] !== false },
  };
}

/** The policy that fits an imported certificate. */
export function importedPolicy(value: unknown, facts: { readonly keyProps: JsonObject; readonly contentType: string; readonly x509: JsonObject }): JsonObject {
  const given = isJsonObject(value) ? value : {};
  const policy = parsePolicy({
    ...given,
    key_props: { exportable: true, reuse_key: false, ...objectAt(given, 'key_props'), ...facts.keyProps },
    secret_props: { contentType: stringAt(objectAt(given, 'secret_props'), 'contentType') ?? facts.contentType },
    x509_props: facts.x509,
    issuer: { name: 'Unknown', ...objectAt(given, 'issuer') },
  });
  return policy;
}

export function parseContentType(contentType: string | undefined): string {
  if (contentType === undefined || contentType === PFX_TYPE) return PFX_TYPE;
  if (contentType === PEM_TYPE) return PEM_TYPE;
  throw badParameter(`Property 'policy.secret_props.contentType' is '${contentType.slice(0, 100)}'; ${PFX_TYPE} and ${PEM_TYPE} are accepted.`, 'policy.secret_props.contentType');
}

function parseKeyProperties(props: JsonObject): JsonObject {
  const kty = parseKeyType(props['kty'] ?? 'RSA');
  const spec = parseKeySpec(kty, props);
  if (spec.family === 'EC' && spec.curve === 'P-256K') throw badParameter("Property 'policy.key_props.crv' is 'P-256K'; certificates take P-256, P-384 and P-521.", 'policy.key_props.crv');
  return {
    exportable: props['exportable'] !== false,
    kty,
    ...(spec.family === 'RSA' ? { key_size: spec.size } : { crv: spec.curve, key_size: Number(spec.curve.replace('P-', '')) }),
    reuse_key: props['reuse_key'] === true,
  };
}

function parseX509(props: JsonObject, issuer: string): JsonObject {
  const sans = Object.fromEntries(SANS.map((name) => [name, textList(objectAt(props, 'sans')[name], `policy.x509_props.sans.${name}`)]).filter(([, list]) => list?.length !== 0));
  const subject = stringAt(props, 'subject') ?? '';
  if (subject === '' && Object.keys(sans).length === 0) throw badParameter('A policy needs policy.x509_props.subject or alternative names.', 'policy.x509_props.subject');
  checkText(subject, 'policy.x509_props.subject');
  const usages = props['key_usage'] === undefined || props['key_usage'] === null ? ['digitalSignature', 'keyEncipherment'] : textList(props['key_usage'], 'policy.x509_props.key_usage');
  for (const usage of usages)
    if (!KEY_USAGES.some((known) => known === usage))
      throw badParameter(`Property 'policy.x509_props.key_usage' holds '${usage}'; ${KEY_USAGES.join(', ')} are accepted.`, 'policy.x509_props.key_usage');
  const ekus = props['ekus'] === undefined || props['ekus'] === null ? DEFAULT_EKUS : textList(props['ekus'], 'policy.x509_props.ekus');
  for (const eku of ekus)
    if (!/^[0-2](\.\d{1,20}){1,30}$/.test(eku)) throw badParameter(`Property 'policy.x509_props.ekus' holds '${eku.slice(0, 100)}'; object identifiers are expected.`, 'policy.x509_props.ekus');
  const months = props['validity_months'] ?? 12;
  if (typeof months !== 'number' || !Number.isInteger(months) || months < 0 || months > MOST_MONTHS || (months === 0 && issuer === 'Self'))
    throw badParameter(`Property 'policy.x509_props.validity_months' is ${JSON.stringify(months)}; 1 to ${MOST_MONTHS} are accepted.`, 'policy.x509_props.validity_months');
  return { subject, ...(Object.keys(sans).length === 0 ? {} : { sans }), ekus, key_usage: usages, validity_months: months, basic_constraints: { ca: false } };
}

function parseActions(value: unknown): readonly JsonObject[] {
  if (value === undefined || value === null) return [{ trigger: { lifetime_percentage: 80 }, action: { action_type: 'EmailContacts' } }];
  if (!Array.isArray(value) || value.length > 2) throw badParameter("Property 'policy.lifetime_actions' must be a list of up to two actions.", 'policy.lifetime_actions');
  return value.map((each: unknown) => {
    const type = ['AutoRenew', 'EmailContacts'].find((known) => known.toLowerCase() === stringAt(objectAt(each, 'action'), 'action_type')?.toLowerCase());
    if (type === undefined) throw badParameter('A lifetime action is of type AutoRenew or EmailContacts.', 'policy.lifetime_actions.action.action_type');
    const percentage = numberAt(objectAt(each, 'trigger'), 'lifetime_percentage');
    const days = numberAt(objectAt(each, 'trigger'), 'days_before_expiry');
    if ((percentage === undefined) === (days === undefined))
      throw badParameter('The trigger of a lifetime action has either lifetime_percentage or days_before_expiry.', 'policy.lifetime_actions.trigger');
    if (percentage !== undefined && (percentage < 1 || percentage > 99)) throw badParameter(`lifetime_percentage is ${percentage}; 1 to 99 are accepted.`, 'policy.lifetime_actions.trigger');
    if (days !== undefined && (days < 1 || days > 36_500)) throw badParameter(`days_before_expiry is ${days}; 1 and more are accepted.`, 'policy.lifetime_actions.trigger');
    return { trigger: percentage === undefined ? { days_before_expiry: days ?? 0 } : { lifetime_percentage: percentage }, action: { action_type: type } };
  });
}

function textList(value: unknown, property: string): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > 100) throw badParameter(`Property '${property}' must be a list of up to 100 texts.`, property);
  return value.map((text: unknown) => {
    if (typeof text !== 'string' || text === '' || text.length > 1_000) throw badParameter(`Property '${property}' holds ${JSON.stringify(text)?.slice(0, 100)}; texts are expected.`, property);
    checkText(text, property);
    return text;
  });
}

function textsOf(value: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.flatMap((name) => (typeof value[name] === 'string' ? [[name, value[name]] as const] : [])));
}

/** Whether the key family can be what the key of a certificate is. */
export function familyOfPolicy(policy: JsonObject): 'RSA' | 'EC' {
  return familyOf(parseKeyType(objectAt(policy, 'key_props')['kty']));
}

/** When a version with these dates is to be followed by the next; undefined: never. */
export function renewalDue(policy: JsonObject | undefined, notBefore: Date, notAfter: Date): Date | undefined {
  const actions = policy?.['lifetime_actions'];
  for (const each of Array.isArray(actions) ? actions : []) {
    if (objectAt(each, 'action')['action_type'] !== 'AutoRenew') continue;
    const trigger = objectAt(each, 'trigger');
    const percentage = numberAt(trigger, 'lifetime_percentage');
    if (percentage !== undefined) return new Date(notBefore.getTime() + ((notAfter.getTime() - notBefore.getTime()) * percentage) / 100);
    return new Date(notAfter.getTime() - (numberAt(trigger, 'days_before_expiry') ?? 0) * 86_400_000);
  }
  return undefined;
}
