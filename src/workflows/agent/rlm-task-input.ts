import { workflowInfo } from '@temporalio/workflow';
import { rlmProfile } from '../../contracts/index.js';
import type { AgentInput, Budget, RlmSource } from '../../domain/index.js';
import { boundBy, inherited } from '../lib/child.js';
import type { TaskOwner, TaskStart } from './task.js';

/** What one question of an agent about its own past may cost. */
const RECALL_BUDGET = { calls: 5, tokens: 20_000 };
const RECALL_ITERATIONS = 5;
const RLM_ITERATIONS = 10;
const PARALLEL = 16;

/** Where and with what an agent begins that answers a question of another one. */
interface RlmPlace {
  readonly id: string;
  readonly place: string;
  readonly start: TaskStart;
  readonly source: RlmSource;
  readonly lend: () => Budget | null;
}

/** Stores what a question is asked over; gives the input of the agent that answers it, to be made when it begins. */
export async function rlmTaskInput(
  { input, profile, state, spender, steps }: TaskOwner,
  { id, place, start, source, lend }: RlmPlace,
): Promise<() => AgentInput> {
  const isRecall = source.kind === 'conversation';
  const maxIterations = isRecall ? RECALL_ITERATIONS : RLM_ITERATIONS;
  const tools = start.rlmTools === undefined ? {} : { tools: [...start.rlmTools] };
  const begun = await steps.run('beginRlmTask', {
    summary: start.title,
    args: {
      question: start.prompt,
      source,
      workspace: input.workspace,
      conversation: state.head,
      maxIterations,
      ...tools,
      ...boundBy(profile),
    },
  });
  return () => {
    const lent = lend();
    const lease = isRecall ? recallBudget(lent) : lent;
    return {
      ...inherited(input, spender),
      model: input.model,
      contextWindow: input.contextWindow,
      prompt: begun.prompt,
      profile: { ...rlmProfile(maxIterations), ...begun.frozen, ...boundBy(profile) },
      owner: workflowInfo().workflowId,
      holder: id,
      place,
      ...(lease === null ? {} : { lease }),
      rlm: {
        context: begun.context,
        depth: 0,
        maxDepth: 0,
        maxIterations,
        subModel: input.model,
        subWindow: input.contextWindow,
        schema: null,
        parallel: PARALLEL,
        journal: null,
        ...tools,
      },
    };
  };
}

function recallBudget(lent: Budget | null): Budget {
  const within = (most: number, left: number | null | undefined): number =>
    Math.min(most, left ?? most);
  return {
    costMicroUsd: lent?.costMicroUsd ?? null,
    tokens: within(RECALL_BUDGET.tokens, lent?.tokens),
    calls: within(RECALL_BUDGET.calls, lent?.calls),
  };
}
