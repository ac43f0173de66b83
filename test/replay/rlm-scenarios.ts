import type { RlmInput } from '../../src/contracts/rlm.js';
import { fakeRef, fakeReply } from '../support/fake-activities.js';
import { foundAnswer, replRequest, type RlmScript } from '../support/fake-rlm-activities.js';
import { RLM_INPUT } from '../support/rlm-workflow.js';

/** One path through the workflow of a question over an input. */
export interface RlmScenario {
  readonly kind: 'rlm';
  readonly script: RlmScript;
  readonly input?: Partial<RlmInput>;
}

/** The model that writes code says something that holds some. */
const says = () => fakeReply({ finishReason: 'stop', calls: [], preview: 'code' });
const toolRequest = (id: number, fields = {}) =>
  replRequest(id, {
    kind: 'tool',
    tool: 'grep',
    needed: { costMicroUsd: 0, tokens: 0, calls: 0 },
    ...fields,
  });
const budget = { costMicroUsd: null, tokens: null, calls: 5 };

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
  'rlm-direct': { kind: 'rlm', script: { ingest: () => ({ direct: fakeRef(80) }) } },
  'rlm-exhausted': { kind: 'rlm', input: { maxIterations: 2 }, script: { callModel: says } },
};
