// Principal: who is calling. Made by identity/ from a verified token, a signature or a session; read by everyone.

export type PrincipalKind = 'User' | 'ServicePrincipal' | 'ManagedIdentity' | 'System' | 'Anonymous';

export interface Principal {
  /** Entra object id (GUID). All zeros for Anonymous. */
  readonly objectId: string;
  readonly tenantId: string;
  readonly kind: PrincipalKind;
  readonly displayName: string;
  /** Application (client) id, where the caller signed in as an application. */
  readonly appId?: string;
  readonly userPrincipalName?: string;
  /** Object ids of the groups it belongs to, transitively. */
  readonly groups: readonly string[];
  /** Audience of the presented token, without a trailing slash. */
  readonly audience?: string;
  /** For a token minted for a running job: the resource key of that job; the token acts only on that job's run. */
  readonly jobKey?: string;
}

export const anonymous: Principal = {
  objectId: '00000000-0000-0000-0000-000000000000',
  tenantId: '00000000-0000-0000-0000-000000000000',
  kind: 'Anonymous',
  displayName: 'anonymous',
  groups: [],
};

/** The server acting for itself: work items, start-up, purges. Never made from a request. */
export const systemPrincipal: Principal = {
  objectId: '00000000-0000-0000-0000-000000000001',
  tenantId: '00000000-0000-0000-0000-000000000000',
  kind: 'System',
  displayName: 'lazurite',
  groups: [],
};
