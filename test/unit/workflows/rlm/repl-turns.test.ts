import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { CellResult } from '../../../../src/activities/rlm/run-cell.js';
import type { AgentInput, AgentState } from '../../../../src/domain/agent/agent.js';
import { NO_BUDGET, NO_USE } from '../../../../src/domain/run/budget.js';
import { openRlmState, type RlmTask } from '../../../../src/domain/rlm/rlm-task.js';
import { QuestionDesk } from '../../../../src/workflows/rlm/question-desk.js';
import type { ReplOwner } from '../../../../src/workflows/rlm/repl-owner.js';
import { ReplTurns } from '../../../../src/workflows/rlm/repl-turns.js';
import { SubRepls } from '../../../../src/workflows/rlm/sub-repls.js';
import { fakeCall, fakeRef, fakeReply } from '../../../support/fake-activities.js';
import { foundAnswer, replRequest } from '../../../support/fake-rlm-activities.js';

vi.mock('@temporalio/workflow', async (original) => ({
  ...(await original<object>()),
  condition: async (isMet: () => boolean) => {
    while (!isMet()) await new Promise((resolve) => setImmediate(resolve));
  },
}));

const TASK: RlmTask = {
  context: fakeRef(60),
  depth: 0,
  maxDepth: 1,
  maxIterations: 3,
  subModel: { provider: 'fake', model: 'two' },
  subWindow: 1000,
  schema: null,
  parallel: 2,
  journal: null,
};
const CELL: CellResult = {
  journal: fakeRef(1),
  stateHash: 'hash',
  isDone: true,
  requests: [],
  output: { ref: fakeRef(2), preview: 'shown' },
  isError: false,
  hasLooked: true,
  isProse: false,
  final: null,
};

let cells: Partial<CellResult>[];
let said: unknown[];
let asked: { key: { index: number } }[];
let lease: typeof NO_BUDGET | null;
let state: AgentState;

beforeEach(() => {
  [cells, said, asked, lease] = [[], [], [], null];
});

/** An agent of which only what its REPL uses is there. */
function owner(): ReplOwner {
  let step = 0;
  const spending = { turns: 1 };
  state = { spending, rlm: openRlmState(TASK) } as unknown as AgentState;
  return {
    input: { runId: 'r' } as AgentInput,
    state,
    spender: { isPaused: false, leaseLeft: () => lease },
    steps: {
      run: async (name: string, call: never) => {
        if (name === 'runCell') return { ...CELL, ...cells.shift() };
        asked.push(call);
        return { answer: fakeRef(9), said: null, problems: [] };
      },
    },
    events: { add: () => undefined },
    scope: 'w',
    nextStep: () => (step += 1),
    do: () => undefined,
    say: (message: object) => void said.push(message),
    charge: () => undefined,
    nextTurn: () => NO_USE,
  } as unknown as ReplOwner;
}

describe('the turns of a REPL', () => {
  it('tell what a cell showed, and end with the answer that was found', async () => {
    const turns = new ReplTurns(owner(), TASK);
    expect(await turns.takeReply(fakeReply())).toBeUndefined();
    cells = [{ final: foundAnswer() }];
    expect(await turns.takeReply(fakeReply())).toMatchObject({
      outcome: 'done',
      rlm: { status: 'answered', iterations: 2, stateHash: 'hash' },
    });
    expect(said[0]).toEqual({ kind: 'user-ref', ref: fakeRef(2) });
    expect(turns.end?.reason).toBe('answered');
  });

  it('say what is wrong with a message without code, and give up after four', async () => {
    const turns = new ReplTurns(owner(), { ...TASK, maxIterations: 9 });
    cells = Array.from({ length: 4 }, () => ({ isProse: true, output: null }));
    const replies = [
      fakeReply({ finishReason: 'length' }),
      fakeReply({ preview: '' }),
      fakeReply(),
      fakeReply(),
    ];
    const ends = [];
    for (const reply of replies) ends.push((await turns.takeReply(reply))?.rlm.status);
    expect(ends).toEqual([undefined, undefined, undefined, 'exhausted']);
    expect(said.map((message) => (message as { text: string }).text.split('.')[0])).toEqual([
      'Your message was cut off before its code ended',
      'Your message was empty',
      'Your message held no code, so nothing ran and nothing was answered',
    ]);
  });

  it('answer a tool call with what its cell showed', async () => {
    const turns = new ReplTurns(owner(), TASK);
    turns.begins();
    expect(
      await turns.takeCall(fakeCall('context_head', { execution: 'workflow' }), fakeRef(3)),
    ).toMatchObject({ result: 'hash', progress: ['hash'] });
    expect(said[0]).toMatchObject({
      kind: 'tool',
      name: 'context_head',
      isError: false,
      ref: fakeRef(2),
    });
    expect(turns.exhausted('why')).toMatchObject({
      outcome: 'limit',
      rlm: { status: 'exhausted', answer: null, reason: 'why' },
    });
  });
});

