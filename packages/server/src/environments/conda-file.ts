// A conda environment file, parsed: Python's version, packages of conda, lines for pip, variables.
// Source: the format of `conda env create -f` (environment.yml): name, channels, dependencies, variables, prefix.

import { parse } from 'yaml';
import { isJsonObject } from '#kernel/json.ts';
import { invalidEnvironment } from './faults.ts';
import { checkPipLines } from './pip-lines.ts';

export interface CondaPackage {
  readonly name: string;
  /** As pip writes it: `==1.2.*`, `>=1,<2`, or empty. */
  readonly constraint: string;
  /** As it stands in the file, for messages. */
  readonly text: string;
}

export interface CondaFile {
  /** Version constraint of `python`; `*` when it names none. */
  readonly python: string;
  readonly packages: readonly CondaPackage[];
  readonly pip: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly channels: readonly string[];
}

/** Throws `InvalidEnvironment` naming what in the file cannot be understood. */
export function parseCondaFile(text: string): CondaFile {
  const document = parseYaml(text);
  if (!isJsonObject(document)) throw invalidEnvironment('The conda file must be a YAML mapping with `dependencies`, for example: {dependencies: [python=3.11, pip, {pip: [mlflow]}]}.');
  const dependencies = document['dependencies'] ?? [];
  if (!Array.isArray(dependencies)) throw invalidEnvironment(`\`dependencies\` of the conda file must be a list and is ${JSON.stringify(dependencies)}.`);
  let python = '*';
  const packages: CondaPackage[] = [];
  const pip: string[] = [];
  for (const entry of dependencies as readonly unknown[]) {
    if (typeof entry === 'string') {
      const found = parsePackage(entry);
      if (found.name === 'python') python = pythonConstraint(entry);
      else packages.push(found);
    } else if (isJsonObject(entry) && Object.keys(entry).length === 1 && Array.isArray(entry['pip'])) {
      pip.push(...checkPipLines(entry['pip']));
    } else {
      throw invalidEnvironment(`A dependency must be a text such as numpy=1.26, or {pip: [...]}; this is neither: ${JSON.stringify(entry)}.`);
    }
  }
  return { python, packages, pip, variables: parseVariables(document['variables']), channels: parseChannels(document['channels']) };
}

function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100 });
  } catch (error) {
    throw invalidEnvironment(`The conda file is not valid YAML: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  }
}

/** `channel::name=version=build`, `name==1.2`, `name >=1,<2`, `name 1.2.*`. */
export function parsePackage(text: string): CondaPackage {
  const plain = text
    .replace(/\s#.*$/, '')
    .replace(/^[^\s=<>!~]*::/, '')
    .trim();
  const match = /^([A-Za-z0-9_][A-Za-z0-9_.-]*)\s*(.*)$/.exec(plain);
  const name = match?.[1]?.toLowerCase();
  if (match === null || name === undefined || (/[[\]|]/.test(match[2] ?? '') && name !== 'python')) {
    throw invalidEnvironment(`The conda dependency ${JSON.stringify(text)} cannot be understood; write it like name=1.2 or name>=1.2,<2.`);
  }
  return { name, constraint: name === 'python' ? '' : pipConstraint(match[2] ?? '', text), text };
}

function pipConstraint(rest: string, text: string): string {
  const versions = withoutBuild(rest);
  if (versions === '' || versions === '*' || versions === '=*') return '';
  const clauses = versions.split(',').map((clause) => clause.trim());
  return clauses.map((clause) => pipClause(clause, text)).join(',');
}

/** One `=` is conda's fuzzy match (1.2 means 1.2.*); two are exact, and so is a bare version after a space. */
function pipClause(clause: string, text: string): string {
  const match = /^(===|==|=|>=|<=|>|<|!=|~=)?\s*([0-9][A-Za-z0-9_.+!-]*?)(\.?\*)?$/.exec(clause);
  const version = match?.[2];
  if (match === null || version === undefined) throw invalidEnvironment(`The version in the conda dependency ${JSON.stringify(text)} cannot be understood; write it like name=1.2 or name>=1.2,<2.`);
  const isFuzzy = match[1] === '=' || match[3] !== undefined;
  const operator = match[1] === undefined || match[1] === '=' || match[1] === '===' ? '==' : match[1];
  const canBeFuzzy = operator === '==' || operator === '!=';
  return `${operator}${version}${isFuzzy && canBeFuzzy ? '.*' : ''}`;
}

/** Drops a build string: `=1.2=py39_0`, `1.2 py39_0`. A wheel has no such thing. */
function withoutBuild(rest: string): string {
  const joined = rest
    .trim()
    .replace(/\s*,\s*/g, ',')
    .replace(/([<>=!~])\s+/g, '$1');
  const first = joined.split(/\s+/)[0] ?? '';
  return first.replace(/^(=?=?[^=<>!~,]+)=[^=,]*$/, '$1');
}

function pythonConstraint(entry: string): string {
  const rest = entry
    .replace(/\s#.*$/, '')
    .replace(/^[^\s=<>!~]*::/, '')
    .trim()
    .replace(/^python/i, '');
  return withoutBuild(rest) || '*';
}

function parseVariables(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw invalidEnvironment(`\`variables\` of the conda file must be a mapping and is ${JSON.stringify(value)}.`);
  const result: Record<string, string> = {};
  for (const [name, entry] of Object.entries(value)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || (typeof entry !== 'string' && typeof entry !== 'number' && typeof entry !== 'boolean')) {
      throw invalidEnvironment(`The variable ${JSON.stringify(name)} of the conda file needs a name of letters, digits and _, and a plain value.`);
    }
    result[name] = String(entry);
  }
  return result;
}

function parseChannels(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((channel): channel is string => typeof channel === 'string') : [];
}
