import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it, vi } from 'vitest';
import type { rlmWorkflow } from '../../src/workflows/rlm/rlm.js';
import { runSpending } from '../../src/domain/run/ralph-run.js';
import { fakeCall, fakeRef, fakeReply } from '../support/fake-activities.js';
import {
  endsOf,
  foundAnswer,
  replRequest,
  type RlmScript,
} from '../support/fake-rlm-activities.js';
import { RLM_INPUT, withQuestion } from '../support/rlm-workflow.js';
import { useDevelopmentServer, useTimeSkipping } from '../support/workflow-environment.js';

const timeSkipping = useTimeSkipping();
const says = () => fakeReply({ finishReason: 'stop', calls: [], preview: '```js …' });
const budget = (changes: Partial<typeof RLM_INPUT.options.budget>) => ({
  options: {
    ...RLM_INPUT.options,
    budget: { costMicroUsd: null, tokens: null, calls: null, ...changes },
  },
});

/** Cells that ask `first` in the first message and end with the second. */
function asking(
  first: ReturnType<typeof replRequest>[],
): Required<Pick<RlmScript, 'runCell' | 'callModel'>> {
  return {
    callModel: says,
    runCell: ({ what }, count) => {
      if (count === 1) return { isDone: false, requests: first, output: null };
      return what.kind === 'settle' ? {} : { final: foundAnswer() };
    },
  };
}

describe('a question over an input', () => {
  it('is stored, answered by code, and ends with the answer that was found', async () => {
    await withQuestion(
      timeSkipping(),
      { script: asking([replRequest(0), replRequest(1)]) },
      async ({ ended, fake }) => {
        const record = await ended();
        expect(record).toMatchObject({
          kind: 'rlm',
          status: 'passed',
          reason: 'answered',
          rlm: {
            route: 'repl',
            context: fakeRef(60),
            end: {
              status: 'answered',
              iterations: 2,
              subQueries: 2,
              depth: 0,
              answer: { preview: 'the answer' },
              journal: fakeRef(103),
            },
          },
        });
        expect(runSpending(record)).toMatchObject({ modelCalls: 4, turns: 2, costMicroUsd: 20 });
        // each end has the id of its question; which was answered first is nobody's promise
        const ends = endsOf(fake.cells[1] ?? neverAsked());
        expect(ends.map(({ id }) => id)).toEqual([0, 1]);
        expect(ends.every((end) => 'ref' in end)).toBe(true);
        // the second cell goes on behind the journal of the first
        expect(fake.cells.map(({ journal }) => journal)).toEqual([
          null,
          fakeRef(101),
          fakeRef(102),
        ]);
      },
    );
  });

  it('asks no more at once than the window holds', async () => {
    let open = 0;
    let most = 0;
    const script: RlmScript = {
      ...asking(Array.from({ length: 9 }, (_, id) => replRequest(id))),
      async askQuestion() {
        open += 1;
        most = Math.max(most, open);
        await new Promise((resolve) => setImmediate(resolve));
        open -= 1;
        return {};
      },
    };
    await withQuestion(timeSkipping(), { script }, async ({ ended }) => {
      expect((await ended()).rlm?.end?.subQueries).toBe(9);
      expect(most).toBeLessThanOrEqual(3);
    });
  });

  it('is answered by one call where the whole input fits, and by two where the first does not fit the schema', async () => {
    const script: RlmScript = {
      ingest: () => ({ direct: fakeRef(80) }),
      askQuestion: (_input, count) =>
        count === 1
          ? { answer: null, text: null, said: fakeRef(81), problems: ['count: expected number'] }
          : {},
    };
    await withQuestion(timeSkipping(), { script }, async ({ ended, fake }) => {
      expect((await ended()).rlm).toMatchObject({ route: 'direct', end: { status: 'answered' } });
      expect(fake.questions.map(({ previous }) => previous)).toEqual([
        null,
        { answer: fakeRef(81), problems: ['count: expected number'] },
      ]);
      expect(fake.cells).toEqual([]);
    });
  });
});

