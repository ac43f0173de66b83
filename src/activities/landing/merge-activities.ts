import { Context } from '@temporalio/activity';
import { z } from 'zod';
import { mergeInputSchema, type MergeInput } from '../../contracts/index.js';
import { stepKeySchema, type Evidence } from '../../domain/index.js';
import { cancellable, toApplicationFailure } from '../lib/failure.js';
import { startHeartbeat } from '../lib/heartbeat.js';
import type { RalphDependencies, RalphWork } from '../workspace/dependencies.js';
import {
  proveMerge,
  publishRun,
  rebaseOnto,
  type PublishedMerge,
  type RebasedRun,
} from './merge-run.js';

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
  const work = async <Output>(
    input: MergeInput,
    run: (work: RalphWork) => Promise<Output>,
  ): Promise<Output> => {
    const heartbeat = startHeartbeat();
    const signal = Context.current().cancellationSignal;
    try {
      const { runId, repository, workdir, checks, setup } = input;
      await dependencies.requirePlan(runId, { repository, workdir, checks, setup });
      return await cancellable(() => run({ dependencies, heartbeat, signal }));
    } catch (error) {
      throw toApplicationFailure(error);
    } finally {
      heartbeat.stop();
    }
  };
  return {
    async rebaseRun(raw) {
      const input = rebaseRunSchema.parse(raw);
      return work(input, () => rebaseOnto(dependencies, input));
    },
    async proveTree(raw) {
      const input = proveTreeSchema.parse(raw);
      return work(input, async (surroundings) => ({
        evidence: await proveMerge(surroundings, input),
      }));
    },
    async publishMerge(raw) {
      const input = publishMergeSchema.parse(raw);
      return work(input, () => publishRun(dependencies, input));
    },
  };
}
