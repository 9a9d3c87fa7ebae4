// EnvironmentProgress: what the build of a job's environment is at, read from the job's system log.
// Source: jobs/hooks/environment.ts, which writes the installer's lines there.

import { createProgressReader } from '@lazurite/server/environments/build-progress.ts';

export interface EnvironmentStep {
  readonly phase: string;
  readonly text: string;
}

export interface EnvironmentProgress {
  /** Feeds on a piece of the system log, whole lines or not; returns the last thing worth saying in it. */
  read(text: string): EnvironmentStep | undefined;
  /** True once the log says that the environment is there. */
  isOver(): boolean;
}

export function createEnvironmentProgress(): EnvironmentProgress {
  const read = createProgressReader();
  let rest = '';
  let isOver = false;
  return {
    read(text) {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      let step: EnvironmentStep | undefined;
      for (const line of lines) {
        const said = /^\S+ environment: (.*)$/.exec(line)?.[1];
        if (said === undefined) continue;
        step = stepOf(said, read) ?? step;
        isOver = /^(?:found ready|built), /.test(said);
      }
      return step;
    },
    isOver: () => isOver,
  };
}

function stepOf(line: string, read: ReturnType<typeof createProgressReader>): EnvironmentStep | undefined {
  if (line.startsWith('Building environment ')) return { phase: 'building', text: 'Building the environment, the first time only' };
  if (line.startsWith('Another build of this environment')) return { phase: 'waiting', text: 'Another job is building this environment; waiting for it' };
  const ready = /^Environment \S+ is ready after (.*)$/.exec(line);
  if (ready !== null) return { phase: 'ready', text: `Environment ready after ${ready[1]}` };
  const progress = read(line);
  if (progress === undefined) return undefined;
  const { phase, count, total, item } = progress;
  switch (phase) {
    case 'resolving':
      return { phase, text: total === undefined ? `Resolving packages: ${count}${item === undefined ? '' : `, ${item}`}` : `Resolved ${total} packages` };
    case 'downloading':
      return { phase, text: `Downloading packages: ${count}${total === undefined ? '' : ` of ${total}`}${item === undefined ? '' : `, ${item}`}` };
    case 'installing':
      return count === 0 ? { phase, text: `Installing ${total ?? 'the'} packages` } : { phase: 'installed', text: `Installed ${count} packages` };
    case 'preparing':
    case 'done':
      return undefined;
  }
}
