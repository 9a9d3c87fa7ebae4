// Names of properties as words.

const ACRONYMS = /\b(?:vm|id|ip|dns|sku|url|uri|sas|tls|ssh|os|http|https|fqdn|hns)\b/gi;

/** `publicNetworkAccess` as `Public network access`. */
export function words(name: string): string {
  const spaced = name
    .replaceAll('_', ' ')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]{2,})([A-Z][a-z])/g, '$1 $2')
    .replaceAll(/\b([A-Z])(?=[a-z])/g, (letter: string) => letter.toLowerCase());
  const said = spaced.replaceAll(ACRONYMS, (word) => word.toUpperCase());
  return said.slice(0, 1).toUpperCase() + said.slice(1);
}
