// Hook: what the command writes to `outputs/` and `logs/` of its working directory belongs to the run, live and at the end.
// Source: contracts/azureml-jobs.md §4.

import { join } from 'node:path';
import { type FolderSync, makeFolder, startFolderSync } from '../files/folder-sync.ts';
import { artifactAddress, type JobContext } from '../phases/job-context.ts';

const ARTIFACT_FOLDERS = ['outputs', 'logs'] as const;

/** Azure: both are there before the command, which writes to them without making them. A file of the code in the place of one stays. */
export async function makeArtifactFolders(workingDir: string): Promise<void> {
  for (const name of ARTIFACT_FOLDERS) await makeFolder(join(workingDir, name));
}

export async function syncArtifacts(job: JobContext): Promise<readonly FolderSync[]> {
  return Promise.all(
    ARTIFACT_FOLDERS.map((name) =>
      startFolderSync(
        {
          blobs: job.deps.blobs,
          folder: join(job.folder.workingDir, name),
          addressOf: (relativePath) => artifactAddress(job.artifacts, job.job.name, `${name}/${relativePath}`),
          linkRoot: job.folder.root,
          mirrorsDeletes: false,
          onSkipped: (path, why) => job.line(`artifact ${name}/${path} was not uploaded: ${why}`),
          onError: (error) => job.ctx.log.warn({ err: error, job: job.job.name }, 'job.artifact_sync_failed'),
        },
        true,
      ),
    ),
  );
}
