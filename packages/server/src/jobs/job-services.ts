// job-services: the services that every job has: its tracking URI and its page in the studio.
// Source: contracts/azure-ai-ml.md §4.11.1 (services.Tracking, services.Studio).

import type { JsonObject } from '#kernel/json.ts';
import type { Endpoints } from './ports.ts';

export function jobServices(endpoints: Endpoints, workspaceKey: string, workspaceId: string, jobName: string): JsonObject {
  const host = endpoints.apiOrigin().replace(/^https:/, '');
  return {
    Tracking: { jobServiceType: 'Tracking', endpoint: `azureml:${host}/mlflow/v1.0${workspaceId}?`, port: null, status: null, errorMessage: null, properties: null, nodes: null },
    Studio: { jobServiceType: 'Studio', endpoint: endpoints.studioJobUrl(workspaceKey, jobName), port: null, status: null, errorMessage: null, properties: null, nodes: null },
  };
}
