import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it, vi } from 'vitest';
import { ZERO_USAGE } from '../../src/domain/agent/model.js';
import { runSpending } from '../../src/domain/run/ralph-run.js';
import { fakeCall, fakeRef, fakeReply } from '../support/fake-activities.js';
import {
  endsOf,
  type FakeRlmActivities,
  foundAnswer,
  replRequest,
  type RlmScript,
} from '../support/fake-rlm-activities.js';
import { CELL, EARLIER, says, stood, type Mark } from '../support/rlm-marks.js';
import { RLM_INPUT, withQuestion } from '../support/rlm-workflow.js';
import { useDevelopmentServer, useTimeSkipping } from '../support/workflow-environment.js';

const timeSkipping = useTimeSkipping();
const UNREAD =
  'not all that the attempt before had noted can be read, so some of it is asked again: a blob is gone';

function notesOf({ events }: FakeRlmActivities): string[] {
  return events.filter(({ type }) => type === 'run.note').map(({ text }) => text ?? '');
}

/** Goes on, with a model whose next code ends it. */
function goingOn(mark: Mark, script: Partial<RlmScript> = {}): RlmScript {
  return {
    callModel: says,
    runCell: ({ what }) => (what.kind === 'settle' ? {} : { final: foundAnswer() }),
    ...script,
    findReplMark: ({ place }) => (place === '1' ? mark : {}),
  };
}