describe('what a question costs', () => {
  it('is taken out of the budget first: what does not fit fails in the code', async () => {
    const script = asking(Array.from({ length: 6 }, (_, id) => replRequest(id)));
    await withQuestion(
      timeSkipping(),
      { script, input: budget({ calls: 5 }) },
      async ({ ended, fake }) => {
        const record = await ended();
        expect(record.status).toBe('passed');
        // one call for each of the two messages of the model that asks
        expect(
          endsOf(fake.cells[1] ?? neverAsked()).map((end) => ('code' in end ? end.code : 'ok')),
        ).toEqual(['ok', 'ok', 'ok', 'BUDGET', 'BUDGET', 'BUDGET']);
        expect(runSpending(record).modelCalls).toBe(5);
      },
    );
  });

  it('ends it as exhausted when its own next message does not fit, with nothing made up', async () => {
    const script: RlmScript = { callModel: says };
    await withQuestion(
      timeSkipping(),
      { script, input: budget({ calls: 2 }) },
      async ({ ended }) => {
        const record = await ended();
        expect([record.status, record.rlm?.end?.status, record.rlm?.end?.answer]).toEqual([
          'failed',
          'exhausted',
          null,
        ]);
        expect(record.reason).toContain('the budget does not cover');
        expect(runSpending(record).modelCalls).toBe(2);
      },
    );
  });
});

describe('a failure', () => {
  it.each([
    ['ERR_PROVIDER_CONTEXT_OVERFLOW', 'OVERFLOW'],
    ['ERR_PROVIDER_REFUSAL', 'PROVIDER'],
    ['ERR_PROVIDER_BAD_REQUEST', 'PROVIDER'],
  ])('%s of one question is an error of the code', async (code, seen) => {
    const script: RlmScript = {
      ...asking([replRequest(0), replRequest(1)]),
      askQuestion: (_input, count) => {
        if (count === 1) throw ApplicationFailure.nonRetryable('no', code);
        return {};
      },
    };
    await withQuestion(timeSkipping(), { script }, async ({ ended, fake }) => {
      expect((await ended()).status).toBe('passed');
      const ends = endsOf(fake.cells[1] ?? neverAsked()).map((end) =>
        'code' in end ? end.code : 'ok',
      );
      expect(ends.toSorted()).toEqual([seen, 'ok'].toSorted());
    });
  });

  it('that concerns everything ends the run, and what was paid is counted', async () => {
    const script: RlmScript = {
      ...asking([replRequest(0)]),
      askQuestion: () => {
        throw ApplicationFailure.nonRetryable('the key is not accepted', 'ERR_PROVIDER_AUTH');
      },
    };
    await withQuestion(timeSkipping(), { script }, async ({ handle, fake }) => {
      await expect(handle.result()).rejects.toThrow();
      const record = fake.records.at(-1);
      expect([record?.status, record?.failure?.code]).toEqual(['failed', 'ERR_PROVIDER_AUTH']);
      expect(record === undefined ? 0 : runSpending(record).modelCalls).toBe(1);
    });
  });
});

describe('an answer', () => {
  it('is sent back once for each thing that is wrong with it', async () => {
    const finals = [
      { final: foundAnswer(), hasLooked: false },
      { final: foundAnswer({ problems: ['count: expected number'] }) },
      { final: foundAnswer({ missing: ['not there'] }) },
      { final: foundAnswer({ missing: ['not there'] }) },
    ];
    const script: RlmScript = {
      callModel: says,
      runCell: (_input, count) => finals[count - 1] ?? {},
    };
    await withQuestion(timeSkipping(), { script }, async ({ ended }) => {
      const record = await ended();
      expect([record.status, record.reason, record.rlm?.end?.iterations]).toEqual([
        'passed',
        'answered; 1 quotations are not in the input',
        4,
      ]);
    });
  });

  it('that still does not fit its schema is none', async () => {
    const script: RlmScript = {
      callModel: says,
      runCell: () => ({ final: foundAnswer({ problems: ['bad'] }) }),
    };
    await withQuestion(timeSkipping(), { script }, async ({ ended }) => {
      expect((await ended()).rlm?.end).toMatchObject({
        status: 'exhausted',
        answer: null,
        iterations: 2,
      });
    });
  });

  it('may come by a tool call; the last message is told to end', async () => {
    const script: RlmScript = {
      callModel: (_input, count) =>
        count === 1 ? says() : fakeReply({ calls: [fakeCall('final', { execution: 'workflow' })] }),
      runCell: ({ what }) => (what.kind === 'call' ? { final: foundAnswer() } : {}),
    };
    await withQuestion(
      timeSkipping(),
      { script, input: { maxIterations: 2 } },
      async ({ ended, fake }) => {
        expect((await ended()).status).toBe('passed');
        expect(JSON.stringify(fake.modelInputs.at(-1)?.newMessages)).toContain(
          'This is your last message',
        );
      },
    );
  });
});

