import { ApplicationFailure } from '@temporalio/common';
import type { RlmInput } from '../../src/contracts/rlm.js';
import { fakeRef } from '../support/fake-activities.js';
import { foundAnswer, replRequest, type RlmScript } from '../support/fake-rlm-activities.js';
import { CELL, EARLIER, says, stood } from '../support/rlm-marks.js';
import { RLM_INPUT } from '../support/rlm-workflow.js';

/** One path through the workflow of a question over an input. */
export interface RlmScenario {
  readonly kind: 'rlm';
  readonly script: RlmScript;
  readonly input?: Partial<RlmInput>;
  /** What a person says while it is looked where the question goes on, and who is told that it was said. */
  readonly word?: { readonly text: string; readonly said: () => void };
}

const toolRequest = (id: number, fields = {}) =>
  replRequest(id, {
    kind: 'tool',
    tool: 'grep',
    needed: { costMicroUsd: 0, tokens: 0, calls: 0 },
    ...fields,
  });
const budget = { costMicroUsd: null, tokens: null, calls: 5 };

/** What was open in the attempt before: five questions, of which three were answered in one way or another. */
const openWave = stood(
  {
    cell: {
      index: null,
      result: {
        ...CELL,
        isDone: false,
        output: null,
        requests: [0, 1, 2, 3, 4].map((id) => replRequest(id)),
      },
    },
  },
  [
    { id: 0, answer: fakeRef(70), text: null, preview: '' },
    { id: 2, said: fakeRef(72), problems: ['no JSON'], calls: 1 },
    { id: 3, said: fakeRef(73), problems: ['no list'], calls: 2 },
  ],
);
const found = stood({ cell: { index: null, result: { ...CELL, final: foundAnswer() } } });

let saidIt: () => void = () => undefined;
const wordSaid = new Promise<void>((resolve) => {
  saidIt = resolve;
});

/** Every path of a question that has a recorded history. */
export const rlmScenarios: Readonly<Record<string, RlmScenario>> = {
  'rlm-questions': {
    kind: 'rlm',
    script: {
      callModel: says,
      runCell: ({ what }, count) => {
        if (count === 1)
          return {
            isDone: false,
            output: null,
            requests: [0, 1, 2, 3].map((id) => replRequest(id)),
          };
        if (what.kind === 'settle') return {};
        return { final: foundAnswer(count === 3 ? { missing: ['nowhere'] } : {}) };
      },
      askQuestion: (_input, count) =>
        count === 2 ? { answer: null, said: fakeRef(81), problems: ['no JSON'] } : {},
    },
  },
  'rlm-below': {
    kind: 'rlm',
    input: { options: { ...RLM_INPUT.options, budget } },
    script: {
      callModel: says,
      runCell: ({ task, what }, count) => {
        if (task.depth === 1) return { final: foundAnswer() };
        if (count === 1)
          return {
            isDone: false,
            output: null,
            requests: [replRequest(0, { kind: 'rlm' }), replRequest(1)],
          };
        return what.kind === 'settle' ? {} : { final: foundAnswer() };
      },
    },
  },
  'rlm-host-tools': {
    kind: 'rlm',
    input: {
      options: { ...RLM_INPUT.options, budget },
      tools: { names: ['grep'], workspace: { id: 'key/run/view', workdir: '.' } },
    },
    script: {
      callModel: says,
      executeTool: (_input, count) =>
        count === 2 ? { isError: true, preview: 'no such file' } : {},
      runCell: ({ task, what }, count) => {
        if (task.depth === 1 && what.kind !== 'settle')
          return { isDone: false, output: null, requests: [toolRequest(0)] };
        if (task.depth === 1) return { final: foundAnswer() };
        if (count === 1)
          return {
            isDone: false,
            output: null,
            requests: [
              toolRequest(0),
              toolRequest(1),
              toolRequest(2, { problem: 'not passed', problemCode: 'DENIED' }),
              replRequest(3, { kind: 'rlm' }),
              replRequest(4),
            ],
          };
        return what.kind === 'settle' ? {} : { final: foundAnswer() };
      },
    },
  },
  'rlm-goes-on': {
    kind: 'rlm',
    input: { earlier: EARLIER },
    script: {
      callModel: says,
      findReplMark: () => openWave,
      runCell: ({ what }) => (what.kind === 'settle' ? {} : { final: foundAnswer() }),
    },
  },
  'rlm-word': {
    kind: 'rlm',
    input: { earlier: EARLIER },
    script: {
      callModel: says,
      findReplMark: async () => {
        await wordSaid;
        return found;
      },
      runCell: () => ({ final: foundAnswer() }),
    },
    word: { text: 'Look at the end', said: () => saidIt() },
  },
  'rlm-below-failed': {
    kind: 'rlm',
    script: {
      callModel: says,
      runCell: ({ task, what }, count) => {
        if (task.depth === 1)
          throw ApplicationFailure.nonRetryable('moved on', 'ERR_JOURNAL_MISMATCH');
        if (count === 1)
          return { isDone: false, output: null, requests: [replRequest(0, { kind: 'rlm' })] };
        return what.kind === 'settle' ? {} : { final: foundAnswer() };
      },
    },
  },
  'rlm-direct': { kind: 'rlm', script: { ingest: () => ({ direct: fakeRef(80) }) } },
  'rlm-exhausted': { kind: 'rlm', input: { maxIterations: 2 }, script: { callModel: says } },
};
