// Planning: what conda and pip words come to, and what is refused by name.

import { describe, expect, it } from 'vitest';
import { parsePackage } from './conda-file.ts';
import type { Interpreter } from './interpreters.ts';
import { maskCredentials } from './pip-lines.ts';
import { type EnvironmentSpec, type Machine, type Plan, planEnvironment } from './plan.ts';
import { parseVersionConstraint } from './python-version.ts';

const interpreters: readonly Interpreter[] = ['3.8.18', '3.9.18', '3.11.2', '3.11.7', '3.13.0'].map((version) => ({ version, path: `/opt/${version}/bin/python3` }));
const machine: Machine = { interpreters, preferred: interpreters[2], condaTool: undefined };

const plan = (spec: EnvironmentSpec, on: Machine = machine): Plan => planEnvironment(spec, on);
const conda = (...dependencies: unknown[]): EnvironmentSpec => ({ condaFile: JSON.stringify({ name: 'x', channels: ['conda-forge'], dependencies }) });
const requirementsOf = (found: Plan): readonly string[] => (found.backend === 'venv' ? found.requirements : []);
const pythonOf = (found: Plan): string => (found.backend === 'venv' ? found.interpreter.version : '');

describe('versions of Python', () => {
  it.each([
    ['python=3.9', '3.9.18'],
    ['python==3.9.18', '3.9.18'],
    ['python=3.11', '3.11.2'],
    ['python 3.8.*', '3.8.18'],
    ['python>=3.12', '3.13.0'],
    ['python >=3.8, <3.10', '3.9.18'],
    ['python=3.8|3.9', '3.9.18'],
    ['conda-forge::python=3.13.0=h123_0_cpython', '3.13.0'],
    ['python', '3.11.2'],
    ['numpy', '3.11.2'],
  ])('%s is met by %s', (entry, version) => {
    expect(pythonOf(plan(conda(entry)))).toBe(version);
  });

  it('names the versions there are when none is right', () => {
    expect(() => plan(conda('python=3.10'))).toThrow(/Python 3\.10.*3\.8\.18, 3\.9\.18, 3\.11\.2, 3\.11\.7, 3\.13\.0/);
  });

  it('does not take 3.1 for the beginning of 3.11', () => {
    expect(parseVersionConstraint('3.1')('3.11.2')).toBe(false);
    expect(parseVersionConstraint('~=3.9')('3.11.2')).toBe(true);
    expect(parseVersionConstraint('!=3.9.*')('3.9.1')).toBe(false);
    expect(() => parseVersionConstraint('three')).toThrow(/"three" cannot be understood/);
  });
});

