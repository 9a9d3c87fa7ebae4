// BlobList: names and sizes out of the XML of List Blobs. Source: Storage REST, "List Blobs".

export interface BlobPage {
  readonly blobs: readonly { readonly name: string; readonly sizeBytes: number }[];
  /** Empty on the last page. */
  readonly nextMarker: string;
}

export function parseBlobList(xml: string): BlobPage {
  const blobs = [...xml.matchAll(/<Blob>(.*?)<\/Blob>/gs)].map(([, blob = '']) => ({ name: textOf(blob, 'Name'), sizeBytes: Number(textOf(blob, 'Content-Length')) }));
  return { blobs, nextMarker: textOf(xml.slice(xml.lastIndexOf('</Blobs>')), 'NextMarker') };
}

function textOf(xml: string, element: string): string {
  const match = new RegExp(`<${element}(?:\\s+Encoded="(true)")?>([^<]*)</${element}>`, 'i').exec(xml);
  const text = (match?.[2] ?? '').replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (entity, hex?: string, decimal?: string, name?: string) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    return ENTITIES[name ?? ''] ?? entity;
  });
  return match?.[1] === undefined ? text : decodeURIComponent(text);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