describe('a question that goes on', () => {
  it('gives an open cell what was answered, asks what was not, and pays nothing again', async () => {
    const requests = [0, 1, 2, 3, 4].map((id) => replRequest(id));
    const mark = stood(
      { cell: { index: null, result: { ...CELL, isDone: false, requests, output: null } } },
      [
        { id: 0, answer: fakeRef(70), text: null, preview: '' },
        { id: 2, said: fakeRef(72), problems: ['no JSON'], calls: 1 },
        { id: 3, said: fakeRef(73), problems: ['no list'], calls: 2 },
      ],
    );
    const subModel = { provider: 'fake', model: 'three' };
    const work = { script: goingOn(mark), input: { earlier: EARLIER, subModel } };
    await withQuestion(timeSkipping(), work, async ({ ended, fake }) => {
      const record = await ended();
      expect(record.rlm).toMatchObject({
        attempt: 2,
        place: '1',
        end: { status: 'answered', iterations: 3, subQueries: 8 },
      });
      // questions 1, 2 (once more) and 4, and one message
      expect(runSpending(record).modelCalls).toBe(4);
      expect(fake.questions.map(({ previous }) => previous)).toEqual(
        expect.arrayContaining([null, { answer: fakeRef(72), problems: ['no JSON'] }, null]),
      );
      const [settled] = fake.cells;
      expect(settled).toMatchObject({ journal: fakeRef(40), before: fakeRef(39) });
      expect(settled === undefined ? [] : endsOf(settled)).toMatchObject([
        { id: 0, ref: fakeRef(70) },
        { id: 1, ref: expect.anything() },
        { id: 2, ref: expect.anything() },
        { id: 3, code: 'SCHEMA' },
        { id: 4, ref: expect.anything() },
      ]);
      expect(fake.modelInputs.map(({ head }) => head)).toEqual([says().head]);
      // what they may cost is looked up for who is asked now
      expect(fake.marks.map((asked) => asked.subModel)).toEqual([subModel]);
      // what it notes itself is of the second attempt
      expect(fake.questions.map(({ mark: asked }) => [asked?.attempt, asked?.wave])).toEqual(
        Array.from({ length: 3 }, () => [2, fakeRef(40).digest]),
      );
    });
  });

  it('tells the model what a cell had shown that had ended', async () => {
    const script = goingOn(stood({ cell: { index: null, result: CELL } }));
    await withQuestion(
      timeSkipping(),
      { script, input: { earlier: EARLIER } },
      async (question) => {
        expect((await question.ended()).rlm?.end).toMatchObject({ iterations: 3, subQueries: 3 });
        expect(question.fake.modelInputs[0]?.newMessages).toEqual([
          { kind: 'user-ref', ref: fakeRef(41) },
        ]);
      },
    );
  });

  it('goes on with the conversation that was shortened last, and does not have that paid again', async () => {
    const shortened = { head: fakeRef(80), depth: 1, contextTokens: 100 };
    const reply = { ...says(), contextTokens: 1_000_000 };
    const script = goingOn(stood({ reply, shortened, cell: { index: null, result: CELL } }));
    await withQuestion(
      timeSkipping(),
      { script, input: { earlier: EARLIER } },
      async (question) => {
        expect((await question.ended()).rlm?.end).toMatchObject({ status: 'answered' });
        expect(question.fake.modelInputs[0]?.head).toEqual(fakeRef(80));
      },
    );
  });

  it('runs the code of a message that was paid, and carries out calls that were not', async () => {
    const calls = [0, 1, 2].map((index) =>
      fakeCall(`context_${index}`, { index, execution: 'workflow' }),
    );
    const pending = [
      { kind: 'tool', callId: 'call-0', name: 'x', isError: false, ref: fakeRef(8) },
    ];
    const mark = stood({
      reply: fakeReply({ calls }),
      pending: pending as never,
      cell: { index: 1, result: CELL },
    });
    const script = goingOn(mark, {
      runCell: ({ what }) => (what.kind === 'reply' ? { final: foundAnswer() } : {}),
    });
    await withQuestion(
      timeSkipping(),
      { script, input: { earlier: EARLIER } },
      async (question) => {
        await question.ended();
        const { cells, modelInputs } = question.fake;
        expect(cells.map(({ what }) => ('index' in what ? what.index : what.kind))).toEqual([
          2,
          'reply',
        ]);
        expect(
          modelInputs[0]?.newMessages.map((message) => 'name' in message && message.name),
        ).toEqual(['x', 'context_1', 'context_2']);
      },
    );
    const paid = goingOn(stood());
    await withQuestion(
      timeSkipping(),
      { script: paid, input: { earlier: EARLIER } },
      async (one) => {
        expect((await one.ended()).rlm?.end).toMatchObject({ status: 'answered', iterations: 3 });
        expect([one.fake.modelInputs.length, one.fake.cells.length]).toEqual([0, 1]);
      },
    );
  });

  it('goes on with its REPL where the turn is not known any more, and begins where nothing is', async () => {
    for (const journal of [fakeRef(40), null]) {
      const script = goingOn({ turn: null, journal, answers: [], unread: 'a blob is gone' });
      await withQuestion(
        timeSkipping(),
        { script, input: { earlier: EARLIER } },
        async (question) => {
          expect((await question.ended()).status).toBe('passed');
          expect(question.fake.cells.map((cell) => cell.journal)).toEqual([journal]);
          expect(notesOf(question.fake)).toEqual([UNREAD]);
        },
      );
    }
  });

  it('asks a REPL below under the name that it has in every attempt', async () => {
    const requests = [replRequest(0, { kind: 'rlm' })];
    const open = { ...CELL, isDone: false, requests, output: null };
    const below = `1/${fakeRef(40).digest.slice(0, 16)}.0`;
    const script: RlmScript = {
      callModel: says,
      runCell: ({ what }) => (what.kind === 'settle' ? {} : { final: foundAnswer() }),
      findReplMark: ({ place }) =>
        place === '1'
          ? stood({ cell: { index: null, result: open } })
          : stood({ cell: { index: null, result: { ...CELL, final: foundAnswer() } } }),
    };
    await withQuestion(
      timeSkipping(),
      { script, input: { earlier: EARLIER } },
      async (question) => {
        const record = await question.ended();
        expect(question.fake.marks.map(({ place, attempt }) => [place, attempt])).toEqual([
          ['1', 2],
          [below, 2],
        ]);
        // it had found its answer already: only the message of the one above is paid
        expect(runSpending(record).modelCalls).toBe(1);
        expect(endsOf(question.fake.cells[0] as never)).toEqual([{ id: 0, ref: fakeRef(62) }]);
      },
    );
  });

  it('repairs an answer in one call that did not fit its schema', async () => {
    const script: RlmScript = {
      ingest: () => ({ direct: fakeRef(80) }),
      findReplMark: () => ({
        answers: [{ id: 0, said: fakeRef(81), problems: ['bad'], calls: 1 }],
      }),
    };
    await withQuestion(
      timeSkipping(),
      { script, input: { earlier: EARLIER } },
      async (question) => {
        expect((await question.ended()).rlm).toMatchObject({
          route: 'direct',
          end: { status: 'answered' },
        });
        expect(question.fake.questions.map(({ previous }) => previous)).toEqual([
          { answer: fakeRef(81), problems: ['bad'] },
        ]);
      },
    );
    const known = { id: 0, answer: fakeRef(82), text: fakeRef(83), preview: 'Two.' };
    const answered: RlmScript = {
      ...script,
      findReplMark: () => ({ answers: [known], unread: 'a blob is gone' }),
    };
    await withQuestion(
      timeSkipping(),
      { script: answered, input: { earlier: EARLIER } },
      async ({ ended, fake }) => {
        expect((await ended()).rlm?.end).toMatchObject({
          status: 'answered',
          answer: { ref: fakeRef(83), json: fakeRef(82), preview: 'Two.' },
        });
        expect(fake.questions).toEqual([]);
        expect(notesOf(fake)).toEqual([UNREAD]);
      },
    );
  });
});

