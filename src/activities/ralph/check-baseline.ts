import {
  baselineSchema,
  type Baseline,
  type Check,
  type StepKey,
  type WorkspaceRef,
  type WorkspaceSetup,
} from '../../domain/index.js';
import type { RalphWork } from './dependencies.js';
import { runChecksOn } from './prove-story.js';

/** What {@link checkBaseline} needs. */
export interface CheckBaselineRequest {
  readonly key: StepKey;
  readonly proofLane: WorkspaceRef;
  /** Commit that the run starts from. */
  readonly base: string;
  readonly checks: readonly Check[];
  readonly setup: WorkspaceSetup;
}

/** Runs every check on the untouched base. Settled checks are not run again by a retry. */
export async function checkBaseline(
  work: RalphWork,
  request: CheckBaselineRequest,
): Promise<Baseline> {
  const evidence = await runChecksOn(work, request, request.base);
  return baselineSchema.parse({ base: request.base, evidence, setup: null, failures: {} });
}
