import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assembleCompacted,
  estimateTokens,
  planCompaction,
  summaryBudget,
} from '../../../../src/activities/model/compaction.js';
import type { Message } from '../../../../src/domain/agent/conversation.js';

const system: Message = { role: 'system', content: 'rules' };
const goal: Message = { role: 'user', content: 'build the thing' };

function turn(number: number, size: number, isError = false): Message[] {
  const id = `call_${number}`;
  return [
    {
      role: 'assistant',
      content: `step ${number}`,
      toolCalls: [{ id, name: 'bash', arguments: `{"command":"run ${number}"}` }],
    },
    {
      role: 'tool',
      callId: id,
      name: 'bash',
      content: `out ${number} ${'x'.repeat(size)}`,
      isError,
    },
  ];
}

const conversation = (turns: number, size: number): Message[] => [
  system,
  goal,
  ...Array.from({ length: turns }, (_, index) => turn(index + 1, size)).flat(),
];

describe('compaction', () => {
  it('keeps system prompt, goal and the latest turns verbatim, and summarises the rest', () => {
    const messages = conversation(20, 200);
    const plan = planCompaction(messages, 2000);
    const compacted = assembleCompacted(plan, { summary: 'did steps', contextWindow: 2000 }, [
      { content: 'write tests', status: 'pending' },
    ]);
    expect(compacted[0]).toEqual(system);
    expect(compacted[1]?.content).toContain('build the thing');
    expect(compacted[1]?.content).toContain('did steps');
    expect(compacted[1]?.content).toContain('[ ] write tests');
    expect(compacted.slice(2)).toEqual(messages.slice(messages.length - compacted.length + 2));
    expect(compacted.at(-1)).toEqual(messages.at(-1));
    expect(plan.source).toContain('step 1');
    expect(plan.source).not.toContain('step 20');
  });

  it('names the last failing result among the summarised turns', () => {
    const messages = [system, goal, ...turn(1, 10, true), ...turn(2, 10), ...turn(3, 900)];
    expect(planCompaction(messages, 1000).lastFailure).toContain('out 1');
  });

  it('finds the goal again in a conversation that was compacted before', () => {
    const first = assembleCompacted(
      planCompaction(conversation(20, 200), 2000),
      { summary: 'first summary', contextWindow: 2000 },
      [],
    );
    const again = planCompaction(
      [...first, ...Array.from({ length: 20 }, (_, index) => turn(index + 30, 200)).flat()],
      2000,
    );
    expect(again.goal).toBe('build the thing');
    expect(again.source).toContain('first summary');
  });

  it('leaves a conversation of one turn without a summary', () => {
    const plan = planCompaction([system, goal, ...turn(1, 10)], 1000);
    expect(plan.source).toBe('');
    expect(assembleCompacted(plan, { summary: '', contextWindow: 2000 }, [])).toEqual([
      system,
      goal,
      ...turn(1, 10),
    ]);
  });

  it('stays under 40 % of the window and never parts a call from its result', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(6000), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 4000, max: 50_000 }),
        (sizes, contextWindow) => {
          const messages = [system, goal, ...sizes.flatMap((size, index) => turn(index + 1, size))];
          const plan = planCompaction(messages, contextWindow);
          const summary = 's'.repeat(summaryBudget(plan, contextWindow) * 3);
          const compacted = assembleCompacted(plan, { summary, contextWindow }, []);
          expect(compacted[2]?.role).toBe('assistant');
          // The last failing result and headings come on top of the budgeted parts.
          expect(estimateTokens(compacted)).toBeLessThanOrEqual(contextWindow * 0.4 + 700);
          const calls = compacted.flatMap((message) =>
            message.role === 'assistant' ? message.toolCalls.map((call) => call.id) : [],
          );
          const results = compacted.flatMap((message) =>
            message.role === 'tool' ? [message.callId] : [],
          );
          expect(results).toEqual(calls);
        },
      ),
      { numRuns: 100 },
    );
  });
});
