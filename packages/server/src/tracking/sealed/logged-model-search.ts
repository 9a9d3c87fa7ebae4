// Search of logged models in a sealed workspace.

import type { Sql } from '#storage/database.ts';
import {
  listLoggedModelMetrics,
  type LoggedModelMetric,
  type LoggedModelOrder,
  type LoggedModelRecord,
  type LoggedModelSearch,
  type ModelDataset,
  searchLoggedModels,
} from '#storage/logged-model-store.ts';
import { checkOpened, divide, MOST_OPENED, type OpenedReader, selectOpened } from './search.ts';

const HIDDEN_ATTRIBUTES = new Set(['name', 'model_type']);
const AT_ONCE = 500;

interface OpenedModel {
  readonly model: LoggedModelRecord;
  readonly metrics: readonly LoggedModelMetric[];
}

/** Like searchLoggedModels. Throws for more models than one search opens. */
export async function selectLoggedModels(db: Sql, search: LoggedModelSearch): Promise<readonly LoggedModelRecord[]> {
  // Why the place in the key: orders by one metric differ in the dataset that it is of.
  const orders = search.orders.map((order, i) => (order.entity === 'metric' ? { ...order, key: String(i) } : order));
  const { plain, hidden, needsOpening } = divide({ ...search, orders }, (entity, key) => entity === 'attribute' && !HIDDEN_ATTRIBUTES.has(key));
  if (!needsOpening) return searchLoggedModels(db, search);
  const models = await searchLoggedModels(db, { ...search, conditions: plain, orders: [], offset: 0, limit: MOST_OPENED + 1 });
  checkOpened(models.length, 'logged models', 'experiment, status, run or creation time');
  const opened: OpenedModel[] = [];
  for (let at = 0; at < models.length; at += AT_ONCE) {
    const page = models.slice(at, at + AT_ONCE);
    const metrics = await listLoggedModelMetrics(
      db,
      page.map((model) => model.id),
    );
    opened.push(...page.map((model) => ({ model, metrics: metrics.get(model.id) ?? [] })));
  }
  const readerOf = (item: OpenedModel): OpenedReader => readModel(item, (key) => newestValue(item.metrics, key, search.datasets));
  const orderReaderOf = (item: OpenedModel): OpenedReader => readModel(item, (place) => orderedValue(item.metrics, search.orders[Number(place)]));
  return selectOpened(opened, readerOf, { ...search, orders, conditions: hidden }, orderReaderOf).map(({ model }) => model);
}

function readModel({ model }: OpenedModel, metricOf: (key: string) => number | undefined): OpenedReader {
  const attributes: Readonly<Record<string, string | number>> = {
    name: model.name,
    model_id: model.id,
    model_type: model.modelType,
    status: model.status,
    source_run_id: model.sourceRunId ?? '',
    experiment_id: model.experimentId,
    creation_timestamp: model.createdAt.getTime(),
    last_updated_timestamp: model.updatedAt.getTime(),
  };
  return (entity, key) => {
    const source = entity === 'attribute' ? attributes : entity === 'param' ? model.params : model.tags;
    const value = entity === 'metric' ? metricOf(key) : Object.hasOwn(source, key) ? source[key] : undefined;
    return value === undefined ? [] : [value];
  };
}

/** NaN counts as missing. */
function orderedValue(metrics: readonly LoggedModelMetric[], order: LoggedModelOrder | undefined): number | undefined {
  const value = order === undefined ? undefined : newestValue(metrics, order.key, order.dataset === undefined ? [] : [order.dataset]);
  return Number.isNaN(value) ? undefined : value;
}

function newestValue(metrics: readonly LoggedModelMetric[], key: string, datasets: readonly ModelDataset[]): number | undefined {
  return metrics
    .filter((metric) => metric.key === key)
    .filter((metric) => datasets.length === 0 || datasets.some(({ name, digest }) => metric.datasetName === name && (digest === undefined || metric.datasetDigest === digest)))
    .toSorted((a, b) => b.timestamp - a.timestamp || b.step - a.step)[0]?.value;
}
