// Names of properties, types and operations as words.

const ACRONYMS = /\b(?:vm|id|ip|dns|dhcp|sku|url|uri|sas|tls|ssl|ssh|os|http|https|fqdn|hns|rbac|cmk|hbi|nfs|gpu|cpu|api|acl|cors|json|vnet|ddos)\b/gi;
/** Written in a way of their own. */
const SPELLED: Readonly<Record<string, string>> = { VNET: 'VNet', DDOS: 'DDoS' };

/** `publicNetworkAccess` as `Public network access`. */
export function words(name: string): string {
  const spaced = name
    .replaceAll('_', ' ')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]{2,})([A-Z][a-z])/g, '$1 $2')
    .replaceAll(/\b([A-Z])(?=[a-z])/g, (letter: string) => letter.toLowerCase());
  const said = spaced.replaceAll(ACRONYMS, (word) => SPELLED[word.toUpperCase()] ?? word.toUpperCase());
  return said.slice(0, 1).toUpperCase() + said.slice(1);
}

/** A type's name within a sentence: `key vault`, `private DNS zone`; proper names such as `Application Insights` stay. */
export function noun(displayName: string): string {
  const [first = '', ...rest] = displayName.split(' ');
  const isProper = rest.some((word) => /^[A-Z][a-z]/.test(word));
  return isProper || !/^[A-Z][a-z]/.test(first) ? displayName : [first.toLowerCase(), ...rest].join(' ');
}

/** `Microsoft.KeyVault/vaults/write` as `Create or update`, an action by its own name. */
export function operationWords(operation: string): string {
  const parts = operation.split('/');
  const last = parts.at(-1) ?? '';
  if (last === 'write') return 'Create or update';
  return words(last === 'action' ? (parts.at(-2) ?? '') : last);
}
