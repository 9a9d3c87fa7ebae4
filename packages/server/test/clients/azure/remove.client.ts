// The end of a workspace and of its resource group, as long-running operations.

import { collect, GROUP, openSession, POLL, refusal, report, WORKSPACE } from './session.ts';

const { ml, resources } = openSession();
await ml.workspaces.beginDeleteAndWait(GROUP, WORKSPACE, POLL);
const workspace = await refusal(ml.workspaces.get(GROUP, WORKSPACE));
const left = await collect(resources.resources.listByResourceGroup(GROUP));
await resources.resourceGroups.beginDeleteAndWait(GROUP, POLL);
const group = await resources.resourceGroups.checkExistence(GROUP);
report({ workspace, left: left.map(({ type }) => type).toSorted(), group: group.body });
