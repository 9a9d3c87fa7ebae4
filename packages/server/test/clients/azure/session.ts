// Session: the unmodified Azure clients, in a process with the environment of `lazurite exec`. This file and the
// *.client.ts beside it run in processes of their own, because Node reads authorities and proxies when it starts.

import { AzureMachineLearningWorkspaces } from '@azure/arm-machinelearning';
import { ResourceManagementClient } from '@azure/arm-resources';
import { ClientSecretCredential, DefaultAzureCredential, type TokenCredential } from '@azure/identity';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';

export const GROUP = 'Team-RG';
export const WORKSPACE = 'Lab';
/** Long-running operations end in milliseconds here; the clients would ask every two seconds. */
export const POLL = { updateIntervalInMs: 100 } as const;

export interface Session {
  readonly credential: TokenCredential;
  readonly resources: ResourceManagementClient;
  readonly ml: AzureMachineLearningWorkspaces;
  readonly subscription: string;
  readonly workspaceId: string;
  /** Containers by bearer token. `accountUrl`: primary endpoint of the account. */
  blobs(accountUrl: string): BlobServiceClient;
  /** Resource Manager with the session's token, for operations that these versions of the clients lack. */
  post(path: string, body: object): Promise<unknown>;
}

export function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`The environment has no ${name}.`);
  return value;
}

/** Signs in with CLIENT_ID and CLIENT_SECRET when they are given, else without a password. */
export function openSession(): Session {
  const endpoint = variable('LAZURITE_ARM_ENDPOINT');
  const subscription = variable('AZURE_SUBSCRIPTION_ID');
  const clientId = process.env['CLIENT_ID'];
  const credential: TokenCredential =
    clientId === undefined
      ? new DefaultAzureCredential()
      : new ClientSecretCredential(variable('AZURE_TENANT_ID'), clientId, variable('CLIENT_SECRET'), { authorityHost: variable('AZURE_AUTHORITY_HOST'), disableInstanceDiscovery: true });
  const scope = `${endpoint}/.default`;
  return {
    credential,
    subscription,
    workspaceId: `/subscriptions/${subscription}/resourceGroups/${GROUP}/providers/Microsoft.MachineLearningServices/workspaces/${WORKSPACE}`,
    resources: new ResourceManagementClient(credential, subscription, { endpoint, credentials: { scopes: [scope] } }),
    ml: new AzureMachineLearningWorkspaces(credential, subscription, { endpoint, credentialScopes: scope }),
    blobs: (accountUrl) => new BlobServiceClient(accountUrl, credential),
    async post(path, body) {
      const token = await credential.getToken(scope);
      const response = await fetch(`${endpoint}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token?.token ?? ''}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${await response.text()}`);
      return response.json();
    },
  };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export async function readText(container: ContainerClient, name: string): Promise<string> {
  return (await container.getBlobClient(name).downloadToBuffer()).toString('utf8');
}

/** Status, code and message of a call that must fail. */
export async function refusal(call: Promise<unknown>): Promise<{ readonly status: number; readonly code: string; readonly message: string }> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const status = 'statusCode' in error ? Number(error.statusCode) : 0;
    return { status, code: 'code' in error ? String(error.code) : '', message: error.message };
  }
  throw new Error('The call was to be refused, and was not.');
}

/** Hands what was seen to the test: the one line of output. */
export function report(facts: object): void {
  process.stdout.write(`${JSON.stringify(facts)}\n`);
}
