// Finding: one line of a diagnosis, and the areas there are. Source: contracts/azureml-rest.md §6 (DiagnoseResponseResultValue).

export interface Finding {
  readonly code: string;
  readonly level: 'Warning' | 'Error' | 'Information';
  readonly message: string;
}

export const AREAS = [
  'userDefinedRouteResults',
  'networkSecurityRuleResults',
  'resourceLockResults',
  'dnsResolutionResults',
  'storageAccountResults',
  'keyVaultResults',
  'containerRegistryResults',
  'applicationInsightsResults',
  'otherResults',
] as const;

export type Area = (typeof AREAS)[number];

export function error(code: string, message: string): Finding {
  return { code, level: 'Error', message };
}

export function warning(code: string, message: string): Finding {
  return { code, level: 'Warning', message };
}

export function information(code: string, message: string): Finding {
  return { code, level: 'Information', message };
}
