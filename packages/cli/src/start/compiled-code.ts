// CompiledCode: keeps what Node compiles, so that the next start need not. Loads nothing but Node itself, because only what is
// loaded after it is kept.

import { statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** In the data folder that this command is about, once there is one and it is ours: nobody else may put code there. */
export function keepCompiledCode(args: readonly string[], env: Readonly<Record<string, string | undefined>>): void {
  const dataDir = flagOf(args, '--data-dir') ?? env['LAZURITE_DATA_DIR'] ?? join(homedir(), '.lazurite');
  if (isOurs(dataDir)) enableCompileCache(join(dataDir, 'cache', 'code'));
}

function flagOf(args: readonly string[], flag: string): string | undefined {
  const joined = args.find((arg) => arg.startsWith(`${flag}=`));
  const at = args.indexOf(flag);
  return joined?.slice(flag.length + 1) ?? (at < 0 ? undefined : args[at + 1]);
}

function isOurs(dir: string): boolean {
  try {
    const found = statSync(dir);
    return found.isDirectory() && (process.getuid === undefined || found.uid === process.getuid()) && (found.mode & 0o022) === 0;
  } catch {
    // Not there, or not for this user: the command itself says so where it matters.
    return false;
  }
}
