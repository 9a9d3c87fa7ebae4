// Python version constraints as conda writes them: `3.9`, `=3.9`, `==3.9.18`, `3.9.*`, `>=3.8,<3.12`, `3.9|3.10`.

import { invalidEnvironment } from './faults.ts';

const CLAUSE = /^(==|=|>=|<=|>|<|!=|~=)?\s*(\d+(?:\.\d+)*)(\.?\*)?$/;

/** A test of versions such as `3.11.7`. Throws `InvalidEnvironment` for what is not a version constraint. */
export function parseVersionConstraint(text: string): (version: string) => boolean {
  const alternatives = text.split('|').map((part) => part.split(',').map((clause) => parseClause(clause.trim(), text)));
  return (version) => alternatives.some((clauses) => clauses.every((holds) => holds(version)));
}

function parseClause(clause: string, whole: string): (version: string) => boolean {
  if (clause === '*' || clause === '') return () => true;
  const match = CLAUSE.exec(clause);
  const wanted = match?.[2];
  if (match === null || wanted === undefined) {
    throw invalidEnvironment(`The Python version ${JSON.stringify(whole)} cannot be understood; write it like python=3.11 or python>=3.9,<3.13.`);
  }
  const isPrefix = (version: string): boolean => version === wanted || version.startsWith(`${wanted}.`);
  switch (match[1]) {
    case '>=':
      return (version) => compareVersions(version, wanted) >= 0;
    case '<=':
      return (version) => compareVersions(version, wanted) <= 0;
    case '>':
      return (version) => compareVersions(version, wanted) > 0;
    case '<':
      return (version) => compareVersions(version, wanted) < 0;
    case '!=':
      return (version) => !isPrefix(version);
    case '~=': {
      const series = wanted.split('.').slice(0, -1).join('.');
      return (version) => compareVersions(version, wanted) >= 0 && version.startsWith(`${series}.`);
    }
    // Why `==3.9` is a prefix too: nobody who writes it means 3.9.0 only.
    default:
      return isPrefix;
  }
}

export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