describe('an end without an answer', () => {
  const span = (start: number) => ({
    quote: `q${start}`,
    start,
    end: start + 2,
    line: 1,
    source: '',
  });

  it('has what the last cells saw, the newest first, each place once', async () => {
    const turns = new ReplTurns(owner(), { ...TASK, maxIterations: 9 });
    cells = [{ seen: [1, 2, 3].map(span) }, {}, { seen: [9, 2].map(span) }];
    for (let turn = 0; turn < 3; turn += 1) await turns.takeReply(fakeReply());
    expect(turns.exhausted('why').rlm.evidence).toEqual([9, 2, 1, 3].map(span));
  });

  it('has no more than ten of them, and an answer has none of them', async () => {
    const turns = new ReplTurns(owner(), { ...TASK, maxIterations: 9 });
    cells = [0, 10, 20].map((from) => ({ seen: [0, 1, 2, 3, 4].map((at) => span(from + at)) }));
    for (let turn = 0; turn < 3; turn += 1) await turns.takeReply(fakeReply());
    expect(turns.exhausted('why').rlm.evidence.map(({ start }) => start)).toEqual([
      20, 21, 22, 23, 24, 10, 11, 12, 13, 14,
    ]);
    cells = [{ final: foundAnswer() }];
    expect((await turns.takeReply(fakeReply()))?.rlm.evidence).toEqual([]);
  });
});

describe('the desk of questions', () => {
  const desk = (): QuestionDesk => {
    const from = owner();
    return new QuestionDesk(from, TASK, new SubRepls(from, TASK, () => null));
  };

  it('gives ends in the order of the questions, each call with a key of its own', async () => {
    expect(await desk().ask([replRequest(4), replRequest(5), replRequest(6)])).toEqual(
      [4, 5, 6].map((id) => ({ id, ref: fakeRef(9) })),
    );
    expect(new Set(asked.map(({ key }) => key.index)).size).toBe(3);
  });

  it('asks nothing that the budget does not cover, and no model that nobody names', async () => {
    lease = { ...NO_BUDGET, tokens: 150 };
    const ends = await desk().ask([
      replRequest(0, { needed: { costMicroUsd: null, tokens: 200, calls: 1 } }),
      replRequest(1),
      replRequest(2, { model: 'nonsense' }),
    ]);
    expect(ends).toMatchObject([
      { id: 0, code: 'BUDGET' },
      { id: 1, ref: fakeRef(9) },
      { id: 2, code: 'PROVIDER' },
    ]);
    expect(asked.length).toBe(1);
  });

  it('takes a repair out of the budget as well, and asks nothing that was refused before it was sent', async () => {
    lease = { ...NO_BUDGET, tokens: 130 };
    const [bad, refused] = await desk().ask([
      replRequest(0, { hasSchema: true, needed: { costMicroUsd: null, tokens: 110, calls: 1 } }),
      replRequest(1, { problem: 'a schema of a question may hold no pattern' }),
    ]);
    expect(refused).toEqual({
      id: 1,
      code: 'INVALID',
      message: 'a schema of a question may hold no pattern',
    });
    expect(bad).toEqual({ id: 0, ref: fakeRef(9) });
    lease = { ...NO_BUDGET, costMicroUsd: 100 };
    const unpriced = replRequest(2, { needed: { costMicroUsd: null, tokens: 1, calls: 1 } });
    expect(await desk().ask([unpriced])).toMatchObject([{ id: 2, code: 'BUDGET' }]);
  });
});

describe('a cell that asks again whatever it is told', () => {
  it('ends the question when nothing but the end of the budget is answered', async () => {
    lease = { ...NO_BUDGET, calls: 0 };
    cells = Array.from({ length: 9 }, (_, id) => ({
      isDone: false,
      output: null,
      requests: [replRequest(id)],
    }));
    const end = await new ReplTurns(owner(), TASK).takeReply(fakeReply());
    expect(end?.rlm).toMatchObject({ status: 'exhausted', reason: 'the budget is used up' });
    expect(asked).toEqual([]);
  });

  it('is a defect when it waits for what was not told', async () => {
    cells = [{ isDone: false, output: null, requests: [] }];
    await expect(new ReplTurns(owner(), TASK).takeReply(fakeReply())).rejects.toMatchObject({
      type: 'ERR_RLM_ENGINE',
    });
  });
});
