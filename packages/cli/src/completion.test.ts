// Symptom guarded: a completion that names options which are not there, or a script that the shell cannot read.

import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { renderCompletion } from './completion.ts';
import { createProgram } from './program.ts';

function complete(line: readonly string[]): readonly string[] {
  const script = `${renderCompletion(createProgram(), 'bash')}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _lazurite; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script, 'bash', ...line], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);
}

test('bash completes commands, options of a command, and values', () => {
  expect(complete(['lazurite', 'q'])).toEqual(['quickstart']);
  expect(complete(['lazurite', 'job', 'st'])).toEqual(['stream']);
  expect(complete(['lazurite', 'job', 'download', '--pa'])).toEqual(['--path']);
  expect(complete(['lazurite', 'job', 'list', '-o', ''])).toEqual(['table', 'json', 'yaml', 'tsv']);
  expect(complete(['lazurite', 'exec', '--', 'py'])).toEqual([]);
});

test('fish and zsh get every command', () => {
  const fish = renderCompletion(createProgram(), 'fish');
  for (const name of ['up', 'doctor', 'job', 'submit', 'completion']) expect(fish).toContain(` -a ${name} `);
  expect(renderCompletion(createProgram(), 'zsh')).toMatch(/^#compdef lazurite/);
});

test('every command has an example in its help', () => {
  const walk = (command: ReturnType<typeof createProgram>, path: string): void => {
    let text = '';
    command.configureOutput({ writeOut: (part) => void (text += part) });
    command.outputHelp();
    expect(text, path).toMatch(/Examples?:\n {2}(?:source|xdg-open|eval|lazurite) ?/);
    for (const child of command.commands) walk(child, `${path} ${child.name()}`);
  };
  walk(createProgram(), 'lazurite');
});
