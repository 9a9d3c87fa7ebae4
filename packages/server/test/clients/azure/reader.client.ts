// What a reader of one workspace may do, and what it may not.

import { collect, GROUP, openSession, POLL, refusal, report, WORKSPACE } from './session.ts';

const { ml, resources } = openSession();
const at = [GROUP, WORKSPACE] as const;
const isClosed = process.env['EXPECT'] === 'closed';
report(
  isClosed
    ? { read: await refusal(ml.workspaces.get(...at)) }
    : {
        read: (await ml.workspaces.get(...at)).name,
        jobs: (await collect(ml.jobs.list(...at))).length,
        write: await refusal(ml.workspaces.beginUpdateAndWait(...at, { tags: { c: '3' } }, POLL)),
        keys: await refusal(ml.workspaces.listKeys(...at)),
        secrets: await refusal(ml.datastores.listSecrets(...at, 'workspaceblobstore')),
        job: await refusal(ml.jobs.createOrUpdate(...at, 'by-reader', { properties: { jobType: 'Command', command: 'true', environmentId: 'x' } })),
        group: await refusal(resources.resourceGroups.get(GROUP)),
        groups: (await collect(resources.resourceGroups.list())).length,
      },
);
