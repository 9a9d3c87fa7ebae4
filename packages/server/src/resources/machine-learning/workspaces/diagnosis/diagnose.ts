// diagnose: a long-running action that examines the workspace and everything it depends on.
// Source: contracts/azureml-rest.md §4, §6 (DiagnoseWorkspaceParameters, DiagnoseResponseResult).

import { Type } from 'typebox';
import { type Action, action, type ActionCall } from '#arm/action.ts';
import { objectAt } from '#kernel/json.ts';
import { examineInsights, examineLocks, examineNames, examineRegistry, examineStorage, examineVault, examineWorkspace, type Patient } from './examine.ts';
import { AREAS, type Area, type Finding } from './finding.ts';

const Anything = Type.Optional(Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()]));
/** Azure: each may hold settings for its check; none are published, and clients send them empty. */
const REQUEST = ['applicationInsights', 'containerRegistry', 'dnsResolution', 'keyVault', 'nsg', 'others', 'requiredResourceProviders', 'resourceLock', 'storageAccount', 'udr'];

export function diagnose(ports: Patient['ports']): Action<unknown> {
  return action({
    isLongRunning: true,
    allowWhileBusy: true,
    input: Type.Object({ value: Type.Optional(Type.Union([Type.Object(Object.fromEntries(REQUEST.map((name) => [name, Anything]))), Type.Null()])) }),
    async run(_ctx, { resource, store, database }: ActionCall<unknown, unknown>) {
      const isSensitive = objectAt(resource, 'properties')['hbiWorkspace'] === true;
      const findings = await examineAll({ workspace: resource, store, db: database.sql, ports, isSensitive, name: (neighbour) => (isSensitive ? '' : ` ${neighbour.name}`) });
      return { value: Object.fromEntries(AREAS.map((area) => [area, findings[area] ?? []])) };
    },
  });
}

async function examineAll(patient: Patient): Promise<Partial<Readonly<Record<Area, readonly Finding[]>>>> {
  const [storageAccountResults, keyVaultResults, containerRegistryResults, applicationInsightsResults, dnsResolutionResults, resourceLockResults] = await Promise.all([
    examineStorage(patient),
    examineVault(patient),
    examineRegistry(patient),
    examineInsights(patient),
    examineNames(patient),
    examineLocks(patient),
  ]);
  return { storageAccountResults, keyVaultResults, containerRegistryResults, applicationInsightsResults, dnsResolutionResults, resourceLockResults, otherResults: examineWorkspace(patient) };
}
