// Curves: the elliptic curves of Key Vault. Source: NIST SP 800-186; SEC 2 (secp256k1).

export interface Curve {
  /** Key Vault's name. */
  readonly name: string;
  /** Name in a JWK of Node. */
  readonly jwk: string;
  readonly openssl: string;
  /** Bytes of a coordinate. */
  readonly sizeBytes: number;
  /** The one algorithm that signs with it, and the bytes of its digest. */
  readonly algorithm: string;
  readonly digestBytes: number;
}

export const curves: readonly Curve[] = [
  {
    name: 'P-256',
    jwk: 'P-256',
    openssl: 'prime256v1',
    sizeBytes: 32,
    algorithm: 'ES256',
    digestBytes: 32,
  },
  {
    name: 'P-384',
    jwk: 'P-384',
    openssl: 'secp384r1',
    sizeBytes: 48,
    algorithm: 'ES384',
    digestBytes: 48,
  },
  {
    name: 'P-521',
    jwk: 'P-521',
    openssl: 'secp521r1',
    sizeBytes: 66,
    algorithm: 'ES512',
    digestBytes: 64,
  },
  {
    name: 'P-256K',
    jwk: 'secp256k1',
    openssl: 'secp256k1',
    sizeBytes: 32,
    algorithm: 'ES256K',
    digestBytes: 32,
  },
];

export function findCurve(name: string): Curve | undefined {
  return curves.find((curve) => curve.name === name || curve.jwk === name || (name === 'SECP256K1' && curve.name === 'P-256K'));
}
