// XML of the protocol: escaping, the small documents that are written, and the three that are read.

import { XMLParser } from 'fast-xml-parser';
import { Fault } from '#kernel/faults.ts';

export const XML_HEAD = '<?xml version="1.0" encoding="utf-8"?>';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** True for text that XML 1.0 can hold. */
export function isXmlText(text: string): boolean {
  return /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u.test(text);
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

export function element(name: string, text: string | number | boolean): string {
  const value = String(text);
  return value === '' ? `<${name}/>` : `<${name}>${escapeXml(value)}</${name}>`;
}

/** A name; percent-encoded and marked so where XML cannot hold it (or a parser would change its line ends). */
export function nameElement(name: string, text: string): string {
  if (isXmlText(text) && !/[\r\n\t]/.test(text)) return element(name, text);
  return `<${name} Encoded="true">${escapeXml(encodeURIComponent(text))}</${name}>`;
}

/** One element: its name, its text, its children in order. */
export interface XmlNode {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlNode[];
}

const parser = new XMLParser({ preserveOrder: true, ignoreAttributes: true, parseTagValue: false, trimValues: true, processEntities: true, ignoreDeclaration: true, ignorePiTags: true });

/** The root element. Throws `invalid`/`InvalidXmlDocument`. */
export function parseXml(body: Buffer, root: string): XmlNode {
  const text = body.toString('utf8').replace(/^\uFEFF/, '');
  try {
    if (/<!DOCTYPE/i.test(text)) throw new Error('a document type is not accepted');
    const node = toNodes(parser.parse(text, true)).find((each) => each.name !== '#text');
    if (node?.name === root) return node;
    throw new Error(`the root element is ${node?.name ?? 'missing'}`);
  } catch (error) {
    throw new Fault('invalid', 'InvalidXmlDocument', `XML specified is not syntactically valid, or not a ${root} document: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function toNodes(parsed: unknown): readonly XmlNode[] {
  if (!Array.isArray(parsed)) return [];
  return parsed.flatMap((item: unknown) => {
    if (typeof item !== 'object' || item === null) return [];
    return Object.entries(item)
      .filter(([name]) => name !== ':@')
      .map(([name, value]: [string, unknown]) => {
        if (name === '#text') return { name, text: String(value), children: [] };
        const children = toNodes(value);
        return {
          name,
          text: children
            .filter((child) => child.name === '#text')
            .map((child) => child.text)
            .join(''),
          children: children.filter((child) => child.name !== '#text'),
        };
      });
  });
}

/** Text of the descendant at the path, or undefined. */
export function textAt(node: XmlNode, ...path: readonly string[]): string | undefined {
  let at: XmlNode | undefined = node;
  for (const name of path) at = at?.children.find((child) => child.name === name);
  return at?.text;
}
