import { StorageCRC64Calculator } from '@azure/storage-common';
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { Crc64, digestContent } from './digests.ts';

test('CRC-64 equals the one of the storage SDK, however the content is cut', async () => {
  await StorageCRC64Calculator.init();
  for (const size of [0, 1, 7, 8, 9, 1000, 65_537]) {
    const content = randomBytes(size);
    const theirs = Buffer.from(new StorageCRC64Calculator().final(content, size)).toString('base64');
    const crc = new Crc64();
    const cut = Math.floor(size / 3);
    crc.update(content.subarray(0, cut));
    crc.update(content.subarray(cut));
    expect(crc.digest()).toBe(theirs);
  }
});

test('a digest that does not match is refused by name', () => {
  const digest = digestContent({ md5: 'AAAAAAAAAAAAAAAAAAAAAA==' }, false);
  digest.onChunk?.(Buffer.from('x'));
  expect(() => digest.finish()).toThrow(expect.objectContaining({ code: 'Md5Mismatch' }));
});
