// Curves: the elliptic curves of Key Vault. Source: NIST SP 800-186; SEC 2 (secp256k1).

export interface Curve {
  /** Key Vault's name. */
  readonly name: string;
  /** Name in a JWK of Node. */
  readonly jwk: string;
  readonly openssl: string;
  /** Bytes of a coordinate. */
  readonly sizeBytes: number;
  readonly p: bigint;
  readonly a: bigint;
  /** Order of the base point. */
  readonly n: bigint;
  /** The one algorithm that signs with it, and the bytes of its digest. */
  readonly algorithm: string;
  readonly digestBytes: number;
}

const P256 = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const P384 = 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n;
const P521 = 2n ** 521n - 1n;
const K256 = 2n ** 256n - 2n ** 32n - 977n;

export const curves: readonly Curve[] = [
  {
    name: 'P-256',
    jwk: 'P-256',
    openssl: 'prime256v1',
    sizeBytes: 32,
    p: P256,
    a: P256 - 3n,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    algorithm: 'ES256',
    digestBytes: 32,
  },
  {
    name: 'P-384',
    jwk: 'P-384',
    openssl: 'secp384r1',
    sizeBytes: 48,
    p: P384,
    a: P384 - 3n,
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    algorithm: 'ES384',
    digestBytes: 48,
  },
  {
    name: 'P-521',
    jwk: 'P-521',
    openssl: 'secp521r1',
    sizeBytes: 66,
    p: P521,
    a: P521 - 3n,
    n: 0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
    algorithm: 'ES512',
    digestBytes: 64,
  },
  {
    name: 'P-256K',
    jwk: 'secp256k1',
    openssl: 'secp256k1',
    sizeBytes: 32,
    p: K256,
    a: 0n,
    n: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
    algorithm: 'ES256K',
    digestBytes: 32,
  },
];

export function findCurve(name: string): Curve | undefined {
  return curves.find((curve) => curve.name === name || curve.jwk === name || (name === 'SECP256K1' && curve.name === 'P-256K'));
}
