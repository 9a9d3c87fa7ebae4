// What is hidden: the columns that hold what users wrote, and what stands in their place in the rows of a workspace with
// a customer-managed key. Their values are then in a column `sealed_…` of the same row, under the workspace's data key.
// Adding a kind: a code of its own, for ever; the columns; a bytea column whose name begins with `sealed_`.

/** Text that equal texts of one place have in common, and that tells nothing else of them. */
export type Token = (place: string, text: string) => string;

export type Scalar = string | number | null;
/** A row as it is written; columns that are not hidden may be there to tell its place. */
export type HiddenRow = Readonly<Record<string, Scalar>>;

interface HiddenColumn {
  /** The value is the text of a jsonb column, which readers get parsed. */
  readonly isJson?: true;
  /** What stands in the column instead. `bind`: what encloses the row, such as its run. */
  standIn(value: Scalar, token: Token, row: HiddenRow, bind: string): Scalar;
}

export interface HiddenKind {
  readonly code: number;
  readonly columns: Readonly<Record<string, HiddenColumn>>;
}

const gone = (standIn: Scalar): HiddenColumn => ({ standIn: () => standIn });
const json = (standIn: string | null): HiddenColumn => ({ isJson: true, standIn: (value) => (value === null ? null : standIn) });
/** Looked up by its name wherever it is in the workspace. */
const name = (place: string): HiddenColumn => ({ standIn: (value, token) => (value === null ? null : token(place, String(value))) });
/** Compared with what is at the same place only: a repeat is told from a change. */
const repeat = (place: string): HiddenColumn => ({ standIn: (value, token, row, bind) => token(`${place} ${bind} ${String(row['key'])}`, String(value)) });
/** A number that tells equal points of a metric from others. */
const point = (place: string): HiddenColumn => ({
  standIn: (value, token, row, bind) => fraction(token(`${place} ${bind} ${String(row['key'])} ${String(row['step'])} ${String(row['timestamp'])}`, String(value))),
});

export const HIDDEN_KINDS = {
  resource: { code: 1, columns: { tags: json('{}'), properties: { isJson: true, standIn: (value, token) => openProperties(String(value), token) } } },
  experiment: { code: 2, columns: { name: name('experiment'), artifact_location: gone(null), tags: json('{}') } },
  run: { code: 3, columns: { display_name: gone('') } },
  reason: { code: 4, columns: { status_reason: { isJson: true, standIn: (value) => codeOf(String(value)) } } },
  param: { code: 5, columns: { key: name('param'), value: repeat('param') } },
  tag: { code: 6, columns: { key: name('tag'), value: repeat('tag') } },
  metric: { code: 7, columns: { key: name('metric'), value: point('metric') } },
  dataset: {
    code: 8,
    columns: { name: name('dataset'), digest: name('digest'), source_type: gone(''), source: gone(''), schema: gone(null), profile: gone(null) },
  },
  link: { code: 9, columns: { tags: { isJson: true, standIn: (value, token) => contextOf(String(value), token) } } },
  loggedModel: { code: 10, columns: { name: gone(''), model_type: gone(''), params: json('{}'), tags: json('{}') } },
  modelMetric: { code: 11, columns: { key: name('metric'), value: point('model-metric'), dataset_name: name('dataset'), dataset_digest: name('digest') } },
  job: { code: 12, columns: { definition: json('{}'), scope: json('{}') } },
  operation: { code: 13, columns: { error: { isJson: true, standIn: (value) => (value === null ? null : codeOf(String(value))) }, result: json(null) } },
  activity: { code: 14, columns: { detail: json(null) } },
  actionInput: { code: 15, columns: { input: json(null) } },
  // Kept nowhere else: nobody needs it but who looks into the queue.
  workError: { code: 16, columns: { last_error: { standIn: (value) => (value === null ? null : 'The words are sealed.') } } },
} as const satisfies Readonly<Record<string, HiddenKind>>;

export type HiddenName = keyof typeof HIDDEN_KINDS;

const BY_CODE = new Map<number, { readonly name: string; readonly kind: HiddenKind }>(Object.entries(HIDDEN_KINDS).map(([each, kind]) => [kind.code, { name: each, kind }]));

export function hiddenKindOf(code: number | undefined): { readonly name: string; readonly kind: HiddenKind } | undefined {
  return code === undefined ? undefined : BY_CODE.get(code);
}

/** The place of the token under which code is found by the hash of its content. */
export const CODE_HASH = 'code-hash';

/**
 * The properties that stay readable, for the database filters by them: kind and compute of a job, and that code with
 * this content is there already.
 */
function openProperties(text: string, token: Token): string {
  const properties: unknown = JSON.parse(text);
  const at = (object: unknown, member: string): string | undefined => {
    const value: unknown = typeof object === 'object' && object !== null ? Reflect.get(object, member) : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  const hash = at(typeof properties === 'object' && properties !== null ? Reflect.get(properties, 'properties') : undefined, 'hash_sha256');
  return JSON.stringify({
    jobType: at(properties, 'jobType'),
    computeId: at(properties, 'computeId'),
    ...(hash === undefined ? {} : { properties: { hash_sha256: token(CODE_HASH, hash) } }),
  });
}

/** Why it failed, without the words. */
function codeOf(text: string): string {
  const reason: unknown = JSON.parse(text);
  const code: unknown = typeof reason === 'object' && reason !== null ? Reflect.get(reason, 'code') : undefined;
  return JSON.stringify({ code: String(code ?? 'Unknown'), message: 'The words are sealed.' });
}

/** Summaries of datasets list each context once. */
function contextOf(text: string, token: Token): string {
  const tags: unknown = JSON.parse(text);
  const context: unknown = typeof tags === 'object' && tags !== null ? Reflect.get(tags, 'mlflow.data.context') : undefined;
  return context === undefined ? '{}' : JSON.stringify({ 'mlflow.data.context': token('context', String(context)) });
}

/** 0 <= number < 1 with 52 bits of the token. */
function fraction(token: string): number {
  return Number(Buffer.from(token, 'base64url').readBigUInt64BE() >> 12n) / 2 ** 52;
}
