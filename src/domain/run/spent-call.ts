import { z } from 'zod';
import { agentSpendingSchema, type AgentSpending } from '../agent/agent.js';
import { addSpending, ZERO_SPENDING } from './spending.js';
import { type RunRecord, type StoryRecord } from './ralph-run.js';

/** One paid model call of a run, noted by the process that paid it. */
export const spentCallSchema = z.object({
  /** Step key: the same call noted twice is one call. */
  key: z.string(),
  story: z.string(),
  attempt: z.number().int().positive(),
  spending: agentSpendingSchema,
});

/** See {@link spentCallSchema}. */
export type SpentCall = z.infer<typeof spentCallSchema>;

/**
 * The record with what its attempts in progress spent, and with calls that an attempt which ended could not report any more. So
 * a run that works, waits, is paused or was killed shows what it cost so far. Pure.
 */
export function withOpenSpending(record: RunRecord, calls: readonly SpentCall[]): RunRecord {
  const unique = [...new Map(calls.map((call) => [call.key, call])).values()];
  if (unique.length === 0) return record;
  return {
    ...record,
    stories: record.stories.map((entry) => {
      const calls = unique.filter((call) => call.story === entry.story.id);
      // Without a note of ours, what the run itself was told stands.
      if (calls.length === 0) return entry;
      const { openSpending: _earlier, ...rest } = entry;
      const open = openSpending(entry, calls);
      return open === undefined ? rest : { ...rest, openSpending: open };
    }),
  };
}

function openSpending(entry: StoryRecord, calls: readonly SpentCall[]): AgentSpending | undefined {
  const numbers = new Set(calls.map(({ attempt }) => attempt));
  const missing = [...numbers].map((number) => {
    const noted = calls
      .filter(({ attempt }) => attempt === number)
      .reduce((sum, { spending }) => addSpending(sum, spending), ZERO_SPENDING);
    const told = entry.attempts
      .filter((attempt) => attempt.number === number)
      .reduce((sum, { spending }) => addSpending(sum, spending), ZERO_SPENDING);
    return noted.modelCalls > told.modelCalls ? beyond(noted, told) : ZERO_SPENDING;
  });
  const sum = missing.reduce(addSpending, ZERO_SPENDING);
  return sum.modelCalls === 0 ? undefined : sum;
}

/** What `noted` has more than `told`; an unknown price stays unknown. */
function beyond(noted: AgentSpending, told: AgentSpending): AgentSpending {
  const more = (left: number, right: number): number => Math.max(0, left - right);
  return {
    turns: more(noted.turns, told.turns),
    modelCalls: more(noted.modelCalls, told.modelCalls),
    repeatedModelCalls: more(noted.repeatedModelCalls, told.repeatedModelCalls),
    usage: {
      inputTokens: more(noted.usage.inputTokens, told.usage.inputTokens),
      cachedInputTokens: more(noted.usage.cachedInputTokens, told.usage.cachedInputTokens),
      cacheWriteTokens: more(noted.usage.cacheWriteTokens, told.usage.cacheWriteTokens),
      outputTokens: more(noted.usage.outputTokens, told.usage.outputTokens),
      reasoningTokens: more(noted.usage.reasoningTokens, told.usage.reasoningTokens),
    },
    costMicroUsd:
      noted.costMicroUsd === null || told.costMicroUsd === null
        ? null
        : more(noted.costMicroUsd, told.costMicroUsd),
  };
}