describe('conda dependencies', () => {
  it.each([
    ['numpy=1.26', '==1.26.*'],
    ['numpy=1.26.*', '==1.26.*'],
    ['numpy==1.26.4', '==1.26.4'],
    ['numpy=1.26.4=py311h64a7726_0', '==1.26.4.*'],
    ['numpy 1.26.4', '==1.26.4'],
    ['numpy 1.26*', '==1.26.*'],
    ['numpy >=1.20, <2', '>=1.20,<2'],
    ['numpy>=1.20,<2', '>=1.20,<2'],
    ['numpy', ''],
    ['numpy=*', ''],
    ['pkgs/main::numpy!=1.25  # not that one', '!=1.25'],
  ])('%s gives pip %j', (entry, constraint) => {
    expect(parsePackage(entry)).toMatchObject({ name: 'numpy', constraint });
  });

  it('become their PyPI names, and the notes say so', () => {
    const found = plan(conda('python=3.9', 'pip', 'pytorch::pytorch=2.1', 'py-opencv', 'scikit-learn>=1.3', 'nomkl', { pip: ['mlflow==3.1.0'] }));
    expect(requirementsOf(found)).toEqual(['torch==2.1.*', 'opencv-python-headless', 'scikit-learn>=1.3', 'mlflow==3.1.0']);
    expect(found.notes.join('\n')).toMatch(/pytorch::pytorch=2\.1 -> torch==2\.1\.\*/);
    expect(found.notes.join('\n')).toMatch(/left out.*nomkl/);
  });

  it('that are no Python packages are refused by name', () => {
    expect(() => plan(conda('cudatoolkit=11.8', 'numpy', 'gcc', 'r-base', 'libgcc-ng'))).toThrow(/cudatoolkit, gcc, r-base, libgcc-ng are not Python packages/);
    expect(requirementsOf(plan(conda('librosa')))).toEqual(['librosa']);
  });

  it('are left to conda where there is one', () => {
    const withTool: Machine = { ...machine, condaTool: '/usr/bin/micromamba' };
    expect(plan(conda('cudatoolkit=11.8'), withTool)).toMatchObject({ backend: 'conda', tool: '/usr/bin/micromamba' });
    expect(plan(conda('python=3.10'), withTool)).toMatchObject({ backend: 'conda' });
    expect(plan(conda('python=3.9', 'pip', { pip: ['six'] }), withTool)).toMatchObject({ backend: 'venv' });
  });

  it.each([
    ['numpy[version=1.2]', /numpy\[version=1\.2\].*cannot be understood/],
    ['numpy=1.2|1.3', /cannot be understood/],
    [{ npm: ['left-pad'] }, /neither.*left-pad/],
    [3, /neither: 3/],
  ])('%j is refused', (entry, message) => {
    expect(() => plan(conda(entry))).toThrow(message);
  });

  it('must be YAML with a mapping', () => {
    expect(() => plan({ condaFile: 'a: [' })).toThrow(/not valid YAML/);
    expect(() => plan({ condaFile: '- numpy' })).toThrow(/must be a YAML mapping/);
    expect(() => plan({ condaFile: 'dependencies: numpy' })).toThrow(/must be a list/);
  });
});

describe('lines for pip', () => {
  it('are passed on word for word', () => {
    const lines = ['--extra-index-url https://user:secret@example.org/simple', 'mlflow[extras]>=3,<4 ; python_version > "3.8"', 'pkg @ https://example.org/pkg-1.whl'];
    expect(requirementsOf(plan(conda({ pip: lines })))).toEqual(lines);
  });

  it.each([
    ['-r requirements.txt', /write its lines into the pip list/],
    ['-c limits.txt', /write its lines/],
    ['six\n-rother.txt', /write its lines/],
    ['-e .', /apart from the code/],
    ['./pkg', /relative path/],
    ['../pkg', /relative path/],
    ['.', /relative path/],
    ['--target /etc', /accepted options are --index-url/],
  ])('%j is refused', (line, message) => {
    expect(() => plan(conda({ pip: [line] }))).toThrow(message);
  });

  it('show no password', () => {
    expect(maskCredentials('Looking in indexes: https://user:secret@example.org/simple')).toBe('Looking in indexes: https://****@example.org/simple');
  });
});

describe('the hash', () => {
  it('is the same for the same content, whatever the name, comments and image', () => {
    const hash = plan({ condaFile: 'name: a\ndependencies: [python=3.9, {pip: [six]}]' }).hash;
    expect(plan({ condaFile: 'name: b # other\ndependencies:\n- pip\n- python=3.9\n- pip:\n  - six\n', image: 'x' }).hash).toBe(hash);
    expect(plan({ condaFile: 'dependencies: [python=3.11, {pip: [six]}]' }).hash).not.toBe(hash);
    expect(plan({ condaFile: 'dependencies: [python=3.9, {pip: [six==1.16.0]}]' }).hash).not.toBe(hash);
  });

  it('of an image alone is that of a bare environment, with a note', () => {
    const found = plan({ image: 'mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04' });
    expect(found.notes).toEqual(['image mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04 is not used: this compute runs processes, not containers']);
    expect(found.hash).toBe(plan({}).hash);
  });
});
