import { isAbsent, type Evidence } from '../../domain/index.js';

/** What the event `check.end` tells programs. */
export function checkFacts(evidence: Evidence): Record<string, string | number | boolean | null> {
  return {
    check: evidence.check,
    exit_code: evidence.exitCode,
    is_known_failure: evidence.isKnownFailure ?? false,
    is_absent: isAbsent(evidence),
    tree: evidence.tree,
    definitions: evidence.definitions,
    duration_ms: evidence.durationMs,
  };
}
