// Test projects: `unit` holds everything beside the code; whole-server suites have their own (slower) project.

import { defineConfig } from 'vitest/config';

/** Waiting for something that has to come: long enough for a machine that is busy. */
const expect = { poll: { timeout: 60_000 } };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'packages/*/src/**/*.test.tsx'],
          pool: 'forks',
          maxWorkers: 2,
          isolate: false,
          expect,
          testTimeout: 90_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'server',
          include: ['packages/*/test/**/*.test.ts'],
          pool: 'forks',
          maxWorkers: 1,
          expect,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
