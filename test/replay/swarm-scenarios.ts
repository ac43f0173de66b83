import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { SwarmInput } from '../../src/contracts/swarm.js';
import { fakeRef, fakeReply } from '../support/fake-activities.js';
import type { SwarmScript } from '../support/fake-swarm-activities.js';
import { DIAMOND, subtask, SWARM_INPUT } from '../support/swarm-workflow.js';

/** One path through the workflow of a swarm. */
export interface SwarmScenario {
  readonly kind: 'swarm';
  readonly script: SwarmScript;
  readonly input?: Partial<SwarmInput>;
  /** Opened again as soon as it is blocked. */
  readonly retries?: string;
}

/** As many calls as a diamond with its plan and its joined answer takes. */
const CALLS = { costMicroUsd: null, tokens: null, calls: 7 };

/** A table of three rows. */
const THREE_ROWS: Partial<SwarmInput> = {
  hasFiles: false,
  planned: 'rows',
  subtasks: [1, 2, 3].map((row) => subtask(`row-${row}`, { agent: 'row' })),
  rows: {
    input: '/in.csv',
    output: '/out.csv',
    table: fakeRef(1),
    schema: fakeRef(2),
    template: '{country}?',
    columns: ['country'],
  },
};

/** No budget does for the second row before the first has been answered, which takes its time. */
function lentOnce(): NonNullable<SwarmScript['answerRow']> {
  let isAnswered = false;
  return async (row) => {
    if (row === 0) {
      await delay(1500);
      isAnswered = true;
    }
    if (row === 1 && !isAnswered)
      throw ApplicationFailure.create({
        type: 'ERR_BUDGET_RESERVE',
        message: 'too little',
        nonRetryable: true,
      });
    return {};
  };
}

/** An agent of a swarm that says what it did and ends. */
const says = () => fakeReply({ finishReason: 'stop', preview: 'I did it.' });

/** An answer that never comes: it ends by being cancelled. */
async function never(): Promise<never> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), 50);
  return context.cancelled.finally(() => clearInterval(timer));
}

/** Answers of a diamond's middle at once, so that both land in one batch. */
function middleAtOnce(): NonNullable<SwarmScript['callModel']> {
  const asked = new Set<string>();
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return async ({ story: id }) => {
    if (id !== 'b' && id !== 'c') return says();
    asked.add(id);
    if (asked.size === 2) open();
    await opened;
    return says();
  };
}

/** `b` is blocked until it has been asked twice; `c` takes its time, so that the swarm is open meanwhile. */
function blockedOnce(): NonNullable<SwarmScript['callModel']> {
  let asked = 0;
  return async ({ story: id }) => {
    if (id === 'c') await delay(4000);
    if (id !== 'b') return says();
    asked += 1;
    return asked === 1 ? fakeReply({ finishReason: 'stop', marker: 'blocked' }) : says();
  };
}

/** Every path of a swarm that has a recorded history. */
export const swarmScenarios: Readonly<Record<string, SwarmScenario>> = {
  'swarm-diamond-conflict': {
    kind: 'swarm',
    input: { checks: [{ name: 'test', command: 'true', timeoutMs: 1000 }], verify: 1 },
    script: {
      callModel: middleAtOnce(),
      land: (id, count) =>
        id === 'c' && count === 1
          ? { id, kind: 'conflict', tree: 'marked', files: ['f'], locks: ['go.sum'], own: 'own' }
          : undefined,
    },
  },
  'swarm-rows': {
    kind: 'swarm',
    input: THREE_ROWS,
    script: {
      answerRow: (row, count) =>
        row === 2 || (row === 1 && count === 1)
          ? { answer: null, problems: ['no JSON object'], said: 'no' }
          : {},
    },
  },
  'swarm-rows-lent': {
    kind: 'swarm',
    input: {
      ...THREE_ROWS,
      options: { ...SWARM_INPUT.options, budget: { ...CALLS, calls: 5 } },
    },
    // the second row wants more than its part while the first holds one
    script: { answerRow: lentOnce() },
  },
  'swarm-planned': {
    kind: 'swarm',
    input: { planned: 'model', subtasks: [], options: { ...SWARM_INPUT.options, budget: CALLS } },
    script: {
      callModel: () => says(),
      plan: (count) =>
        count === 1 ? { answer: 'prose', problems: ['no JSON'] } : { subtasks: [...DIAMOND] },
    },
  },
  'swarm-unlanded': {
    kind: 'swarm',
    input: { checks: [{ name: 'test', command: 'true', timeoutMs: 1000 }], verify: 2 },
    script: {
      callModel: ({ story }) =>
        story === 'b' ? fakeReply({ finishReason: 'stop', marker: 'blocked' }) : says(),
      left: (id) => `swarm/task-${id}`,
    },
  },
  // agents lay out their lanes by themselves: b cannot, c works longer than it may
  'swarm-own-lanes': {
    kind: 'swarm',
    input: { timeoutMs: 3000 },
    script: {
      callModel: ({ story }) => (story === 'c' ? never() : says()),
      beforeSubtask: ({ subtask: { id } }) => {
        if (id === 'b') throw ApplicationFailure.nonRetryable('no lane', 'ERR_X');
      },
      left: (id) => `swarm/task-${id}`,
    },
  },
  'swarm-retried': { kind: 'swarm', script: { callModel: blockedOnce() }, retries: 'b' },
};
