import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Levels without servers: as many files at a time as there are cores, before all others. */
const FAST = { maxWorkers: '100%', sequence: { groupOrder: 0 } } as const;

/** Levels with real processes run one file at a time by default: each starts a server and a worker. */
const REAL = {
  fileParallelism: false,
  testTimeout: 120_000,
  hookTimeout: 120_000,
  sequence: { groupOrder: 1 },
} as const;

/** What changes the process or its modules for every file behind it. */
const CHANGES_ITS_PROCESS =
  /\bvi\.(?:mock|doMock|resetModules|stubEnv|stubGlobal|useFakeTimers)\(|\bprocess\.env\b|\b(?:setHostEnvironment|receiveSecrets|scrubEnvironment)\(|\/command-bench\.js'/;

const units = readdirSync('test/unit', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts'))
  .map((path) => join('test/unit', path));
/** Unit files that need a process of their own; loading all modules anew for the others was half of the level's work. */
const alone = units.filter((path) => CHANGES_ITS_PROCESS.test(readFileSync(path, 'utf8')));

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // named one by one: a project with an `exclude` of its own takes none from the command line
          include: units.filter((path) => !alone.includes(path)),
          isolate: false,
          testTimeout: 20_000,
          ...FAST,
        },
      },
      { test: { name: 'unit-alone', include: alone, testTimeout: 20_000, ...FAST } },
      {
        test: {
          name: 'workflow',
          include: ['test/workflow/**/*.test.ts'],
          ...REAL,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'replay',
          include: ['test/replay/**/*.test.ts'],
          testTimeout: 60_000,
          ...FAST,
        },
      },
      {
        test: {
          name: 'architecture',
          include: ['test/architecture/**/*.test.ts'],
          isolate: false,
          testTimeout: 60_000,
          ...FAST,
        },
      },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...REAL } },
      {
        test: {
          name: 'fault',
          include: ['test/fault/**/*.test.ts'],
          ...REAL,
          testTimeout: 600_000,
        },
      },
    ],
  },
});