describe('a REPL below', () => {
  it('answers with a part of the budget, one level down, and its cost is that of the question', async () => {
    const script: RlmScript = {
      callModel: says,
      runCell: ({ task, what }, count) => {
        if (task.depth === 1) return { final: foundAnswer() };
        if (count === 1)
          return { isDone: false, requests: [replRequest(0, { kind: 'rlm' })], output: null };
        return what.kind === 'settle' ? {} : { final: foundAnswer() };
      },
    };
    await withQuestion(
      timeSkipping(),
      { script, input: budget({ calls: 9 }) },
      async ({ ended, fake }) => {
        const record = await ended();
        expect(record.rlm?.end).toMatchObject({ status: 'answered', depth: 1 });
        expect(runSpending(record).modelCalls).toBe(3);
        const settled = fake.cells.find(({ what }) => what.kind === 'settle');
        expect(settled === undefined ? [] : endsOf(settled)).toEqual([{ id: 0, ref: fakeRef(62) }]);
      },
    );
  });

  it('that finds nothing is an error of the code', async () => {
    const script: RlmScript = {
      callModel: says,
      runCell: ({ task, what }, count) => {
        if (task.depth === 1) return {};
        if (count === 1)
          return { isDone: false, requests: [replRequest(0, { kind: 'rlm' })], output: null };
        return what.kind === 'settle' ? {} : { final: foundAnswer() };
      },
    };
    await withQuestion(timeSkipping(), { script }, async ({ ended, fake }) => {
      expect((await ended()).status).toBe('passed');
      const settled = fake.cells.find(({ what }) => what.kind === 'settle');
      expect(settled === undefined ? [] : endsOf(settled)).toMatchObject([
        { id: 0, code: 'EXHAUSTED' },
      ]);
    });
  });
});

/** A server on a busy machine takes its time. */
const PATIENT = { timeout: 20_000 };

describe('people', () => {
  const server = useDevelopmentServer();

  it('pause a question, tell it something, let it go on, and cancel it', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const script: RlmScript = {
      callModel: async (_input, count) => {
        if (count === 1) await held;
        return says();
      },
    };
    await withQuestion(server(), { script, input: { maxIterations: 50 } }, async (question) => {
      await vi.waitFor(() => expect(question.fake.modelInputs.length).toBe(1), PATIENT);
      expect(
        await question.update('message', { story: 'answer', text: 'Look at the end' }),
      ).toContain('told');
      await question.update('pause', { reason: 'lunch' });
      release();
      await vi.waitFor(
        async () => expect((await question.status()).status).toBe('paused'),
        PATIENT,
      );
      await question.update('resume', {});
      await vi.waitFor(
        () =>
          expect(
            JSON.stringify(question.fake.modelInputs.map(({ newMessages }) => newMessages)),
          ).toContain('Look at the end'),
        PATIENT,
      );
      const handle: WorkflowHandle<typeof rlmWorkflow> = question.handle;
      await handle.cancel();
      await expect(question.handle.result()).rejects.toThrow();
      expect(question.fake.records.at(-1)).toMatchObject({
        status: 'cancelled',
        stories: [{ status: 'skipped' }],
      });
    });
  });
});

function neverAsked(): never {
  throw new Error('the cell was not run');
}
