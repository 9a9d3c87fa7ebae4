// RunSeals: values of params and tags, and what describes datasets, under a workspace's customer-managed key. Equal values
// of one key make equal text, so that searches by `=`, `!=`, IN and NOT IN need nothing opened; others are refused.
// Not sealed: names and keys, metrics (their values are what is sorted and charted), tags of experiments, and what
// belongs to logged models.

import type { KeyValue } from '#storage/run-data-store.ts';
import type { DatasetInput } from '#storage/run-input-store.ts';
import type { Condition, Order } from '#storage/search-sql.ts';
import { invalidParameter } from './faults.ts';
import type { ValueSeal } from './ports.ts';

type Kind = 'param' | 'tag';

const COMPARABLE: readonly Condition['comparator'][] = ['=', '!=', 'IN', 'NOT IN', 'IS NULL', 'IS NOT NULL'];

export function sealPairs(seal: ValueSeal | undefined, kind: Kind, pairs: readonly KeyValue[]): readonly KeyValue[] {
  return seal === undefined ? pairs : pairs.map(({ key, value }) => ({ key, value: seal.seal(value, `${kind}:${key}`) }));
}

export function openPairs(seal: ValueSeal | undefined, kind: Kind, pairs: readonly KeyValue[]): readonly KeyValue[] {
  return seal === undefined ? pairs : pairs.map(({ key, value }) => ({ key, value: seal.open(value, `${kind}:${key}`) }));
}

const DATASET_MEMBERS = ['source', 'schema', 'profile'] as const;

export function sealDataset(seal: ValueSeal | undefined, dataset: DatasetInput): DatasetInput {
  return mapDataset(dataset, (text, member) => seal?.seal(text, `dataset:${member}`) ?? text);
}

export function openDataset(seal: ValueSeal | undefined, dataset: DatasetInput): DatasetInput {
  return mapDataset(dataset, (text, member) => seal?.open(text, `dataset:${member}`) ?? text);
}

function mapDataset(dataset: DatasetInput, map: (text: string, member: string) => string): DatasetInput {
  const [source, schema, profile] = DATASET_MEMBERS.map((member) => (dataset[member] === null ? null : map(dataset[member], member)));
  return { ...dataset, source: source ?? '', schema: schema ?? null, profile: profile ?? null };
}

/** The conditions as they meet what is stored. `columns`: keys of tags that are columns of the run, and open. */
export function sealConditions(seal: ValueSeal | undefined, conditions: readonly Condition[], columns: readonly string[]): readonly Condition[] {
  if (seal === undefined) return conditions;
  return conditions.map((condition) => {
    const { entity, key, comparator, value } = condition;
    if ((entity !== 'param' && entity !== 'tag') || (entity === 'tag' && columns.includes(key))) return condition;
    if (!COMPARABLE.includes(comparator))
      throw invalidParameter(
        `${entity} '${key}' cannot be compared with ${comparator}: the workspace has a customer-managed key, and values of params and tags are encrypted. ${COMPARABLE.join(', ')} are accepted.`,
        'filter',
      );
    const one = (text: string): string => seal.seal(text, `${entity}:${key}`);
    if (typeof value === 'string') return { ...condition, value: comparator.startsWith('IS') ? value : one(value) };
    return typeof value === 'number' ? condition : { ...condition, value: value.map(one) };
  });
}

/** Throws for an order by what is encrypted. */
export function checkOrders(seal: ValueSeal | undefined, orders: readonly Order[], columns: readonly string[]): void {
  const sealed = orders.find(({ entity, key }) => entity === 'param' || (entity === 'tag' && !columns.includes(key)));
  if (seal !== undefined && sealed !== undefined)
    throw invalidParameter(
      `Runs cannot be ordered by ${sealed.entity} '${sealed.key}': the workspace has a customer-managed key, and values of params and tags are encrypted. Order by attributes or metrics.`,
      'order_by',
    );
}
