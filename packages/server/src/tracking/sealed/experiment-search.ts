// Search of experiments in a sealed workspace.

import type { Sql } from '#storage/database.ts';
import { type ExperimentRecord, type ExperimentSearch, searchExperiments } from '#storage/experiment-store.ts';
import { checkOpened, divide, MOST_OPENED, type OpenedReader, selectOpened } from './search.ts';

/** Like searchExperiments. Throws for more experiments than one search opens. */
export async function selectExperiments(db: Sql, search: ExperimentSearch): Promise<readonly ExperimentRecord[]> {
  const { plain, hidden, needsOpening } = divide(search, (entity, key) => entity === 'attribute' && key !== 'name');
  if (!needsOpening) return searchExperiments(db, search);
  const experiments = await searchExperiments(db, { ...search, conditions: plain, orders: [], offset: 0, limit: MOST_OPENED + 1 });
  checkOpened(experiments.length, 'experiments', 'creation or update time');
  return selectOpened(experiments, readerOf, { ...search, conditions: hidden });
}

function readerOf(experiment: ExperimentRecord): OpenedReader {
  const attributes: Readonly<Record<string, string | number | undefined>> = {
    name: experiment.name,
    experiment_id: experiment.id,
    creation_time: experiment.createdAt.getTime(),
    last_update_time: experiment.updatedAt.getTime(),
  };
  return (entity, key) => {
    const value = entity === 'attribute' ? attributes[key] : entity === 'tag' && Object.hasOwn(experiment.tags, key) ? experiment.tags[key] : undefined;
    return value === undefined ? [] : [value];
  };
}
