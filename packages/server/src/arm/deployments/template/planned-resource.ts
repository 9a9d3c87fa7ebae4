// PlannedResource: one resource that a template stands for, after its condition and its copy loop.

import type { ResourceFacts } from '../language/scope.ts';
import type { TemplateResource } from './template.ts';

export const DEPLOYMENT_TYPE = 'microsoft.resources/deployments';

export interface PlannedResource extends ResourceFacts {
  /** Identity within the plan: the symbolic name or the path, and the index in its loop. */
  readonly key: string;
  readonly declared: TemplateResource;
  readonly isExisting: boolean;
  /** False: the condition says it is not wanted. */
  readonly isWanted: boolean;
  readonly loop: { readonly name: string; readonly index: number; readonly batchSize: number | undefined } | undefined;
  /** Keys of what has to end well before it begins. */
  readonly dependsOn: readonly string[];
}
