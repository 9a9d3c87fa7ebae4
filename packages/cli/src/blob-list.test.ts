// Symptom guarded: outputs with unusual names that are not downloaded, or only the first page of them.

import { expect, test } from 'vitest';
import { parseBlobList } from './blob-list.ts';

test('reads names, sizes and the marker', () => {
  const xml =
    '<?xml version="1.0"?><EnumerationResults><Blobs><Blob><Name>a/b &amp; c&#x20;&lt;d&gt;.txt</Name><Properties><Content-Length>12</Content-Length></Properties></Blob><Blob><Name Encoded="true">x%2Fy</Name><Properties><Content-Length>0</Content-Length></Properties></Blob></Blobs><NextMarker>m&amp;1</NextMarker></EnumerationResults>';
  expect(parseBlobList(xml)).toEqual({
    blobs: [
      { name: 'a/b & c <d>.txt', sizeBytes: 12 },
      { name: 'x/y', sizeBytes: 0 },
    ],
    nextMarker: 'm&1',
  });
});

test('an empty page is the last', () => {
  expect(parseBlobList('<EnumerationResults><Blobs /><NextMarker /></EnumerationResults>')).toEqual({ blobs: [], nextMarker: '' });
});
