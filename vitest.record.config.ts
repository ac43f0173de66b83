import { defineConfig } from 'vitest/config';

/** `npm run record` only: a plain `vitest run` must never write histories. */
export default defineConfig({
  test: { include: ['test/replay/record.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
});
