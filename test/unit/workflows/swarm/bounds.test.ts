import { beforeEach, describe, expect, it, vi } from 'vitest';
import { jsonBytes } from '../../../../src/domain/run/run-view.js';
import { markStranded } from '../../../../src/workflows/lib/ledger.js';
import { beginAttempt } from '../../../../src/workflows/swarm/begin-attempt.js';
import { joinResults } from '../../../../src/workflows/swarm/joined-answer.js';
import { rowOf, RowWork } from '../../../../src/workflows/swarm/row-work.js';
import { fakeRef } from '../../../support/fake-activities.js';
import { playedSwarm } from '../../../support/played-swarm.js';
import { attemptRecord } from '../../../support/ralph-bench.js';
import { subtask } from '../../../support/swarm-workflow.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

beforeEach(() => {
  played.calls.length = 0;
});

const NAME = 'x'.repeat(200);
const FILES = Array.from({ length: 500 }, (_, index) => `${NAME}/${index}.ts`);

/** A swarm whose subtasks each changed hundreds of files. */
function wideSwarm(count: number, changes: Parameters<typeof playedSwarm>[0] = {}) {
  const subtasks = Array.from({ length: count }, (_, index) => subtask(`s-${index}`));
  const swarm = playedSwarm({ subtasks, ...changes });
  const { state } = swarm;
  state.record = {
    ...state.record,
    stories: state.record.stories.map((entry) => ({
      ...entry,
      status: 'failed',
      reason: 'r'.repeat(5000),
      attempts: [attemptRecord({ changedFiles: FILES, conversation: fakeRef(1) })],
    })),
  };
  return swarm;
}

/** What an activity was called with. */
function inputOf(name: string): object {
  const call = played.calls.find((one) => one.name === name);
  if (call === undefined) throw new Error(`${name} was not called`);
  return call.input;
}

describe('a message to an activity', () => {
  it('that joins a thousand wide results stays small, and says what it leaves out', async () => {
    const { state, swarm } = wideSwarm(1000);
    await joinResults(state, swarm);
    const input = inputOf('joinResults');
    expect(jsonBytes(input)).toBeLessThan(1024 * 1024);
    expect(input).toMatchObject({
      left: 600,
      subtasks: expect.arrayContaining([
        expect.objectContaining({ id: 's-0', fileCount: 500, reason: expect.any(String) }),
      ]),
    });
  });

  it('that joins two results names twenty files of each', async () => {
    const { state, swarm } = wideSwarm(2);
    await joinResults(state, swarm);
    expect(inputOf('joinResults')).toMatchObject({
      subtasks: [
        { files: FILES.slice(0, 20), fileCount: 500 },
        { files: FILES.slice(0, 20), fileCount: 500 },
      ],
    });
  });

  it('that begins a subtask after a thousand wide ones stays small, with a long task by reference', async () => {
    const { state } = wideSwarm(999, { task: 't'.repeat(60_000), taskRef: fakeRef(9) });
    const last = subtask('last', { dependsOn: state.record.stories.map(({ story }) => story.id) });
    const attempt = { subtask: last, title: 'last', number: 1, taken: null, startedAt: '' };
    await beginAttempt(state, attempt, { base: '' });
    const input = inputOf('beginSubtask');
    const { dependsOn } = last;
    expect(jsonBytes(input) - jsonBytes(dependsOn)).toBeLessThan(32 * 1024);
    expect(input).toMatchObject({ taskRef: fakeRef(9), task: 't'.repeat(200), resultsLeft: 939 });
  });

  it('that asks about a row has its template by reference, and of a bad answer only the beginning', async () => {
    const rows = {
      table: fakeRef(1),
      columns: ['country'],
      output: '/out.csv',
      template: `${'t'.repeat(250_000)} {country}`,
      templateRef: fakeRef(3),
      schema: fakeRef(2),
      input: '/in.csv',
    };
    const { state, swarm } = playedSwarm(
      { rows, subtasks: [subtask('row-1', { agent: 'row' })], hasFiles: false },
      { answerRow: () => ({ answer: null, said: 's', saidRef: fakeRef(4), problems: ['p'] }) },
    );
    const work = new RowWork(state, { calls: swarm.calls, sharers: () => 1 });
    await work.run(subtask('row-1', { agent: 'row' }), 1);
    const inputs = played.calls
      .filter(({ name }) => name === 'answerRow')
      .map(({ input }) => input);
    expect(inputs).toEqual([
      expect.objectContaining({ row: rowOf('row-1'), templateRef: fakeRef(3), previous: null }),
      expect.objectContaining({
        previous: { answer: 's', answerRef: fakeRef(4), problems: ['p'] },
      }),
    ]);
    for (const input of inputs) expect(jsonBytes(input)).toBeLessThan(2_000);
  });
});

describe('why a subtask waits in vain', () => {
  it('names what can no longer end well, also what failed later, and nothing that still may', () => {
    const { state } = playedSwarm({
      subtasks: ['a', 'b', 'c']
        .map((id) => subtask(id))
        .concat(subtask('d', { dependsOn: ['a', 'b', 'c'] }), subtask('e', { dependsOn: ['d'] })),
    });
    const ends = (of: Readonly<Record<string, 'failed' | 'running' | 'unverified'>>) =>
      markStranded({
        ...state.record,
        stories: state.record.stories.map((entry) => ({
          ...entry,
          status: of[entry.story.id] ?? entry.status,
        })),
      });
    const reasons = () => state.record.stories.slice(3).map(({ reason }) => reason);
    state.record = ends({ a: 'failed', b: 'running', c: 'running' });
    expect(reasons()).toEqual(['waits for a', 'waits for d']);
    state.record = ends({ b: 'failed', c: 'unverified' });
    expect(reasons()).toEqual(['waits for a, b', 'waits for d']);
    const before = state.record;
    expect(markStranded(before)).toBe(before);
  });
});
