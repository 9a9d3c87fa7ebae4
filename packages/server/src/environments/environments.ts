// Environments of this machine: `ensure` turns a specification into a Python with everything in it, building it the
// first time only. Several callers share one build; it goes on while at least one of them still wants it.
// Source: findings-engines.md §6, issue "Jobs".

import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { Log } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { buildEnvironment } from './build-environment.ts';
import { lockBuild } from './build-lock.ts';
import { type BuildProgress, createProgressReader } from './build-progress.ts';
import { buildConda } from './conda-builder.ts';
import { type CompleteBuild, type EnvironmentUsage, findComplete, listUsage, removeEnvironment, removeRubbish, saveComplete, sizeOf, touch } from './environment-folder.ts';
import { buildCanceled } from './faults.ts';
import { findInterpreter, firstOnPath, type Interpreter, type InterpreterSearchResult, searchInterpreters } from './interpreters.ts';
import { type EnvironmentSpec, type Plan, planEnvironment } from './plan.ts';
import { buildVenv } from './venv-builder.ts';

export interface EnvironmentsOptions {
  /** Folder that holds the environments. */
  readonly dir: string;
  /** Program for specifications that ask for no Python version; empty: `python3` of the search path. */
  readonly python: string;
  readonly log: Log;
  /** The server's own environment: search path, home, proxies, certificates and the configuration of pip and uv are taken from it, for builds only. */
  readonly hostEnvironment: Readonly<Record<string, string | undefined>>;
  /** Fetch uv from the package index, once, when it is not on the search path. Default: false, pip builds. */
  readonly fetchUv?: boolean;
}

export interface EnsureOptions {
  readonly onLine?: (line: string) => void;
  readonly onProgress?: (progress: BuildProgress) => void;
  readonly signal?: AbortSignal;
}

export interface ReadyEnvironment {
  readonly hash: string;
  /** Absolute path of its `python`. */
  readonly pythonPath: string;
  /** Put this first on the PATH of a job. */
  readonly binDir: string;
  /** What differs from the specification, in sentences for the user. */
  readonly notes: readonly string[];
  /** `variables` of the conda file. */
  readonly variables: Readonly<Record<string, string>>;
  readonly wasCached: boolean;
}

export interface Environments {
  /**
   * The environment of the specification, built if it is not there. Throws `InvalidEnvironment` (cannot be met here),
   * `EnvironmentBuildFailed` (with the installer's own words), `EnvironmentBuildCanceled` (by the signal).
   */
  ensure(spec: EnvironmentSpec, options?: EnsureOptions): Promise<ReadyEnvironment>;
  /** The Python for everything that asks for no version, such as the job runner. Throws `NoPython`. */
  defaultInterpreter(): Promise<Interpreter>;
  /** Least recently used first. */
  usage(): Promise<readonly EnvironmentUsage[]>;
  /** Frees the least recently used until at most `keepBytes` are left; never those in `inUse`. Returns the hashes freed. */
  prune(options: { readonly keepBytes: number; readonly inUse: ReadonlySet<string> }): Promise<readonly string[]>;
}

interface SharedBuild {
  readonly result: Promise<CompleteBuild>;
  readonly listeners: Set<EnsureOptions>;
  readonly lines: string[];
  readonly abort: AbortController;
}

