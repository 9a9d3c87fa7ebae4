// Service properties: what is true of every account here (no analytics, no CORS), and whether a document would switch something on.
// Source: Storage REST, "Get … Service Properties".

import { XML_HEAD, type XmlNode } from './xml.ts';

const NO_RETENTION = '<RetentionPolicy><Enabled>false</Enabled></RetentionPolicy>';
const METRICS = ['HourMetrics', 'MinuteMetrics'].map((name) => `<${name}><Version>1.0</Version><Enabled>false</Enabled>${NO_RETENTION}</${name}>`).join('');
const LOGGING = `<Logging><Version>1.0</Version><Read>false</Read><Write>false</Write><Delete>false</Delete>${NO_RETENTION}</Logging>`;
const OWN: Readonly<Record<string, string>> = { blob: '<DeleteRetentionPolicy><Enabled>false</Enabled></DeleteRetentionPolicy><StaticWebsite><Enabled>false</Enabled></StaticWebsite>' };

/** Azure: files have no logging. */
export function servicePropertiesXml(service: 'blob' | 'file' | 'queue' | 'table'): string {
  return `${XML_HEAD}<StorageServiceProperties>${service === 'file' ? '' : LOGGING}${METRICS}<Cors/>${OWN[service] ?? ''}</StorageServiceProperties>`;
}

export function switchesOn(node: XmlNode): boolean {
  if (node.name === 'Cors') return node.children.length > 0;
  if (node.name === 'DefaultServiceVersion') return true;
  return ['Enabled', 'Read', 'Write', 'Delete', 'AllowPermanentDelete', 'IncludeAPIs'].includes(node.name) ? node.text.toLowerCase() === 'true' : node.children.some(switchesOn);
}
