// Resource ids as pages use them: what type, what is above, what to call it. Pure; the server decides what exists.

export interface IdPart {
  readonly id: string;
  readonly name: string;
}

const PROVIDERS = '/providers/';

/** `Microsoft.Storage/storageAccounts`; for subscriptions and groups their own types. '' for what is no id. */
export function typeOf(id: string): string {
  const at = id.toLowerCase().lastIndexOf(PROVIDERS);
  const segments = (at < 0 ? id : id.slice(at + PROVIDERS.length)).split('/').filter((segment) => segment !== '');
  if (at < 0) return segments.length === 4 ? 'Microsoft.Resources/resourceGroups' : segments.length === 2 ? 'Microsoft.Resources/subscriptions' : '';
  return [segments[0], ...segments.filter((_segment, index) => index % 2 === 1)].join('/');
}

export function nameOf(id: string): string {
  return id.split('/').at(-1) ?? id;
}

/** The name that tells it apart: of a version with what it is a version of. */
export function calledIn(id: string): string {
  const segments = id.split('/');
  return segments.at(-2)?.toLowerCase() === 'versions' ? `${segments.at(-3)} ${segments.at(-1)}` : nameOf(id);
}

export function subscriptionOf(id: string): string {
  return id.split('/')[2] ?? '';
}

/** Name of the resource group; '' where there is none. */
export function groupOf(id: string): string {
  const segments = id.split('/');
  return segments[3]?.toLowerCase() === 'resourcegroups' ? (segments[4] ?? '') : '';
}

export function groupId(subscription: string, group: string): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}`;
}

/** What it lives in; undefined for a subscription. */
export function parentOf(id: string): string | undefined {
  const segments = id.split('/');
  if (segments.length <= 3) return undefined;
  const up = segments.slice(0, -2);
  // `…/providers/Namespace/type/name` goes up past the namespace as well.
  return up.at(-2)?.toLowerCase() === 'providers' ? up.slice(0, -2).join('/') : up.join('/');
}

/** Everything above it, outermost first. */
export function ancestorsOf(id: string): readonly IdPart[] {
  const parent = parentOf(id);
  return parent === undefined ? [] : [...ancestorsOf(parent), { id: parent, name: nameOf(parent) }];
}

/** Address of its page in the studio. */
export function resourcePage(id: string, tab = ''): string {
  const path = id.split('/').map(encodeURIComponent).join('/');
  return `/resource${path}${tab === '' ? '' : `?tab=${tab}`}`;
}

/** Letter case does not count in ids. */
export function isSameId(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Where `scope` stands to a resource: its own, above it, or neither. */
export function scopeWord(scope: string, id: string): 'here' | 'inherited' | 'elsewhere' {
  if (isSameId(scope, id)) return 'here';
  return scope === '/' || scope === '' || id.toLowerCase().startsWith(`${scope.toLowerCase()}/`) ? 'inherited' : 'elsewhere';
}
