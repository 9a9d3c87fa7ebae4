// Issue: self-signed certificates and certificate requests by policy. Imported only when one is due, because the
// certificate library takes a fifth of a second to load. Source: RFC 5280; RFC 2986.

import 'reflect-metadata';
import { createPublicKey, randomBytes } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { type JsonObject, numberAt, objectAt, stringAt } from '#kernel/json.ts';
import { privateKeyOf } from '../crypto/key-material.ts';
import { badParameter } from '../faults.ts';
import { KEY_USAGES } from './policy.ts';

type Algorithm = { readonly name: 'RSASSA-PKCS1-v1_5'; readonly hash: string } | { readonly name: 'ECDSA'; readonly hash: string; readonly namedCurve: string };

const HASHES: Readonly<Record<string, string>> = { 'P-256': 'SHA-256', 'P-384': 'SHA-384', 'P-521': 'SHA-512' };

const FLAGS: Readonly<Record<(typeof KEY_USAGES)[number], x509.KeyUsageFlags>> = {
  digitalSignature: x509.KeyUsageFlags.digitalSignature,
  nonRepudiation: x509.KeyUsageFlags.nonRepudiation,
  keyEncipherment: x509.KeyUsageFlags.keyEncipherment,
  dataEncipherment: x509.KeyUsageFlags.dataEncipherment,
  keyAgreement: x509.KeyUsageFlags.keyAgreement,
  keyCertSign: x509.KeyUsageFlags.keyCertSign,
  cRLSign: x509.KeyUsageFlags.cRLSign,
  encipherOnly: x509.KeyUsageFlags.encipherOnly,
  decipherOnly: x509.KeyUsageFlags.decipherOnly,
};

async function importPair(pkcs8: Buffer) {
  x509.cryptoProvider.set(crypto);
  const privateKey = privateKeyOf(pkcs8);
  const curve = privateKey.export({ format: 'jwk' }).crv;
  const algorithm: Algorithm = curve === undefined ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } : { name: 'ECDSA', namedCurve: curve, hash: HASHES[curve] ?? 'SHA-256' };
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const keys = {
    privateKey: await crypto.subtle.importKey('pkcs8', Uint8Array.from(pkcs8), algorithm, true, ['sign']),
    publicKey: await crypto.subtle.importKey('spki', Uint8Array.from(spki), algorithm, true, ['verify']),
  };
  return { keys, algorithm };
}

function extensionsOf(policy: JsonObject): x509.Extension[] {
  const props = objectAt(policy, 'x509_props');
  const list = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
  const sans = objectAt(props, 'sans');
  const names: x509.JsonGeneralName[] = [
    ...list(sans['dns_names']).map((value) => ({ type: 'dns' as const, value })),
    ...list(sans['emails']).map((value) => ({ type: 'email' as const, value })),
    ...list(sans['upns']).map((value) => ({ type: 'upn' as const, value })),
    ...list(sans['uris']).map((value) => ({ type: 'url' as const, value })),
    ...list(sans['ip_addresses']).map((value) => ({ type: 'ip' as const, value })),
  ];
  const usages = list(props['key_usage']);
  const flags = KEY_USAGES.filter((usage) => usages.includes(usage)).map((usage) => FLAGS[usage]);
  const ekus = list(props['ekus']);
  return [
    new x509.BasicConstraintsExtension(false, undefined, false),
    ...(flags.length === 0
      ? []
      : [
          new x509.KeyUsagesExtension(
            flags.reduce((sum, flag): x509.KeyUsageFlags => sum | flag),
            true,
          ),
        ]),
    ...(ekus.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension([...ekus])]),
    ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
  ];
}

/** Throws `BadParameter` for a subject or alternative name that is none. */
async function naming<T>(policy: JsonObject, make: () => Promise<T>): Promise<T> {
  const given = stringAt(objectAt(policy, 'x509_props'), 'subject') ?? '';
  try {
    // Why: the library drops what it does not understand.
    if (given !== '' && new x509.Name(given).toJSON().length === 0) throw new TypeError('a distinguished name such as CN=example.org is expected');
    return await make();
  } catch (error) {
    const subject = stringAt(objectAt(policy, 'x509_props'), 'subject') ?? '';
    throw badParameter(
      `No certificate can be made with the subject '${subject.slice(0, 200)}' and these alternative names: ${error instanceof Error ? error.message : String(error)}`,
      'policy.x509_props',
    );
  }
}

/** DER. */
export async function issueSelfSigned(policy: JsonObject, pkcs8: Buffer, now: Date): Promise<Buffer> {
  const { keys, algorithm } = await importPair(pkcs8);
  const props = objectAt(policy, 'x509_props');
  // Azure: valid from ten minutes ago, so that clocks that are behind accept it.
  const notBefore = new Date(Math.floor(now.getTime() / 1000) * 1000 - 600_000);
  const notAfter = new Date(notBefore);
  notAfter.setUTCMonth(notAfter.getUTCMonth() + (numberAt(props, 'validity_months') ?? 12));
  const serial = randomBytes(16);
  serial.writeUInt8((serial[0] ?? 0) & 0x7f, 0);
  const made = await naming(policy, async () =>
    x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: serial.toString('hex'),
      name: stringAt(props, 'subject') ?? '',
      notBefore,
      notAfter,
      signingAlgorithm: algorithm,
      keys,
      extensions: [...extensionsOf(policy), await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey), await x509.SubjectKeyIdentifierExtension.create(keys.publicKey)],
    }),
  );
  return Buffer.from(made.rawData);
}

/** PKCS #10, DER. */
export async function makeRequest(policy: JsonObject, pkcs8: Buffer): Promise<Buffer> {
  const { keys, algorithm } = await importPair(pkcs8);
  const made = await naming(policy, () =>
    x509.Pkcs10CertificateRequestGenerator.create({ name: stringAt(objectAt(policy, 'x509_props'), 'subject') ?? '', keys, signingAlgorithm: algorithm, extensions: extensionsOf(policy) }),
  );
  return Buffer.from(made.rawData);
}

/** What a policy says of a certificate that came from elsewhere. */
export function describeX509(der: Buffer): JsonObject {
  const certificate = new x509.X509Certificate(Uint8Array.from(der));
  const usages = certificate.getExtension(x509.KeyUsagesExtension)?.usages ?? 0;
  const ekus = certificate.getExtension(x509.ExtendedKeyUsageExtension)?.usages ?? [];
  const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
  const of = (type: string): readonly string[] => names.filter((name) => name.type === type).map((name) => name.value);
  const sans = Object.fromEntries(Object.entries({ dns_names: of('dns'), emails: of('email'), upns: of('upn'), uris: of('url'), ip_addresses: of('ip') }).filter(([, list]) => list.length > 0));
  const months = Math.max(1, Math.round((certificate.notAfter.getTime() - certificate.notBefore.getTime()) / (30.44 * 86_400_000)));
  return {
    subject: certificate.subject,
    ...(Object.keys(sans).length === 0 ? {} : { sans }),
    ekus: ekus.map(String),
    key_usage: KEY_USAGES.filter((usage) => (usages & FLAGS[usage]) !== 0),
    validity_months: Math.min(months, 1200),
  };
}
