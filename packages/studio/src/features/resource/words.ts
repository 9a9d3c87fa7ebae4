// Names of properties as words.

/** `publicNetworkAccess` as `Public network access`. */
export function words(name: string): string {
  const spaced = name
    .replaceAll('_', ' ')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]{2,})([A-Z][a-z])/g, '$1 $2')
    .replaceAll(/\b([A-Z])(?=[a-z])/g, (letter: string) => letter.toLowerCase());
  return spaced.slice(0, 1).toUpperCase() + spaced.slice(1);
}
