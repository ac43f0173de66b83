import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { bindSteps } from '../../../../src/activities/lib/step.js';
import { findReplMarkStep } from '../../../../src/activities/rlm/find-repl-mark.js';
import type { RlmDependencies } from '../../../../src/activities/rlm/rlm-dependencies.js';
import { spentBelowStep } from '../../../../src/activities/rlm/spent-below.js';
import { ZERO_USAGE, type ModelReference } from '../../../../src/domain/agent/model.js';
import type { BlobRef } from '../../../../src/domain/blob.js';
import { InvalidInputError } from '../../../../src/domain/light/error.js';
import type { ReplNote } from '../../../../src/domain/rlm/repl-note.js';
import { openRlmState } from '../../../../src/domain/rlm/rlm-task.js';
import type { SpentCall } from '../../../../src/domain/run/spent-call.js';
import { fakeRef, fakeReply } from '../../../support/fake-activities.js';
import { replRequest } from '../../../support/fake-rlm-activities.js';
import { MemoryBlobs } from '../../../support/rlm-bench.js';

const RLM = openRlmState({ journal: null } as never);
const reply = fakeReply({ head: fakeRef(1) });
const result = {
  journal: fakeRef(40),
  stateHash: 'h',
  isDone: false,
  requests: [],
  output: null,
  isError: false,
  hasLooked: true,
  isProse: false,
  final: null,
};

/** Notes as workers write them: of one REPL, in its first attempt. */
async function notebook() {
  const blobs = new MemoryBlobs();
  const put = (value: object): Promise<BlobRef> =>
    blobs.put(JSON.stringify({ version: 1, ...value }));
  const common = { version: 1, place: '1', attempt: 1 } as const;
  const asked: ReplNote = {
    ...common,
    kind: 'reply',
    conversation: reply.head.digest,
    mark: await put({ rlm: RLM, reply }),
  };
  const ran: ReplNote = {
    ...common,
    kind: 'cell',
    conversation: reply.head.digest,
    journal: fakeRef(40),
    mark: await put({ rlm: { ...RLM, iterations: 1 }, pending: [], index: null, result }),
  };
  const answer = (id: number, fields: object): ReplNote => ({
    ...common,
    kind: 'answer',
    wave: fakeRef(40).digest,
    id,
    call: 1,
    answer: null,
    text: null,
    misfit: null,
    ...fields,
  });
  const said = await blobs.put('no list');
  const yes = await blobs.put('"yes"');
  const misfit = await put({ said, problems: ['no JSON'] });
  const text = await blobs.put('yes');
  const dependenciesOf = (notes: readonly ReplNote[]): RlmDependencies =>
    ({ blobs, readReplNotes: async () => notes }) as unknown as RlmDependencies;
  const find = (notes: readonly ReplNote[], fields: object = {}) =>
    findReplMarkStep.run(
      findReplMarkStep.input.parse({ runId: 'r', place: '1', attempt: 2, ...fields }) as never,
      {
        dependencies: dependenciesOf(notes),
      } as never,
    );
  return { blobs, put, dependenciesOf, asked, ran, answer, said, yes, misfit, text, find };
}

