import { defineConfig } from 'vitest/config';

/** `scripts/a2a-tck.sh DIR` only: the kit is no package, so that no other run has it. */
export default defineConfig({
  test: { include: ['test/conformance/tck.ts'], testTimeout: 900_000, hookTimeout: 60_000 },
});
