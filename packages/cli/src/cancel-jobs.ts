// cancelRunningJobs: ends every job of a server whose data folder is about to be removed.

import type { Connection } from '@lazurite/server/config/connection.ts';
import { objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import { openApi } from './api-client.ts';
import { groupOf, listWorkspaces } from './choose-workspace.ts';
import { openWorkspace, TERMINAL } from './workspace-api.ts';

const WAIT_MS = 20_000;
const LOOK_MS = 100;

/** Resolves when they have ended, or after 20 seconds. */
export async function cancelRunningJobs(connection: Connection): Promise<void> {
  const api = openApi(connection);
  try {
    const workspaces = (await listWorkspaces(api)).map((workspace) => openWorkspace(api, groupOf(workspace), stringAt(workspace, 'name') ?? ''));
    const asked = new Set<string>();
    for (const deadline = Date.now() + WAIT_MS; Date.now() < deadline; ) {
      let running = 0;
      for (const workspace of workspaces) {
        for (const job of await workspace.listJobs(Number.POSITIVE_INFINITY)) {
          if (TERMINAL.has(stringAt(objectAt(job, 'properties'), 'status') ?? '')) continue;
          running += 1;
          const id = stringAt(job, 'id') ?? '';
          if (!asked.has(id)) await workspace.cancel(stringAt(job, 'name') ?? '');
          asked.add(id);
        }
      }
      if (running === 0) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  } finally {
    await api.close();
  }
}