describe('where an attempt before had come to', () => {
  it('is its last turn, with what its open questions were answered', async () => {
    const { asked, ran, answer, said, yes, misfit, text, find } = await notebook();
    const notes = [
      asked,
      answer(9, { wave: 'of an earlier wave', answer: fakeRef(1) }),
      ran,
      answer(0, { answer: yes, text }),
      answer(1, { misfit }),
      answer(1, { misfit, call: 2 }),
      answer(2, { misfit }),
      answer(2, { call: 2, answer: yes }),
    ];
    expect(await find(notes)).toEqual({
      turn: {
        reply,
        rlm: { ...RLM, iterations: 1 },
        pending: [],
        cell: { index: null, result },
      },
      journal: fakeRef(40),
      answers: [
        { id: 0, answer: yes, text: null, preview: '' },
        { id: 1, said, problems: ['no JSON'], calls: 2 },
        { id: 2, answer: yes, text: null, preview: '' },
      ],
    });
  });

  it('is a conversation that was shortened since, as often as it was', async () => {
    const { put, asked, ran, find } = await notebook();
    const shorter = (from: BlobRef, mark: BlobRef): ReplNote => ({
      version: 1,
      kind: 'compaction',
      place: '1',
      attempt: 1,
      conversation: from.digest,
      mark,
    });
    const first = { head: fakeRef(71), depth: 1, contextTokens: 90 };
    const second = { head: fakeRef(72), depth: 1, contextTokens: 50 };
    const notes = [
      asked,
      ran,
      shorter(fakeRef(9), await put(second)),
      shorter(reply.head, await put(first)),
      shorter(first.head, await put(second)),
    ];
    expect((await find(notes)).turn).toMatchObject({ reply, shortened: second });
    expect((await find(notes.slice(0, 4))).turn).toMatchObject({ reply, shortened: first });
    expect((await find(notes.slice(0, 3))).turn).not.toHaveProperty('shortened');
  });

  it('is the whole of a large wave, however long its questions, answers and problems are', async () => {
    const { blobs, put, dependenciesOf, asked, ran, answer, said, yes } = await notebook();
    const requests = Array.from({ length: 200 }, (_, id) =>
      replRequest(id, { problem: 'ü'.repeat(500) }),
    );
    const mark = await put({ rlm: RLM, pending: [], index: null, result: { ...result, requests } });
    const text = await blobs.put('x'.repeat(500));
    const problems = Array.from({ length: 40 }, () => 'ü'.repeat(5000));
    const misfit = await put({ said, problems });
    const notes = [
      asked,
      { ...ran, mark } as ReplNote,
      ...Array.from({ length: 199 }, (_, id) =>
        answer(id, id % 2 === 0 ? { answer: yes, text } : { misfit }),
      ),
    ];
    const { findReplMark } = bindSteps(dependenciesOf(notes), { findReplMark: findReplMarkStep });
    const request = { runId: 'r', place: '1', attempt: 2 };
    const found = (await new MockActivityEnvironment().run(() => findReplMark(request))) as Awaited<
      ReturnType<typeof findReplMark>
    >;
    expect(found.turn?.cell?.result.requests).toEqual(requests);
    const told = Array.from({ length: 3 }, () => `${'ü'.repeat(199)}…`);
    expect(found.answers).toEqual(
      Array.from({ length: 199 }, (_, id) =>
        id % 2 === 0
          ? { id, answer: yes, text: null, preview: '' }
          : { id, said, problems: told, calls: 1 },
      ),
    );
  });

  it('holds what is open to the price of who is asked now', async () => {
    const { blobs, put, dependenciesOf, asked, ran } = await notebook();
    const question = await blobs.put(
      JSON.stringify({
        prompt: 'Which?',
        instruction: null,
        schema: null,
        model: null,
        maxTokens: 50,
        context: null,
        round: 0,
      }),
    );
    const requests = [
      replRequest(0, { question }),
      replRequest(1, { question, model: 'fake/named' }),
      replRequest(2, { question, kind: 'rlm' }),
      replRequest(3, { question, problem: 'none' }),
    ];
    const mark = await put({ rlm: RLM, pending: [], index: null, result: { ...result, requests } });
    const needsOf = async (cost: number | null, subModel?: ModelReference) => {
      const dependencies = {
        ...dependenciesOf([asked, { ...ran, mark } as ReplNote]),
        providers: { resolve: () => ({ costOf: () => cost }) },
      };
      const found = await findReplMarkStep.run({ runId: 'r', place: '1', attempt: 2, subModel }, {
        dependencies,
      } as never);
      return found.turn?.cell?.result.requests.map(({ needed }) => needed);
    };
    const noted = requests.map(({ needed }) => needed);
    expect(await needsOf(900)).toEqual(noted);
    for (const cost of [900, null]) {
      const now = { costMicroUsd: cost, tokens: expect.any(Number) as number, calls: 1 };
      const model = { provider: 'fake', model: 'three' };
      expect(await needsOf(cost, model)).toEqual([now, ...noted.slice(1)]);
    }
  });

  it('is the answer itself, where one call was to give it', async () => {
    const { answer, yes, text, find } = await notebook();
    const direct = answer(0, { wave: 'question', answer: yes, text });
    expect(await find([direct], { wave: 'question' })).toEqual({
      turn: null,
      journal: null,
      answers: [{ id: 0, answer: yes, text, preview: 'yes' }],
    });
  });

  it('is a message whose code has not been run, a journal alone, or nothing', async () => {
    const { asked, ran, find } = await notebook();
    expect(await find([asked])).toMatchObject({ turn: { reply, cell: null }, journal: null });
    expect(await find([ran])).toEqual({ turn: null, journal: fakeRef(40), answers: [] });
    expect(await find([])).toEqual({ turn: null, journal: null, answers: [] });
  });

  it('is that of its own name and of attempts before, whenever a late word came', async () => {
    const { asked, ran, find } = await notebook();
    expect(await find([asked, ran], { place: '2' })).toMatchObject({ turn: null, journal: null });
    expect(await find([asked, ran], { attempt: 1 })).toMatchObject({ turn: null, journal: null });
    const second = { ...ran, attempt: 2, journal: fakeRef(41) };
    expect(await find([asked, second, ran], { attempt: 3 })).toMatchObject({
      journal: fakeRef(41),
    });
  });
});

