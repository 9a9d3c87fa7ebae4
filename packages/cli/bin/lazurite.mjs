#!/usr/bin/env node
// Starts the command line on Node 24 or newer: the one that came with the project where this one is older. What runs is the
// built program, or the sources where they have changed since.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { builtProgram } from './built-program.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const main = builtProgram() ?? join(here, '..', 'src', 'main.ts');

if (Number(process.versions.node.split('.')[0]) >= 24) {
  process.argv[1] = main;
  await import(pathToFileURL(main).href);
} else {
  const node = findNode();
  if (node === undefined) {
    process.stderr.write(`Lazurite needs Node 24 or newer; this is ${process.version}. Install Node 24, then try again.\n`);
    process.exit(2);
  }
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // Why: on a terminal Ctrl-C reaches the child by itself, and a second one would end it before it has stopped.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

/** The one from npm; its package has another name on some platforms. */
function findNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  for (const name of [`node-${platform}-${process.arch}`, `node-bin-${platform}-${process.arch}`]) {
    try {
      const file = join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
      if (existsSync(file)) return file;
    } catch {
      // Not installed here.
    }
  }
  return undefined;
}
