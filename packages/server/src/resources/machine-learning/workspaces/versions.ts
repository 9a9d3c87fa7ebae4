// Which api-version knows which property of a workspace. An older version neither shows nor touches what is newer.
// Source: contracts/azureml-rest.md §2 and schemas/types (differences between versions); first previews are inferred.

import { isJsonObject, type JsonObject } from '#kernel/json.ts';
import { remembered } from '#kernel/remembered.ts';

/** First stable and first preview version. */
type Since = readonly [stable: string, preview: string];

const HUBS: Since = ['2023-10-01', '2023-02-01-preview'];
const SERVERLESS: Since = ['2024-04-01', '2023-08-01-preview'];
const CUSTOMER_RESOURCES: Since = ['2025-12-01', '2025-10-01-preview'];
/** Later than any version: previews only. */
const NEVER = '9999-01-01';

const SINCE: Readonly<Record<string, Since>> = {
  associatedWorkspaces: HUBS,
  enableDataIsolation: HUBS,
  // Observed: the templates of azure-ai-ml give a feature store its connections with 2022-12-01-preview.
  featureStoreSettings: ['2023-10-01', '2022-12-01-preview'],
  hubResourceId: HUBS,
  managedNetwork: HUBS,
  workspaceHubConfig: HUBS,
  serverlessComputeSettings: SERVERLESS,
  'managedNetwork/firewallSku': ['2024-10-01', '2024-07-01-preview'],
  'managedNetwork/managedNetworkKind': ['2025-04-01', '2025-01-01-preview'],
  'managedNetwork/enableNetworkMonitor': ['2025-09-01', '2025-07-01-preview'],
  // Observed: Azure's templates of workspaces whose service keeps the encrypted data send it with this preview, and mean it.
  enableServiceSideCMKEncryption: ['2025-06-01', '2024-04-01-preview'],
  // Observed: the templates of azure-ai-ml and `az ml` name these two with 2023-08-01-preview, and mean them.
  provisionNetworkNow: ['2025-06-01', '2023-08-01-preview'],
  systemDatastoresAuthMode: ['2025-06-01', '2023-04-01-preview'],
  allowRoleAssignmentOnRG: [NEVER, '2023-08-01-preview'],
  ipAllowlist: [NEVER, '2024-01-01-preview'],
  networkAcls: [NEVER, '2024-10-01-preview'],
  'encryption/cosmosDbResourceId': CUSTOMER_RESOURCES,
  'encryption/searchAccountResourceId': CUSTOMER_RESOURCES,
  'encryption/storageAccountResourceId': CUSTOMER_RESOURCES,
};

function isKnown(apiVersion: string, [stable, preview]: Since): boolean {
  return apiVersion.toLowerCase() >= (apiVersion.length > 10 ? preview : stable);
}

type Unknown = readonly (readonly [name: string, member: string | undefined])[];

/** Versions are few: those of the type. */
const unknownTo = remembered(findUnknown);

function findUnknown(apiVersion: string): Unknown {
  return Object.entries(SINCE)
    .filter(([, since]) => !isKnown(apiVersion, since))
    .map(([path]) => {
      const [name = '', member] = path.split('/');
      return [name, member];
    });
}

/** The properties as this version shows them. Why no `delete`: what it is done to becomes slow, and costly to collect. */
export function hideNewer(properties: JsonObject, apiVersion: string): JsonObject {
  const unknown = unknownTo(apiVersion);
  if (unknown.length === 0) return properties;
  const shown: Record<string, JsonObject[string]> = {};
  for (const [name, value] of Object.entries(properties)) {
    const hidden = unknown.filter((each) => each[0] === name);
    if (hidden.some(([, member]) => member === undefined)) continue;
    shown[name] = isJsonObject(value) ? hidden.reduce<JsonObject>((kept, [, member = '']) => without(kept, member), value) : value;
  }
  return shown;
}

/** The properties of a body in which what the version does not know is as it is stored: an older client must not undo what it cannot see. */
export function keepNewer(given: JsonObject, stored: JsonObject | undefined, apiVersion: string): JsonObject {
  const kept: Record<string, JsonObject[string]> = { ...hideNewer(given, apiVersion) };
  for (const [name, member] of unknownTo(apiVersion)) {
    const before = stored?.[name];
    const value = kept[name];
    if (before === undefined) continue;
    if (member === undefined) kept[name] = before;
    else if (isJsonObject(before) && isJsonObject(value) && before[member] !== undefined) kept[name] = { ...value, [member]: before[member] };
  }
  return kept;
}

function without(value: JsonObject, member: string): JsonObject {
  if (!(member in value)) return value;
  const { [member]: _hidden, ...rest } = value;
  return rest;
}
