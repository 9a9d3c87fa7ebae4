// The Python interpreters of this machine: found in the usual places, asked once, remembered in a file while they do
// not change. Shims (pyenv) are resolved to the real program, because a shim costs every start 0.1 s.

import { execFile } from 'node:child_process';
import { open, readdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { isJsonObject, stringAt } from '#kernel/json.ts';
import { compareVersions, parseVersionConstraint } from './python-version.ts';

const run = promisify(execFile);
const PROBE_TIMEOUT_MS = 20_000;
const PROBE = `
import sys, os, json, importlib.util
base = os.path.realpath(getattr(sys, '_base_executable', None) or sys.executable)
can = sys.version_info >= (3, 6) and all(importlib.util.find_spec(m) for m in ('venv', 'ensurepip'))
print(json.dumps({'path': base, 'version': '%d.%d.%d' % sys.version_info[:3], 'can': 'yes' if can else 'no'}))
`;

export interface Interpreter {
  /** Absolute path of the real program. */
  readonly path: string;
  /** For example `3.11.7`. */
  readonly version: string;
}

export interface InterpreterSearch {
  /** Program the operator chose, by path or by a name of the search path; empty: `python3`. */
  readonly python: string;
  readonly path: string;
  readonly home: string;
  /** Remembers what was found, where it can be written. */
  readonly cacheFile: string;
}

export interface InterpreterSearchResult {
  readonly interpreters: readonly Interpreter[];
  readonly preferred: Interpreter | undefined;
  /** The operator chose a program that is not there, or that makes no virtual environments. */
  readonly isChoiceUseless: boolean;
}

/** The newest that satisfies the constraint; the preferred one before all others. */
export function findInterpreter(interpreters: readonly Interpreter[], constraint: string, preferred: Interpreter | undefined): Interpreter | undefined {
  const isWanted = parseVersionConstraint(constraint);
  if (preferred !== undefined && isWanted(preferred.version)) return preferred;
  return interpreters.filter((found) => isWanted(found.version)).sort((a, b) => compareVersions(b.version, a.version))[0];
}

/** Every interpreter that can make virtual environments, oldest first, each once. */
export async function searchInterpreters(search: InterpreterSearch): Promise<InterpreterSearchResult> {
  const known = await loadKnown(search.cacheFile);
  const fresh: Record<string, Interpreter & { readonly stamp: string }> = {};
  const found = new Map<string, Interpreter>();
  let preferred: Interpreter | undefined;
  const chosen = search.python === '' ? 'python3' : search.python;
  const first = chosen.includes('/') ? chosen : await firstOnPath(chosen, search.path);
  const candidates = [...new Set([...(first === undefined ? [] : [first]), ...(await candidatePaths(search))])];
  const answers = await Promise.all(candidates.map((candidate) => ask(candidate, known, fresh)));
  for (const [i, answer] of answers.entries()) {
    if (answer === undefined) continue;
    if (!found.has(answer.path)) found.set(answer.path, answer);
    if (candidates[i] === first) preferred = found.get(answer.path);
  }
  if (Object.keys(fresh).some((path) => fresh[path]?.stamp !== known[path]?.stamp)) await saveKnown(search.cacheFile, fresh).catch(() => undefined);
  const interpreters = [...found.values()].sort((a, b) => compareVersions(a.version, b.version));
  return { interpreters, preferred: preferred ?? interpreters.at(-1), isChoiceUseless: search.python !== '' && preferred === undefined };
}

async function candidatePaths(search: InterpreterSearch): Promise<string[]> {
  const named = /^python3(\.\d+)?$/;
  const folders = [...search.path.split(delimiter), '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', join(search.home, '.local/bin')].filter(
    (folder) => folder !== '' && basename(folder) !== 'shims',
  );
  const direct = await Promise.all(folders.map(async (folder) => (await list(folder)).filter((name) => named.test(name)).map((name) => join(folder, name))));
  const managers = [join(search.home, '.pyenv/versions'), join(search.home, '.local/share/uv/python'), '/opt/python', '/Library/Frameworks/Python.framework/Versions'];
  const managed = await Promise.all(managers.map(async (folder) => (await list(folder)).map((name) => join(folder, name, 'bin/python3'))));
  const paths = await Promise.all([...direct.flat(), ...managed.flat()].map((path) => realpath(path).catch(() => undefined)));
  return [...new Set(paths.filter((path) => path !== undefined))];
}

async function ask(candidate: string, known: Known, fresh: Record<string, Interpreter & { readonly stamp: string }>): Promise<Interpreter | undefined> {
  try {
    const info = await stat(candidate);
    const stamp = `${info.size}-${info.mtimeMs}`;
    const remembered = known[candidate];
    const answer = remembered?.stamp === stamp ? remembered : await probe(candidate, stamp);
    // A script (a shim) answers differently when its settings change: never remembered.
    if (answer !== undefined && !(await isScript(candidate))) fresh[candidate] = answer;
    return answer === undefined || answer.path === '' ? undefined : { path: answer.path, version: answer.version };
  } catch {
    return undefined;
  }
}

async function probe(candidate: string, stamp: string): Promise<(Interpreter & { readonly stamp: string }) | undefined> {
  const { stdout } = await run(candidate, ['-I', '-S', '-c', PROBE], { timeout: PROBE_TIMEOUT_MS });
  const answer: unknown = JSON.parse(stdout);
  const path = stringAt(answer, 'path');
  const version = stringAt(answer, 'version');
  if (path === undefined || version === undefined) return undefined;
  // An empty path remembers that it cannot make environments.
  return { path: stringAt(answer, 'can') === 'yes' ? path : '', version, stamp };
}

async function isScript(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.toString('latin1') === '#!';
  } finally {
    await file.close();
  }
}

/** Absolute path of the first program of that name, or undefined. */
export async function firstOnPath(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter((part) => part.startsWith('/'))) {
    const candidate = join(folder, name);
    const info = await stat(candidate).catch(() => undefined);
    if (info?.isFile() === true && (info.mode & 0o111) !== 0) return candidate;
  }
  return undefined;
}

async function list(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

type Known = Readonly<Record<string, Interpreter & { readonly stamp: string }>>;

async function loadKnown(file: string): Promise<Known> {
  const result: Record<string, Interpreter & { readonly stamp: string }> = {};
  const value: unknown = await readFile(file, 'utf8')
    .then(JSON.parse)
    .catch(() => undefined);
  if (!isJsonObject(value)) return result;
  for (const [key, entry] of Object.entries(value)) {
    const path = stringAt(entry, 'path');
    const version = stringAt(entry, 'version');
    const stamp = stringAt(entry, 'stamp');
    if (path !== undefined && version !== undefined && stamp !== undefined) result[key] = { path, version, stamp };
  }
  return result;
}

async function saveKnown(file: string, known: Known): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, JSON.stringify(known, undefined, 1));
  await rename(temporary, file);
}
