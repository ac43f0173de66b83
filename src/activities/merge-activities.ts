import { Context } from '@temporalio/activity';
import { z } from 'zod';
import { mergeInputSchema } from '../contracts/index.js';
import { stepKeySchema, type Evidence } from '../domain/index.js';
import { toApplicationFailure } from './failure.js';
import { startHeartbeat } from './heartbeat.js';
import type { RalphDependencies, RalphWork } from './ralph/dependencies.js';
import {
  proveMerge,
  publishRun,
  rebaseOnto,
  type PublishedMerge,
  type RebasedRun,
} from './ralph/merge-run.js';

const rebaseRunSchema = mergeInputSchema.extend({ key: stepKeySchema, committedAt: z.string() });
const proveTreeSchema = mergeInputSchema.extend({ key: stepKeySchema, commit: z.string() });
const publishMergeSchema = mergeInputSchema.extend({
  key: stepKeySchema,
  commit: z.string(),
  mergedAt: z.string(),
});

/** The steps of `ralph merge` that need the engine's clone; each is idempotent. */
export interface MergeActivities {
  /** The run's commits on the branch's present tip, in the engine's clone alone. */
  rebaseRun(input: z.infer<typeof rebaseRunSchema>): Promise<RebasedRun>;
  /** The checks of the run on exactly that tree, in a clean lane. */
  proveTree(input: z.infer<typeof proveTreeSchema>): Promise<{ evidence: Evidence[] }>;
  /** Moves the branch, with its files where the person has it checked out, and notes it in the run's record. */
  publishMerge(input: z.infer<typeof publishMergeSchema>): Promise<PublishedMerge>;
}

/** The merge activities over one home. */
export function createMergeActivities(dependencies: RalphDependencies): MergeActivities {
  const work = async <Output>(run: (work: RalphWork) => Promise<Output>): Promise<Output> => {
    const heartbeat = startHeartbeat();
    try {
      return await run({ dependencies, heartbeat, signal: Context.current().cancellationSignal });
    } catch (error) {
      throw toApplicationFailure(error);
    } finally {
      heartbeat.stop();
    }
  };
  return {
    rebaseRun: (raw) => work(() => rebaseOnto(dependencies, rebaseRunSchema.parse(raw))),
    proveTree: (raw) =>
      work(async (surroundings) => ({
        evidence: await proveMerge(surroundings, proveTreeSchema.parse(raw)),
      })),
    publishMerge: (raw) => work(() => publishRun(dependencies, publishMergeSchema.parse(raw))),
  };
}
