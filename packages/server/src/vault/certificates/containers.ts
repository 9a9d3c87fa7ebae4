// Containers of a certificate with its private key: PKCS #12 (PFX) and PEM, read and written.
// Source: RFC 7292; Key Vault, "Import a certificate" (forms), secrets of certificates.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { AuthenticatedSafe, CertBag, Certificate, PFX, PKCS8ShroudedKeyBag, PrivateKeyInfo, SafeBag, SafeContents } from 'pkijs';
import { badParameter } from '../faults.ts';
import { PEM_TYPE, PFX_TYPE } from './policy.ts';

const KEY_BAG = '1.2.840.113549.1.12.10.1.1';
const SHROUDED_KEY_BAG = '1.2.840.113549.1.12.10.1.2';
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3';

export interface Identity {
  readonly pkcs8: Buffer;
  /** DER; the certificate of the key first. */
  readonly chain: readonly Buffer[];
  readonly contentType: string;
}

/** Of a PFX in base64 or of PEM text. Throws `BadParameter`. */
export async function readIdentity(value: string, password: string): Promise<Identity> {
  const isPem = value.includes('-----BEGIN ');
  const { keys, certificates } = isPem ? readPem(value, password) : await readPfx(Buffer.from(value, 'base64'), password);
  const [key] = keys;
  if (key === undefined) throw badParameter("Property 'value' holds no private key.", 'value');
  const own = certificates.find((der) => new X509Certificate(der).checkPrivateKey(key));
  if (own === undefined) throw badParameter("Property 'value' holds no certificate of its private key.", 'value');
  return { pkcs8: key.export({ format: 'der', type: 'pkcs8' }), chain: [own, ...certificates.filter((der) => der !== own)], contentType: isPem ? PEM_TYPE : PFX_TYPE };
}

interface Found {
  readonly keys: readonly KeyObject[];
  readonly certificates: readonly Buffer[];
}

function readPem(text: string, password: string): Found {
  const keys: KeyObject[] = [];
  const certificates: Buffer[] = [];
  for (const [block, label] of text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[^-]+-----END \1-----/g)) {
    try {
      if (label === 'CERTIFICATE') certificates.push(new X509Certificate(block).raw);
      else if (label?.endsWith('PRIVATE KEY') === true) keys.push(createPrivateKey({ key: block, ...(password === '' ? {} : { passphrase: password }) }));
    } catch (error) {
      throw badParameter(`Property 'value' holds a ${label ?? ''} that cannot be read: ${error instanceof Error ? error.message : String(error)}`, 'value');
    }
  }
  return { keys, certificates };
}

async function readPfx(bytes: Buffer, password: string): Promise<Found> {
  const secret = arrayOf(Buffer.from(password, 'utf8'));
  try {
    const pfx = PFX.fromBER(arrayOf(bytes));
    await pfx.parseInternalValues({ password: secret, checkIntegrity: true });
    const safe = pfx.parsedValue?.authenticatedSafe;
    if (safe === undefined) throw new Error('it has no contents');
    await safe.parseInternalValues({ safeContents: safe.safeContents.map(() => ({ password: secret })) });
    const bags: readonly SafeBag[] = safe.parsedValue.safeContents.flatMap((content: { readonly value: SafeContents }) => content.value.safeBags);
    const keys: KeyObject[] = [];
    const certificates: Buffer[] = [];
    for (const { bagId, bagValue } of bags) {
      if (bagId === KEY_BAG && bagValue instanceof PrivateKeyInfo) keys.push(createPrivateKey({ key: berOf(bagValue), format: 'der', type: 'pkcs8' }));
      if (bagId === SHROUDED_KEY_BAG && bagValue instanceof PKCS8ShroudedKeyBag) keys.push(createPrivateKey({ key: berOf(bagValue), format: 'der', type: 'pkcs8', passphrase: password }));
      if (bagId === CERTIFICATE_BAG && bagValue instanceof CertBag && bagValue.parsedValue instanceof Certificate) certificates.push(berOf(bagValue.parsedValue));
    }
    return { keys, certificates };
  } catch (error) {
    throw badParameter(
      `Property 'value' is no PFX that can be opened with this password (${error instanceof Error ? error.message : String(error)}). PKCS #12 with AES and SHA-2 is read, as OpenSSL 3 and current Windows write it; older ciphers (RC2, 3DES) are not: convert the file, or import PEM.`,
      'value',
    );
  }
}

/** The value of a certificate's secret. Without the private key when it must not leave. */
export async function writeIdentity(contentType: string, pkcs8: Buffer | undefined, chain: readonly Buffer[]): Promise<string> {
  if (contentType === PEM_TYPE) {
    const key = pkcs8 === undefined ? '' : createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'pkcs8' });
    return `${String(key)}${chain.map((der) => new X509Certificate(der).toString()).join('')}`;
  }
  return (await writePfx(pkcs8, chain)).toString('base64');
}

/** Azure: the PFX of a secret has the empty password. */
async function writePfx(pkcs8: Buffer | undefined, chain: readonly Buffer[]): Promise<Buffer> {
  const safeBags = [
    ...(pkcs8 === undefined ? [] : [new SafeBag({ bagId: KEY_BAG, bagValue: PrivateKeyInfo.fromBER(arrayOf(pkcs8)) })]),
    ...chain.map((der) => new SafeBag({ bagId: CERTIFICATE_BAG, bagValue: new CertBag({ parsedValue: Certificate.fromBER(arrayOf(der)) }) })),
  ];
  const authenticatedSafe = new AuthenticatedSafe({ parsedValue: { safeContents: [{ privacyMode: 0, value: new SafeContents({ safeBags }) }] } });
  const pfx = new PFX({ parsedValue: { integrityMode: 0, authenticatedSafe } });
  await authenticatedSafe.makeInternalValues({ safeContents: [{}] });
  await pfx.makeInternalValues({ password: new ArrayBuffer(0), iterations: 2048, pbkdf2HashAlgorithm: 'SHA-256', hmacHashAlgorithm: 'SHA-256' });
  return berOf(pfx);
}

function berOf(structure: { toSchema(): { toBER(sizeOnly?: boolean): ArrayBuffer } }): Buffer {
  return Buffer.from(structure.toSchema().toBER(false));
}

function arrayOf(bytes: Buffer): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.length);
  Buffer.from(copy).set(bytes);
  return copy;
}
