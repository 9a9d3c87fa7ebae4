// A plan: what a specification comes to on this machine, before anything is built. Same plan, same hash, same environment.

import { createHash } from 'node:crypto';
import { type CondaFile, type CondaPackage, parseCondaFile } from './conda-file.ts';
import { pypiName } from './conda-names.ts';
import { invalidEnvironment } from './faults.ts';
import { findInterpreter, type Interpreter } from './interpreters.ts';
import { checkPipLines } from './pip-lines.ts';

export interface EnvironmentSpec {
  /** conda environment file, YAML text. */
  readonly condaFile?: string;
  /** Container image; recorded, and not used by a compute that runs processes. */
  readonly image?: string;
  /** More lines for pip. */
  readonly pipRequirements?: readonly string[];
}

export type Plan = VenvPlan | CondaPlan;

interface PlanBase {
  readonly hash: string;
  /** What differs from the specification, in sentences for the user. */
  readonly notes: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

export interface VenvPlan extends PlanBase {
  readonly backend: 'venv';
  readonly interpreter: Interpreter;
  readonly requirements: readonly string[];
}

export interface CondaPlan extends PlanBase {
  readonly backend: 'conda';
  /** Absolute path of micromamba, mamba or conda. */
  readonly tool: string;
  readonly condaFile: string;
}

export interface Machine {
  readonly interpreters: readonly Interpreter[];
  /** The interpreter for specifications that ask for no version. */
  readonly preferred: Interpreter | undefined;
  readonly condaTool: string | undefined;
}

const EMPTY: CondaFile = { python: '*', packages: [], pip: [], variables: {}, channels: [] };

/** Throws `InvalidEnvironment` where the specification cannot be met here, naming what stands in the way. */
export function planEnvironment(spec: EnvironmentSpec, machine: Machine): Plan {
  const notes = spec.image === undefined ? [] : [`image ${spec.image} is not used: this compute runs processes, not containers`];
  const conda = spec.condaFile === undefined || spec.condaFile.trim() === '' ? EMPTY : parseCondaFile(spec.condaFile);
  const extra = checkPipLines(spec.pipRequirements ?? []);
  const interpreter = findInterpreter(machine.interpreters, conda.python, machine.preferred);
  const needsConda = conda.packages.some((found) => found.name !== 'pip') || interpreter === undefined;
  if (needsConda && machine.condaTool !== undefined && spec.condaFile !== undefined && extra.length === 0) {
    const tool = machine.condaTool;
    return { backend: 'conda', tool, condaFile: spec.condaFile, notes, variables: conda.variables, hash: hashOf({ backend: 'conda', condaFile: spec.condaFile }) };
  }
  if (interpreter === undefined) throw noInterpreter(conda.python, machine.interpreters);
  const mapped = mapPackages(conda.packages);
  const requirements = [...mapped.requirements, ...conda.pip, ...extra];
  for (const line of requirements.filter((line) => /^(\/|file:)/.test(line))) notes.push(`${line} is read once, when the environment is built; a later change of it is not noticed`);
  notes.push(...mapped.notes);
  const hash = hashOf({ backend: 'venv', python: interpreter.version, path: interpreter.path, requirements, variables: conda.variables });
  return { backend: 'venv', interpreter, requirements, notes, variables: conda.variables, hash };
}

function mapPackages(packages: readonly CondaPackage[]): { readonly requirements: readonly string[]; readonly notes: readonly string[] } {
  const refused: string[] = [];
  const dropped: string[] = [];
  const taken: string[] = [];
  const requirements: string[] = [];
  for (const found of packages) {
    const target = pypiName(found.name);
    if (target.kind === 'notPython') refused.push(found.name);
    else if (target.kind === 'meaningless') dropped.push(found.name);
    // pip is in every environment; only a wish for a version is something to do.
    else if (found.name !== 'pip' || found.constraint !== '') {
      requirements.push(`${target.name}${found.constraint}`);
      if (found.name !== 'pip') taken.push(`${found.text} -> ${target.name}${found.constraint}`);
    }
  }
  if (refused.length > 0) {
    throw invalidEnvironment(
      `The conda dependencies ${refused.join(', ')} are not Python packages, and this machine has no micromamba, mamba or conda on its PATH to install them with. Install one of those, or leave these dependencies out (an exported file is shorter with \`conda env export --from-history\`).`,
    );
  }
  const notes = taken.length > 0 ? [`no conda on this machine: installed from PyPI instead: ${taken.join('; ')}`] : [];
  if (dropped.length > 0) notes.push(`left out, because wheels bring their own linear algebra library: ${dropped.join(', ')}`);
  return { requirements, notes };
}

function noInterpreter(wanted: string, interpreters: readonly Interpreter[]): Error {
  const versions = interpreters.map((found) => found.version);
  const available = versions.length > 0 ? `the versions available are ${versions.join(', ')}` : 'there is no Python with the venv module at all';
  return invalidEnvironment(`The environment asks for Python ${wanted.replace(/^=+/, '')}, which this machine does not have; ${available}. Install it, or put micromamba on the PATH of the server.`);
}

/** 24 hex digits keep scripts' first lines below the kernel's limit of 127 characters; collisions stay out of reach. */
function hashOf(content: object): string {
  return createHash('sha256')
    .update(JSON.stringify({ version: 1, platform: process.platform, arch: process.arch, ...content }))
    .digest('hex')
    .slice(0, 24);
}
