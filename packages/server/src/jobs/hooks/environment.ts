// Hook: the environment of the command, built or found. Builder's lines go to the system log as they come.

import { registryEnvironment } from '../data-uri.ts';
import type { JobContext } from '../phases/job-context.ts';

export interface ReadyEnvironment {
  readonly hash: string;
  readonly pythonPath: string;
  readonly binDir: string;
  /** `variables` of its conda file. */
  readonly variables: Readonly<Record<string, string>>;
}

export async function placeEnvironment(job: JobContext): Promise<ReadyEnvironment> {
  const curated = registryEnvironment(job.command.environmentId);
  if (curated !== undefined) job.line(`environment: ${job.command.environmentId} is not on this server; the newest ${curated} of this workspace is used`);
  const spec = await job.deps.catalog.getEnvironment(job.job.workspaceKey, job.command.environmentId);
  // Why not for an image alone: there is nothing to build then.
  const isBuilt = spec.condaFile !== undefined || (spec.pipRequirements ?? []).length > 0;
  if (isBuilt) for (const line of await job.deps.imageBuilds.prepare(job.ctx, job.job.workspaceKey)) job.line(`environment: ${line}`);
  const built = await job.deps.environments.ensure(spec, { onLine: (line) => job.line(`environment: ${line}`), signal: job.signal });
  for (const note of built.notes) job.line(`environment: ${note}`);
  job.line(`environment: ${built.wasCached ? 'found ready' : 'built'}, ${built.hash}`);
  return { hash: built.hash, pythonPath: built.pythonPath, binDir: built.binDir, variables: built.variables ?? {} };
}
