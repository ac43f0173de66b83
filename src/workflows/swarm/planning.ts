import { ApplicationFailure } from '@temporalio/workflow';
import type { Coordinator } from './coordinator.js';
import { spendingOf } from './own-calls.js';
import type { StepResult } from '../lib/step.js';
import type { SwarmState } from './swarm-state.js';

/** A first call, and one that is told what was wrong with its plan. */
const CALLS = 2;

type Previous = { readonly answer: string; readonly problems: string[] } | null;

/** The model cuts the task where nobody else did. Throws `ERR_SWARM_PLAN_INVALID` when it cannot in two calls. */
export async function planSubtasks(state: SwarmState, swarm: Coordinator): Promise<void> {
  const { input } = state;
  if (state.record.stories.length > 0) return;
  const { task, strategy, maxSubagents, outline, options } = input;
  let previous: Previous = null;
  for (let call = 1; call <= CALLS; call += 1) {
    const key = state.steps.nextKey();
    const told: Previous = previous;
    const reply: StepResult<'planSwarm'> = await swarm.calls.pay(`plan/${call}`, 1, (budget) =>
      state.steps.run('planSwarm', {
        who: 'planning',
        key,
        summary: told === null ? 'plan' : 'plan, repaired',
        args: {
          input: { task, strategy, maxSubagents, outline },
          model: options.model,
          previous: told,
          ...(budget === undefined ? {} : { budget }),
        },
      }),
    );
    state.addOverhead(spendingOf(reply));
    if (reply.subtasks !== null) {
      state.plan(reply.subtasks);
      state.events.add('run.note', { text: `planned ${reply.subtasks.length} subtasks` });
      await state.save();
      return;
    }
    previous = { answer: reply.answer, problems: reply.problems };
  }
  throw ApplicationFailure.nonRetryable(
    `the model made no valid plan in ${CALLS} calls: ${(previous?.problems ?? []).join('; ')}`,
    'ERR_SWARM_PLAN_INVALID',
  );
}
