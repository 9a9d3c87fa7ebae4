// Search of runs in a sealed workspace.

import type { Sql } from '#storage/database.ts';
import { RUN_STATUS_WORDS, type RunSearch, searchRuns } from '#storage/run-search-store.ts';
import type { RunRecord } from '#storage/run-store.ts';
import { PARENT_TAG, type RunView, viewRuns } from '../run-views.ts';
import { checkOpened, divide, MOST_OPENED, type OpenedReader, selectOpened } from './search.ts';

const OPEN_ATTRIBUTES = new Set(['run_id', 'user_id', 'status', 'start_time', 'end_time']);
/** Runs of which everything is read at once. */
const AT_ONCE = 500;

/** Like searchRuns. Throws for more runs than one search opens. */
export async function selectRuns(db: Sql, search: RunSearch): Promise<readonly RunRecord[]> {
  const { plain, hidden, needsOpening } = divide(search, (entity, key) => (entity === 'attribute' ? OPEN_ATTRIBUTES.has(key) : entity === 'tag' && key === PARENT_TAG));
  if (!needsOpening) return searchRuns(db, search);
  const runs = await searchRuns(db, { ...search, conditions: plain, orders: [], offset: 0, limit: MOST_OPENED + 1 });
  checkOpened(runs.length, 'runs', 'experiment, status, user or start time');
  const views: RunView[] = [];
  for (let at = 0; at < runs.length; at += AT_ONCE) views.push(...(await viewRuns(db, search.workspaceKey, runs.slice(at, at + AT_ONCE))));
  return selectOpened(views, readerOf, { ...search, conditions: hidden }).map(({ run }) => run);
}

function readerOf(view: RunView): OpenedReader {
  const { run } = view;
  const ofKey = (list: readonly { readonly key: string; readonly value: string | number }[], key: string): readonly (string | number)[] => {
    const found = list.find((each) => each.key === key);
    return found === undefined ? [] : [found.value];
  };
  const attributes: Readonly<Record<string, string | number | undefined>> = {
    run_id: run.runId,
    run_name: run.displayName,
    user_id: run.userName,
    status: RUN_STATUS_WORDS[run.status],
    artifact_uri: view.artifactUri,
    start_time: run.startTime.getTime(),
    end_time: run.endedAt?.getTime(),
  };
  return (entity, key) => {
    switch (entity) {
      case 'attribute': {
        const value = attributes[key];
        return value === undefined ? [] : [value];
      }
      case 'metric':
        return ofKey(view.metrics, key);
      case 'param':
        return ofKey(view.params, key);
      case 'tag':
        return ofKey(view.tags, key);
      case 'dataset':
        return view.datasets.flatMap((dataset) => (key === 'context' ? (dataset.tags['mlflow.data.context'] ?? []) : key === 'name' ? dataset.name : dataset.digest));
    }
  };
}
