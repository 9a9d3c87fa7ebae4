// Hook: how the command proves who it is: the managed-identity endpoint, and the run token.
// Source: design/findings.md §4 (managed identity forms); contracts/mlflow.md §15.6.

import type { JobContext } from '../phases/job-context.ts';

const DAY_SECONDS = 86_400;
/** Azure: a run may take 30 days. */
const LONGEST_RUN_SECONDS = 30 * DAY_SECONDS;

export interface JobCredentials {
  readonly runToken: string;
  readonly expiresAtSeconds: number;
  readonly variables: Readonly<Record<string, string>>;
}

export async function issueCredentials(job: JobContext): Promise<JobCredentials> {
  const { timeoutSeconds } = job.command;
  const lifetimeSeconds = timeoutSeconds > 0 ? Math.min(timeoutSeconds + DAY_SECONDS, LONGEST_RUN_SECONDS) : LONGEST_RUN_SECONDS;
  const owner = { workspaceKey: job.job.workspaceKey, jobName: job.job.name, principal: job.submitter, lifetimeSeconds };
  const runToken = await job.deps.tokens.issueJobToken(owner);
  const header = await job.deps.identity.issue({ ...owner, identity: job.command.identity });
  const endpoint = `${job.deps.endpoints.localOrigin()}/msi/token`;
  return {
    runToken,
    expiresAtSeconds: Math.floor(job.ctx.clock.now() / 1000) + lifetimeSeconds,
    variables: {
      IDENTITY_ENDPOINT: endpoint,
      IDENTITY_HEADER: header.secret,
      MSI_ENDPOINT: endpoint,
      MSI_SECRET: header.secret,
      ...(header.clientId === undefined ? {} : { DEFAULT_IDENTITY_CLIENT_ID: header.clientId }),
    },
  };
}
