// Deployments of ARM templates: the entry to deployments/.

import type { Context } from '#kernel/context.ts';
import { type JsonObject, objectAt } from '#kernel/json.ts';
import type { ResourceRecord } from '#storage/resource-record.ts';
import { templateHashOf } from './deployments/language/hashes.ts';
import type { EngineDeps } from './deployments/run/advance.ts';
import { answerRuntime } from './deployments/run/gateway.ts';
import { evaluateLate } from './deployments/run/late.ts';
import { planOf, readSource, runtimeScope } from './deployments/run/source.ts';
import { evaluateOutputs } from './deployments/template/outputs.ts';
import { parseTemplate } from './deployments/template/template.ts';
import type { Resources } from './resources.ts';

export { deploymentRefusals, type DeploymentRequest } from './deployments/run/accept.ts';
export { advanceDeployment, type EngineDeps as DeploymentDeps, stepsOf } from './deployments/run/advance.ts';
export { cancelDeployment } from './deployments/run/cancel.ts';
export { exportGroup, readExportRequest } from './deployments/run/export-template.ts';
export { getOperation, listOperations } from './deployments/run/operations.ts';
export { checkDeployment } from './deployments/run/preflight.ts';
export { isoDuration } from './deployments/run/result.ts';
export { planOf, readSource, writeSource } from './deployments/run/source.ts';
export { whatIf } from './deployments/run/what-if.ts';

/** The template as it was sent. */
export function templateOf(store: Resources, resource: ResourceRecord<unknown>): JsonObject {
  return readSource(objectAt(store.secretsOf(resource), 'source')).template.source;
}

/** Hash of a template and its shortest form. */
export function hashTemplate(body: unknown): { readonly minifiedTemplate: string; readonly templateHash: string } {
  const { source } = parseTemplate(JSON.parse(JSON.stringify(body ?? null)));
  const minifiedTemplate = JSON.stringify(source);
  return { minifiedTemplate, templateHash: templateHashOf(minifiedTemplate) };
}

/** Outputs with the values of secure ones, read anew with the rights of the caller. They are never stored. */
export async function secureOutputs(deps: EngineDeps, ctx: Context, store: Resources, resource: ResourceRecord<unknown>): Promise<JsonObject> {
  const source = readSource(objectAt(store.secretsOf(resource), 'source'));
  const plan = planOf(source);
  const outputs = await evaluateLate(
    (runtime) => evaluateOutputs(source.template, runtimeScope(source, plan, runtime)),
    (call) => answerRuntime(deps.arm(), ctx, call),
  );
  const shown = Object.entries(outputs.shown).map(([name, output]) => [name, objectAt({ output }, 'output')['value'] ?? null] as const);
  return { ...Object.fromEntries(shown), ...outputs.secrets };
}
