// Template deployments of a group or subscription: history, one of them, and what it did. Source: Microsoft.Resources/deployments.

import { queryOptions } from '@tanstack/react-query';
import { askJson, type ErrorBody } from './client.ts';
import { pollEvery } from './live/live-workspace.ts';
import { armList } from './queries.ts';
import { encodeId, type FullResource, isBusy, stateOf } from './resources.ts';

export const DEPLOYMENTS = 'Microsoft.Resources/deployments';

export interface DeploymentProperties {
  readonly provisioningState?: string;
  readonly mode?: string;
  /** ISO 8601. */
  readonly duration?: string;
  readonly timestamp?: string;
  readonly correlationId?: string;
  readonly error?: ErrorBody;
  readonly parameters?: Readonly<Record<string, { readonly type?: string; readonly value?: unknown }>>;
  readonly outputs?: Readonly<Record<string, { readonly type?: string; readonly value?: unknown }>>;
  readonly outputResources?: readonly { readonly id: string }[];
}

export interface DeploymentOperation {
  readonly id: string;
  readonly operationId: string;
  readonly properties: {
    readonly provisioningOperation?: string;
    readonly provisioningState?: string;
    readonly timestamp?: string;
    readonly duration?: string;
    readonly statusMessage?: { readonly error?: ErrorBody };
    readonly targetResource?: { readonly id: string; readonly resourceType: string; readonly resourceName: string };
  };
}

const SOON_MS = 1500;

/** Newest first; asked again soon while one of them runs. */
export function deploymentsQuery(scope: string, apiVersion: string) {
  return queryOptions({
    queryKey: ['resource', scope.toLowerCase(), 'deployments'],
    queryFn: async ({ signal }) =>
      (await armList(`${encodeId(scope)}/providers/${DEPLOYMENTS}?api-version=${apiVersion}`, signal)).toSorted((one, other) =>
        String(other.properties['timestamp']).localeCompare(String(one.properties['timestamp'])),
      ),
    refetchInterval: ({ state }) => (state.data?.some((each) => isBusy(stateOf(each))) === true ? pollEvery(SOON_MS) : pollEvery(4000)),
  });
}

export function deploymentOperationsQuery(id: string, apiVersion: string, isRunning: boolean) {
  return queryOptions({
    queryKey: ['resource', id.toLowerCase(), 'deployment-operations', isRunning],
    queryFn: async ({ signal }) => (await askJson<{ value: readonly DeploymentOperation[] }>(`${encodeId(id)}/operations?api-version=${apiVersion}`, { signal })).value,
    refetchInterval: isRunning ? () => pollEvery(SOON_MS) : false,
    placeholderData: (previous) => previous,
  });
}

export function propertiesOf(resource: Pick<FullResource, 'properties'>): DeploymentProperties {
  return resource.properties;
}
