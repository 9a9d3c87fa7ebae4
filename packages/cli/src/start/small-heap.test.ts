import { expect, test } from 'vitest';
import { boundYoungObjects } from './small-heap.ts';

function started(args: readonly string[], change: { readonly execArgv?: string[]; readonly env?: Record<string, string>; readonly platform?: NodeJS.Platform } = {}): readonly string[] | undefined {
  let replaced: readonly string[] | undefined;
  const execve = (_file: string, argv: readonly string[] = []): never => {
    replaced = argv;
    return undefined as never;
  };
  boundYoungObjects({ argv: ['node', 'main', ...args], env: {}, execArgv: [], execPath: '/node', platform: 'linux', ...change, execve });
  return replaced;
}

test('a server starts again with the bound and with the flags it had, once', () => {
  expect(started(['up', '--port', '1'], { execArgv: ['--cpu-prof'] })).toEqual(['/node', '--max-semi-space-size=16', '--cpu-prof', 'main', 'up', '--port', '1']);
  expect(started(['up'], { execArgv: ['--max-semi-space-size=16'] })).toBeUndefined();
  expect(started(['up'], { env: { NODE_OPTIONS: '--max-semi-space-size=64' } })).toBeUndefined();
  expect(started(['up'], { platform: 'win32' })).toBeUndefined();
  expect(started(['status'])).toBeUndefined();
});
