import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createOutput } from '../../../../src/cli/output.js';
import type { CommandContext } from '../../../../src/cli/context.js';
import { planDocument, swarmPlanScreen } from '../../../../src/cli/swarm/plan-screen.js';
import { showSwarm } from '../../../../src/cli/swarm/show-swarm.js';
import { addSwarmCommands } from '../../../../src/cli/swarm/swarm-commands.js';
import { addSwarmCommand } from '../../../../src/cli/swarm/swarm.js';
import { parseSwarmPlan } from '../../../../src/domain/swarm/swarm-plan.js';
import { NO_SETUP } from '../../../../src/domain/workspace-setup.js';
import { swarmScreen } from '../../../../src/report/swarm-run.js';
import type { PlannedSwarm } from '../../../../src/runs/index.js';
import { commandBench } from '../../../support/command-bench.js';
import { attemptRecord, RALPH_OPTIONS } from '../../../support/ralph-bench.js';
import { runRecord, storyRecord } from '../../../support/run-records.js';
import { saveRunRecord } from '../../../support/saved-records.js';
import { story } from '../../../support/stories.js';

const RUN = '01jfgh00000000000000000001';
const HOSTILE = 'x\u001b[2J\r\nswarm: forged\0\u202e';

const PLAN: PlannedSwarm = {
  workflowId: 'swarm/repo/1',
  input: {
    runId: '1',
    task: `The task ${HOSTILE}`,
    strategy: 'auto',
    project: 'demo',
    repository: '/repo',
    hasFiles: true,
    workdir: '.',
    branch: 'swarm/x',
    baseCommit: '0123456789abcdef',
    baseBranch: 'main',
    author: { name: 'Ada', email: 'ada@example.org' },
    checks: [{ name: 'test', command: `npm test ${HOSTILE}`, timeoutMs: 1000 }],
    setup: NO_SETUP,
    options: RALPH_OPTIONS,
    maxSubagents: 100,
    timeoutMs: 300_000,
    verify: 2,
    planned: 'file',
    subtasks: [
      {
        id: 'a',
        instruction: `Do ${HOSTILE} ${'long '.repeat(10_000)}`,
        dependsOn: [],
        touches: [`src/${HOSTILE}/**`],
        agent: 'build',
        priority: 1,
      },
      {
        id: 'b',
        instruction: 'Do b',
        dependsOn: ['a'],
        touches: [],
        agent: 'explore',
        priority: 2,
      },
    ],
    outline: null,
    notes: [HOSTILE],
    notify: [],
    isConfirmed: false,
    isDryRun: false,
    hasSearchAttributes: true,
    edition: 3,
  },
  estimate: { agents: 2, calls: [5, 41], tokens: [10, 20], usd: null },
  dirtyFiles: [`dirty ${HOSTILE}.txt`],
  sandbox: { level: 'full', kinds: [], reason: '' },
};

describe('the plan screen of a swarm', () => {
  it('has one line for each thing, whatever is in it', () => {
    const screen = swarmPlanScreen(PLAN);
    const lines = screen.split('\n');
    expect(screen).not.toMatch(/(?!\n)\p{Cc}|\u202e/u);
    expect(lines.filter((line) => line.startsWith('swarm:'))).toHaveLength(1);
    expect(lines.map((line) => line.slice(2, 13).trim())).toEqual([
      'arm: The ta',
      'repository',
      'model',
      'limits',
      'subtasks',
      expect.stringMatching(/^a /),
      'b (after',
      'estimate',
      'sandbox',
      'check',
      'judges',
      'not part of',
      expect.stringMatching(/^note: x/),
    ]);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(600);
  });

  it('prints as its document what --plan takes', () => {
    const document = planDocument(PLAN);
    const again = parseSwarmPlan(JSON.parse(JSON.stringify(document)), {
      file: 'p',
      maxSubagents: 9,
    });
    expect(again.subtasks.map(({ id, dependsOn }) => [id, dependsOn])).toEqual([
      ['a', []],
      ['b', ['a']],
    ]);
    expect(document['estimate']).toEqual(PLAN.estimate);
  });
});

