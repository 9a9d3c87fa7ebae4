// A certificate with its private key, as an application registers one.

import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { X509CertificateGenerator } from '@peculiar/x509';
import { exportPKCS8 } from 'jose';

export interface TestCertificate {
  readonly der: Buffer;
  readonly pem: string;
  readonly privateKeyPem: string;
  readonly privateKey: CryptoKey;
  /** SHA-1, base64url. */
  readonly thumbprint: string;
  readonly thumbprint256: string;
}

export async function testCertificate(options: { readonly notBefore?: Date; readonly notAfter?: Date } = {}): Promise<TestCertificate> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const day = 86_400_000;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=robot',
    keys,
    signingAlgorithm: algorithm,
    notBefore: options.notBefore ?? new Date(Date.now() - day),
    notAfter: options.notAfter ?? new Date(Date.now() + day),
  });
  const der = Buffer.from(certificate.rawData);
  const digest = (name: string): string => createHash(name).update(der).digest('base64url');
  return { der, pem: certificate.toString('pem'), privateKeyPem: await exportPKCS8(keys.privateKey), privateKey: keys.privateKey, thumbprint: digest('sha1'), thumbprint256: digest('sha256') };
}
