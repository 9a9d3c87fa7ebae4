// What each search can name: entities, attributes, and how they compare. Source: contracts/mlflow.md §3, §6, §7.4, §8.

import type { Comparator, SearchEntity } from '#storage/search-sql.ts';

export interface Attribute {
  /** Canonical name where it differs. */
  readonly key?: string;
  readonly type: 'string' | 'number';
  readonly comparators: readonly Comparator[];
}

export interface Vocabulary {
  /** Prefix before the dot to what it means. */
  readonly entities: Readonly<Record<string, SearchEntity>>;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly comparators: Readonly<Record<SearchEntity, readonly Comparator[]>>;
  /** Canonical names. */
  readonly orderAttributes: readonly string[];
  readonly orderEntities: readonly SearchEntity[];
}

export const ORDERED: readonly Comparator[] = ['=', '!=', '<', '<=', '>', '>='];
const TEXT: readonly Comparator[] = ['=', '!=', 'LIKE', 'ILIKE'];
const LISTED: readonly Comparator[] = [...TEXT, 'IN', 'NOT IN'];
const NULLABLE: readonly Comparator[] = [...TEXT, 'IS NULL', 'IS NOT NULL'];

const text: Attribute = { type: 'string', comparators: TEXT };
const listed: Attribute = { type: 'string', comparators: LISTED };
const number: Attribute = { type: 'number', comparators: ORDERED };
const runName: Attribute = { ...text, key: 'run_name' };

const comparators: Vocabulary['comparators'] = { attribute: TEXT, metric: ORDERED, param: NULLABLE, tag: NULLABLE, dataset: LISTED };
const ATTRIBUTE_PREFIXES = { attribute: 'attribute', attributes: 'attribute', attr: 'attribute' } as const;
const TAG_PREFIXES = { tag: 'tag', tags: 'tag' } as const;

export const RUN_SEARCH: Vocabulary = {
  entities: {
    metric: 'metric',
    metrics: 'metric',
    param: 'param',
    params: 'param',
    parameter: 'param',
    parameters: 'param',
    ...TAG_PREFIXES,
    ...ATTRIBUTE_PREFIXES,
    run: 'attribute',
    dataset: 'dataset',
    datasets: 'dataset',
  },
  attributes: {
    run_id: listed,
    run_name: text,
    'run name': runName,
    'Run name': runName,
    'Run Name': runName,
    user_id: text,
    status: text,
    artifact_uri: text,
    start_time: number,
    created: { ...number, key: 'start_time' },
    Created: { ...number, key: 'start_time' },
    end_time: number,
  },
  comparators,
  orderAttributes: ['start_time', 'end_time', 'run_id', 'run_name', 'user_id', 'status', 'artifact_uri'],
  orderEntities: ['metric', 'param', 'tag'],
};

export const EXPERIMENT_SEARCH: Vocabulary = {
  entities: { ...TAG_PREFIXES, ...ATTRIBUTE_PREFIXES },
  attributes: { name: text, experiment_id: text, creation_time: number, last_update_time: number },
  comparators,
  orderAttributes: ['name', 'experiment_id', 'creation_time', 'last_update_time'],
  orderEntities: [],
};

export const LOGGED_MODEL_SEARCH: Vocabulary = {
  entities: { attributes: 'attribute', metrics: 'metric', params: 'param', tags: 'tag' },
  attributes: {
    name: listed,
    model_id: listed,
    model_type: listed,
    status: listed,
    source_run_id: listed,
    experiment_id: listed,
    creation_timestamp: number,
    creation_time: { ...number, key: 'creation_timestamp' },
    last_updated_timestamp: number,
  },
  comparators: { ...comparators, param: LISTED, tag: LISTED },
  orderAttributes: ['name', 'model_id', 'model_type', 'status', 'source_run_id', 'experiment_id', 'creation_timestamp', 'last_updated_timestamp'],
  orderEntities: ['metric'],
};

export const REGISTERED_MODEL_SEARCH: Vocabulary = {
  entities: { ...TAG_PREFIXES, ...ATTRIBUTE_PREFIXES },
  attributes: { name: text, timestamp: { ...number, key: 'last_updated_timestamp' }, last_updated_timestamp: number },
  comparators,
  orderAttributes: ['name', 'last_updated_timestamp'],
  orderEntities: [],
};

export const MODEL_VERSION_SEARCH: Vocabulary = {
  entities: { ...TAG_PREFIXES, ...ATTRIBUTE_PREFIXES },
  attributes: {
    name: text,
    run_id: listed,
    source_path: text,
    version_number: number,
    creation_timestamp: number,
    last_updated_timestamp: number,
  },
  comparators,
  orderAttributes: ['name', 'version_number', 'creation_timestamp', 'last_updated_timestamp'],
  orderEntities: [],
};