/** A swarm's record with hostile text wherever others wrote it. */
function hostileRecord() {
  const subtask = storyRecord('a', {
    story: story('a', { title: HOSTILE }),
    status: 'failed',
    reason: HOSTILE,
    attempts: [attemptRecord({ reason: HOSTILE, changedFiles: [`${HOSTILE}.txt`] })],
  });
  return runRecord({
    runId: RUN,
    kind: 'swarm',
    status: 'failed',
    reason: HOSTILE,
    stories: [subtask],
    notes: [HOSTILE],
    swarm: {
      task: HOSTILE,
      strategy: 'auto',
      planned: 'file',
      maxSubagents: 9,
      timeoutMs: 1000,
      verify: 1,
      traits: [{ id: 'a', agent: 'build', touches: [] }],
      hasFiles: true,
      answer: null,
      isFinished: false,
      isVerified: false,
      judgements: [{ verdict: 'fail', reason: HOSTILE }],
    },
  });
}

describe('the screen of a swarm', () => {
  it('has no line that others wrote', () => {
    const screen = swarmScreen(hostileRecord(), null, new Date());
    expect(screen).not.toMatch(/(?!\n)\p{Cc}|\u202e/u);
    expect(screen.split('\n').filter((line) => line.startsWith('swarm: forged'))).toEqual([]);
  });

  it('is one JSON document where it is asked for', async () => {
    const written: string[] = [];
    const stream = { write: (text: string) => written.push(text) };
    const output = createOutput({ stdout: stream, stderr: stream });
    await showSwarm(hostileRecord(), { json: true }, { output } as CommandContext);
    const text = written.join('');
    expect(text).not.toMatch(/(?!\n)\p{Cc}|\u202e/u);
    expect(JSON.parse(text)).toMatchObject({
      run_id: RUN,
      subtasks: [{ id: 'a', status: 'failed', reason: HOSTILE, files: [`${HOSTILE}.txt`] }],
    });
  });
});

describe('a command about a swarm', () => {
  it.each([
    ['status', [RUN], 'ERR_RUN_NOT_FOUND'],
    ['retry', [RUN], 'ERR_RUN_NOT_FOUND'],
    ['resume', [`${RUN}/a`], 'ERR_RUN_NOT_FOUND'],
    ['message', [`${RUN}/a`, 'text'], 'ERR_RUN_NOT_FOUND'],
    ['message', [RUN, 'text'], 'ERR_USAGE'],
    ['stop', [`${RUN}/`], 'ERR_USAGE'],
  ] as const)('%s %j ends with 2 and %s', async (verb, words, code) => {
    const bench = await commandBench(addSwarmCommands, 'swarm');
    const { code: exit, err } = await bench.run('swarm', verb, ...words);
    expect([exit, err]).toEqual([2, expect.stringContaining(code)]);
  });

  it('says that a run of another kind is none', async () => {
    const bench = await commandBench(addSwarmCommands, 'swarm');
    await saveRunRecord(bench.home, runRecord({ runId: RUN }));
    const { code, err } = await bench.run('swarm', 'status', RUN);
    expect([code, err]).toEqual([2, expect.stringContaining('is no swarm but of kind ralph')]);
  });

  it('refuses a plan that is none before anything starts', async () => {
    const bench = await commandBench(addSwarmCommand);
    await writeFile(join(bench.folder, 'plan.json'), `{"subtasks": [{"id": "${'a'.repeat(99)}"}]}`);
    const bad = await bench.run('swarm', '--plan', 'plan.json');
    expect([bad.code, bad.err]).toEqual([2, expect.stringContaining('ERR_SWARM_PLAN_INVALID')]);
    const none = await bench.run('swarm', '--plan', 'no.json');
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('there is no such file')]);
    const empty = await bench.run('swarm');
    expect([empty.code, empty.err]).toEqual([2, expect.stringContaining('there is no task')]);
  });
});