describe('what cannot be read of an attempt before', () => {
  it('is left out, with the reason: a turn that is damaged or gone, answers, and the notes themselves', async () => {
    const { blobs, asked, ran, answer, yes, find } = await notebook();
    const notes = [asked, ran, answer(0, { answer: yes }), answer(1, { answer: fakeRef(70) })];
    const known = [{ id: 0, answer: yes, text: null, preview: '' }];
    const gone = `blob ${fakeRef(70).digest} is not in the store`;
    expect(await find(notes)).toMatchObject({ turn: { reply }, answers: known, unread: gone });
    const damaged = { ...asked, mark: await blobs.put('{') } as ReplNote;
    expect(await find([damaged, ran])).toEqual({
      turn: null,
      journal: fakeRef(40),
      answers: [],
      unread: 'a note of it is not what it was written as',
    });
    const lost = { ...ran, mark: fakeRef(70) } as ReplNote;
    expect(await find([asked, lost])).toEqual({
      turn: null,
      journal: fakeRef(40),
      answers: [],
      unread: gone,
    });
  });

  it('counts as none where it is the notes themselves', async () => {
    const error = new InvalidInputError('ERR_FILE_UNSUITABLE', {
      message: 'repl.ndjson cannot be used: it is larger than 128 MiB',
      where: { file: 'repl.ndjson' },
      hint: 'none',
    });
    const found = findReplMarkStep.run({ runId: 'r', place: '1', attempt: 2 }, {
      dependencies: { readReplNotes: () => Promise.reject(error) },
    } as never);
    expect(await found).toEqual({
      turn: null,
      journal: null,
      answers: [],
      unread: error.message,
    });
  });
});

describe('what a workflow has spent that ended without a result', () => {
  it('is every call below it, once', async () => {
    const call = (key: string, modelCalls = 1): SpentCall => ({
      key,
      story: 'answer',
      attempt: 1,
      spending: {
        turns: 0,
        modelCalls,
        repeatedModelCalls: 0,
        usage: { ...ZERO_USAGE, inputTokens: 10 },
        costMicroUsd: 2,
      },
    });
    const noted = [
      'a/rlm/1-0/x#1.0',
      'a/rlm/1-0/x#1.0',
      'a/rlm/1-0/rlm/2-1/y#1.0',
      'a/rlm/1-01/z#1.0',
      'a/q#1.0',
    ];
    const spending = await spentBelowStep.run({ runId: 'r', workflowId: 'a/rlm/1-0' }, {
      dependencies: { readSpentCalls: async () => noted.map((key) => call(key)) },
    } as never);
    expect(spending).toMatchObject({ modelCalls: 2, costMicroUsd: 4, usage: { inputTokens: 20 } });
  });
});
