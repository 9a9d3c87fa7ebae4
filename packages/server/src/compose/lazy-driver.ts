// lazyDriver: a driver that is made at its first use, so that a server without Python starts and says so when a job needs it.

import type { JobDriver } from '#jobs/driver.ts';

export function lazyDriver(name: string, make: () => Promise<JobDriver>): JobDriver {
  let made: Promise<JobDriver> | undefined;
  const driver = (): Promise<JobDriver> => {
    made ??= make();
    made.catch(() => {
      made = undefined;
    });
    return made;
  };
  return {
    name,
    capabilities: async () => (await driver()).capabilities(),
    start: async (task) => (await driver()).start(task),
    wait: async (handle, signal) => (await driver()).wait(handle, signal),
    poll: async (handle) => (await driver()).poll(handle),
    stop: async (handle) => (await driver()).stop(handle),
  };
}
