import { DEFAULTS } from '../../contracts/index.js';

/** The defaults of a run that `--help` prints; a light file, because help must not load the service. */
export const RUN_DEFAULTS = {
  model: DEFAULTS.model,
  maxAttempts: DEFAULTS.maxAttempts,
  maxTurns: DEFAULTS.maxTurns,
} as const;
