// Which addresses the one outgoing client reaches.

import { describe, expect, test } from 'vitest';
import { createOutboundHttp, isPublicAddress } from './outbound-http.ts';

describe('outbound', () => {
  test.each(['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '0.0.0.0', '::1', 'fe80::1', 'fd00::1', '::ffff:127.0.0.1', '100.64.1.1', 'nonsense'])(
    '%s is not public',
    (address) => {
      expect(isPublicAddress(address)).toBe(false);
    },
  );

  test.each(['93.184.216.34', '2606:2800:220:1::1', '172.32.0.1'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.each(['http://127.0.0.1:1/', 'http://[::1]:1/', 'http://localhost:1/', 'file:///etc/passwd', 'ftp://example.com/', 'nonsense'])('%s is refused before a connection is made', async (url) => {
    const outbound = createOutboundHttp();
    await expect(outbound.get(url, new AbortController().signal)).rejects.toMatchObject({ code: 'OutboundAddressRefused' });
    await outbound.close();
  });
});
