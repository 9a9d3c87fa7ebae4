// The few DER encodings that the certificate library has no extension for: name constraints.
// Source: RFC 5280 §4.2.1.10; X.690 §8.

/** A tag-length-value; lengths up to 65535. */
function tlv(tag: number, content: Buffer): Buffer {
  const length = content.length;
  const head = length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

/** NameConstraints with permitted subtrees only: DNS names (each with all below it) and address ranges (address, mask). */
export function encodeNameConstraints(permitted: { readonly dns: readonly string[]; readonly addresses: readonly Buffer[] }): Buffer {
  const subtrees = [
    ...permitted.dns.map((name) => tlv(0x82, Buffer.from(name, 'ascii'))), // [2] dNSName
    ...permitted.addresses.map((range) => tlv(0x87, range)), //               [7] iPAddress: address then mask
  ].map((name) => tlv(0x30, name));
  return tlv(0x30, tlv(0xa0, Buffer.concat(subtrees)));
}

/** 127.0.0.0/8 and ::1/128 as name constraints hold them. */
export const LOOPBACK_RANGES: readonly Buffer[] = [Buffer.from([127, 0, 0, 0, 255, 0, 0, 0]), Buffer.concat([Buffer.alloc(15), Buffer.from([1]), Buffer.alloc(16, 0xff)])];