describe('a word that comes while it is looked where a question goes on', () => {
  const server = useDevelopmentServer();

  /** Says it when nothing of the turn before has been taken over yet. */
  async function saidMeanwhile(mark: Mark, script: Partial<RlmScript>): Promise<FakeRlmActivities> {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const holding: RlmScript = {
      ...goingOn(mark, script),
      findReplMark: async () => {
        await held;
        return mark;
      },
    };
    const work = { script: holding, input: { earlier: EARLIER } };
    return withQuestion(server(), work, async (question) => {
      await vi.waitFor(() => expect(question.fake.marks).toHaveLength(1), { timeout: 20_000 });
      await question.update('message', { story: 'answer', text: 'Look at the end' });
      release();
      expect((await question.ended()).status).toBe('passed');
      return question.fake;
    });
  }

  const word = { kind: 'user', text: expect.stringContaining('Look at the end') };

  it('stands behind the results of the calls that were made', async () => {
    const calls = [0, 1].map((index) =>
      fakeCall(`context_${index}`, { index, execution: 'workflow' }),
    );
    const mark = stood({ reply: fakeReply({ calls }), cell: { index: 0, result: CELL } });
    const fake = await saidMeanwhile(mark, {
      runCell: ({ what }) => (what.kind === 'reply' ? { final: foundAnswer() } : {}),
    });
    expect(fake.modelInputs[0]?.newMessages).toEqual([
      expect.objectContaining({ kind: 'tool', name: 'context_0' }),
      expect.objectContaining({ kind: 'tool', name: 'context_1' }),
      word,
    ]);
  });

  it('is told a model whose code had found its answer: it goes on with it', async () => {
    const mark = stood({ cell: { index: null, result: { ...CELL, final: foundAnswer() } } });
    const fake = await saidMeanwhile(mark, {});
    expect(fake.modelInputs.map(({ newMessages }) => newMessages)).toEqual([
      [{ kind: 'user-ref', ref: fakeRef(41) }, word],
    ]);
  });
});

describe('a REPL below that failed', () => {
  const spent = {
    turns: 1,
    modelCalls: 7,
    repeatedModelCalls: 1,
    usage: { ...ZERO_USAGE, inputTokens: 700, outputTokens: 70 },
    costMicroUsd: 35,
  };

  it('has spent what it has spent: of the budget, and in the totals', async () => {
    const script: RlmScript = {
      callModel: says,
      runCell: ({ task, what }, count) => {
        if (task.depth === 1)
          throw ApplicationFailure.nonRetryable('moved on', 'ERR_JOURNAL_MISMATCH');
        if (count === 1)
          return { isDone: false, requests: [replRequest(0, { kind: 'rlm' })], output: null };
        if (count === 3)
          return { isDone: false, requests: [replRequest(1), replRequest(2)], output: null };
        return what.kind === 'settle' ? {} : { final: foundAnswer() };
      },
      spentBelow: () => spent,
    };
    const budget = { costMicroUsd: null, tokens: null, calls: 10 };
    const input = { options: { ...RLM_INPUT.options, budget } };
    await withQuestion(timeSkipping(), { script, input }, async ({ ended, fake }) => {
      const record = await ended();
      expect(record.status).toBe('passed');
      // two messages, seven calls below, and the one question that was left
      expect(runSpending(record)).toMatchObject({ modelCalls: 10, repeatedModelCalls: 1 });
      const codes = fake.cells
        .flatMap((cell) => endsOf(cell))
        .map((end) => 'code' in end && end.code);
      expect(new Set(codes)).toEqual(new Set(['BUDGET', 'EXHAUSTED', false]));
    });
  });
});
