// The server starts its program again in the same process, with a bound that Node takes at its start only.

/**
 * Why: where there is memory, V8 lets young objects take up to 128 MiB before it looks at them, and keeps that. A server
 * that waits most of the time is as fast with a quarter of it.
 */
const BOUND = '--max-semi-space-size=16';

/** Returns where there is nothing to do, or no way to do it (Windows). `execve` replaces the program and does not return. */
export function boundYoungObjects(process: Pick<NodeJS.Process, 'argv' | 'env' | 'execArgv' | 'execPath' | 'execve' | 'platform'>): void {
  const { argv, env, execArgv, execPath, platform } = process;
  const isServer = argv[2] === 'up';
  const isBound = [...execArgv, env['NODE_OPTIONS'] ?? ''].some((flags) => flags.includes('semi-space-size'));
  if (!isServer || isBound || platform === 'win32' || process.execve === undefined) return;
  process.execve(execPath, [execPath, BOUND, ...execArgv, ...argv.slice(1)], env);
}
