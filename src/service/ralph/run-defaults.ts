import { DEFAULTS } from '../../contracts/index.js';

/** The defaults of a run that `--help` prints; a light file, because help must not load the service. */
export const RUN_DEFAULTS = {
  model: DEFAULTS.model,
  maxAttempts: DEFAULTS.maxAttempts,
  maxTurns: DEFAULTS.maxTurns,
  parallel: DEFAULTS.parallel,
  maxParallel: DEFAULTS.maxParallel,
  waitLimitHours: DEFAULTS.waitLimitHours,
} as const;