export function createEnvironments(options: EnvironmentsOptions): Environments {
  const { dir, log } = options;
  const path = options.hostEnvironment['PATH'] ?? ['/usr/local/bin', '/usr/bin', '/bin'].join(delimiter);
  const environment = { ...buildEnvironment(options.hostEnvironment), PATH: path };
  const builds = new Map<string, SharedBuild>();
  let searched: Promise<InterpreterSearchResult & { readonly condaTool: string | undefined; readonly uv: string | undefined }> | undefined;

  async function search(): Promise<InterpreterSearchResult & { readonly condaTool: string | undefined; readonly uv: string | undefined }> {
    await mkdir(dir, { recursive: true });
    const home = options.hostEnvironment['HOME'] ?? '/';
    const found = await searchInterpreters({ python: options.python, path, home, cacheFile: join(dir, 'interpreters.json') });
    if (found.isChoiceUseless)
      throw new Fault(
        'unavailable',
        'PythonNotUsable',
        `LAZURITE_PYTHON is '${options.python}', which is not there or has no modules venv and ensurepip. Name a Python 3.9 or newer, or leave it empty.`,
      );
    const [micromamba, mamba, conda, uv] = await Promise.all(['micromamba', 'mamba', 'conda', 'uv'].map((name) => firstOnPath(name, path)));
    log.info({ versions: found.interpreters.map((each) => each.version), conda: micromamba ?? mamba ?? conda, uv }, 'environments.machineSearched');
    return { ...found, condaTool: micromamba ?? mamba ?? conda, uv };
  }

  function machine(): NonNullable<typeof searched> {
    searched ??= search();
    searched.catch(() => {
      searched = undefined;
    });
    return searched;
  }

  async function planned(spec: EnvironmentSpec): Promise<Plan> {
    try {
      return planEnvironment(spec, await machine());
    } catch (error) {
      // A Python may have been installed since we looked; look again before saying that there is none.
      if (!(error instanceof Fault) || !error.message.includes('asks for Python')) throw error;
      searched = undefined;
      return planEnvironment(spec, await machine());
    }
  }

  async function ensure(spec: EnvironmentSpec, caller: EnsureOptions = {}): Promise<ReadyEnvironment> {
    if (caller.signal?.aborted === true) throw buildCanceled(caller.signal.reason);
    const plan = await planned(spec);
    const cached = builds.has(plan.hash) ? undefined : await findComplete(dir, plan.hash);
    if (cached !== undefined) {
      await touch(dir, plan.hash);
      return ready(plan, cached, true);
    }
    return ready(plan, await joinBuild(plan, caller), false);
  }

  /** Notes are of the specification, not of the build: two images may share one build. */
  function ready(plan: Plan, build: CompleteBuild, wasCached: boolean): ReadyEnvironment {
    return { hash: plan.hash, pythonPath: build.pythonPath, binDir: build.binDir, notes: plan.notes, variables: plan.variables, wasCached };
  }

  async function joinBuild(plan: Plan, caller: EnsureOptions): Promise<CompleteBuild> {
    const shared = builds.get(plan.hash) ?? begin(plan);
    for (const line of shared.lines) caller.onLine?.(line);
    shared.listeners.add(caller);
    const leave = (): void => {
      shared.listeners.delete(caller);
      if (shared.listeners.size === 0) shared.abort.abort(caller.signal?.reason);
    };
    try {
      return await untilAborted(shared.result, caller.signal);
    } finally {
      leave();
    }
  }

  function begin(plan: Plan): SharedBuild {
    const listeners = new Set<EnsureOptions>();
    const lines: string[] = [];
    const abort = new AbortController();
    const readProgress = createProgressReader();
    const tellProgress = (progress: BuildProgress): void => {
      for (const listener of listeners) listener.onProgress?.(progress);
    };
    const onLine = (line: string): void => {
      lines.push(line);
      for (const listener of listeners) listener.onLine?.(line);
      const progress = readProgress(line);
      if (progress !== undefined) tellProgress(progress);
    };
    // Why the tick: whoever began the build listens before its first line.
    const result = Promise.resolve()
      .then(() => buildLocked(plan, onLine, tellProgress, abort.signal))
      .finally(() => builds.delete(plan.hash));
    result.catch(() => undefined);
    const shared = { result, listeners, lines, abort };
    builds.set(plan.hash, shared);
    // A build that everybody has left is dying; who comes now begins another and waits for the lock.
    abort.signal.addEventListener('abort', () => {
      if (builds.get(plan.hash) === shared) builds.delete(plan.hash);
    });
    return shared;
  }

  async function buildLocked(plan: Plan, onLine: (line: string) => void, onProgress: (progress: BuildProgress) => void, signal: AbortSignal): Promise<CompleteBuild> {
    await mkdir(join(dir, plan.hash), { recursive: true });
    const release = await lockBuild(join(dir, plan.hash, 'lock'), signal, () => onLine('Another build of this environment is under way; waiting for it.'));
    try {
      const done = await findComplete(dir, plan.hash);
      if (done !== undefined) return done;
      await removeRubbish(dir, plan.hash);
      return await build(plan, onLine, onProgress, signal);
    } finally {
      await release();
    }
  }

  async function build(plan: Plan, onLine: (line: string) => void, onProgress: (progress: BuildProgress) => void, signal: AbortSignal): Promise<CompleteBuild> {
    const name = randomBytes(4).toString('hex');
    const target = join(dir, plan.hash, name);
    const started = Date.now();
    log.info({ hash: plan.hash, backend: plan.backend }, 'environment.buildStarted');
    onLine(`Building environment ${plan.hash}`);
    for (const note of plan.notes) onLine(`Note: ${note}`);
    onProgress({ phase: 'preparing', count: 0 });
    try {
      const { uv } = await machine();
      const step = { target, environment, uv, uvFolder: options.fetchUv === true ? join(dir, 'tools', 'uv') : undefined, onLine, signal };
      const pythonPath = plan.backend === 'venv' ? await buildVenv(plan, step) : await buildConda(plan, step);
      const complete = { build: name, pythonPath, binDir: dirname(pythonPath), notes: plan.notes, variables: plan.variables, sizeBytes: await sizeOf(target) };
      await saveComplete(dir, plan.hash, complete);
      onLine(`Environment ${plan.hash} is ready after ${((Date.now() - started) / 1000).toFixed(1)} s, ${(complete.sizeBytes / 1e6).toFixed(0)} MB`);
      onProgress({ phase: 'done', count: 1, total: 1 });
      log.info({ hash: plan.hash, sizeBytes: complete.sizeBytes, ms: Date.now() - started }, 'environment.built');
      return complete;
    } catch (error) {
      await rm(target, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
      log.warn({ hash: plan.hash, code: error instanceof Fault ? error.code : 'unexpected' }, 'environment.buildFailed');
      throw error;
    }
  }

  return {
    ensure,
    usage: () => listUsage(dir),
    async defaultInterpreter() {
      const { interpreters, preferred } = await machine();
      const found = findInterpreter(interpreters, '>=3.9', preferred);
      if (found === undefined) {
        throw new Fault(
          'unavailable',
          'NoPython',
          'There is no Python 3.9 or newer with the venv module on this machine. Install one (Debian and Ubuntu: apt install python3-venv) or name it with LAZURITE_PYTHON.',
        );
      }
      return found;
    },
    async prune({ keepBytes, inUse }) {
      const all = await listUsage(dir);
      let total = all.reduce((sum, each) => sum + each.sizeBytes, 0);
      const freed: string[] = [];
      for (const each of all) {
        if (total <= keepBytes) break;
        if (inUse.has(each.hash) || builds.has(each.hash)) continue;
        await removeEnvironment(dir, each.hash);
        total -= each.sizeBytes;
        freed.push(each.hash);
      }
      return freed;
    },
  };
}

async function untilAborted<T>(result: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return result;
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(buildCanceled(signal.reason));
    signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([result, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
