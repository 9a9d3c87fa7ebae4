// What a form changed, leaf by leaf; and mine laid over somebody else's. Pure.

export type Value = unknown;
export type Path = readonly string[];

export interface Change {
  readonly path: Path;
  readonly before: Value;
  /** Undefined: it was taken out. */
  readonly after: Value;
}

export function isRecord(value: Value): value is Readonly<Record<string, Value>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function valueAt(value: Value, path: Path): Value {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  return isRecord(value) && Object.hasOwn(value, head) ? valueAt(value[head], rest) : undefined;
}

/** A copy with the member set, or taken out for undefined. Objects on the way are made. */
export function withValue(value: Value, path: Path, member: Value): Readonly<Record<string, Value>> {
  const [head, ...rest] = path;
  const record = isRecord(value) ? value : {};
  if (head === undefined) return isRecord(member) ? member : record;
  const next = rest.length === 0 ? member : withValue(record[head], rest, member);
  const { [head]: _old, ...others } = record;
  return next === undefined ? others : { ...record, [head]: next };
}

/** Lists count as one value. */
export function changesBetween(before: Value, after: Value, path: Path = []): readonly Change[] {
  if (isRecord(before) && isRecord(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => changesBetween(before[name], after[name], [...path, name]));
  }
  return isSame(before, after) ? [] : [{ path, before, after }];
}

export function applyChanges(value: Value, changes: readonly Change[]): Readonly<Record<string, Value>> {
  return changes.reduce<Readonly<Record<string, Value>>>((current, change) => withValue(current, change.path, change.after), isRecord(value) ? value : {});
}

/** Paths that both sides changed, to different ends. */
export function clashes(mine: readonly Change[], theirs: readonly Change[]): readonly Change[] {
  const touches = (one: Path, other: Path): boolean => one.slice(0, other.length).join('/') === other.slice(0, one.length).join('/');
  return mine.filter((change) => theirs.some((other) => touches(change.path, other.path) && !isSame(change.after, other.after)));
}

export function isSame(one: Value, other: Value): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: Value): Value {
  if (Array.isArray(value)) return value.map(sorted);
  return isRecord(value)
    ? Object.fromEntries(
        Object.keys(value)
          .toSorted()
          .map((name) => [name, sorted(value[name])]),
      )
    : value;
}
