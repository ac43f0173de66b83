import { SEARCH_ATTRIBUTES } from '../../../src/contracts/temporal-names.js';
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { createGateway, type Gateway } from '../../../src/client/gateway.js';
import { WORKFLOW_TASK_TIMEOUT_MS } from '../../../src/contracts/activity-options.js';
import { type RalphInput } from '../../../src/contracts/workflow-types.js';
import { NO_SETUP } from '../../../src/domain/workspace-setup.js';
import { type RunRecord } from '../../../src/domain/run/ralph-run.js';
import { RALPH_OPTIONS } from '../../support/ralph-bench.js';
import { RLM_INPUT } from '../../support/rlm-workflow.js';
import { runRecord } from '../../support/run-records.js';

const INPUT: RalphInput = {
  runId: 'run-1',
  project: 'demo',
  feature: 'Feature',
  prdPath: '/repo/prd.json',
  repository: '/repo',
  workdir: '.',
  branch: 'feature/work',
  baseCommit: 'a'.repeat(40),
  author: { name: 'Ada', email: 'ada@example.org' },
  stories: [],
  technicalRequirements: [],
  checks: [],
  options: RALPH_OPTIONS,
  notes: [],
  setup: NO_SETUP,
  hasSearchAttributes: true,
};

/** Answers of a Temporal server; what a test does not name is never asked. */
interface ServerAnswers {
  readonly openRuns?: number;
  readonly start?: () => void;
  readonly query?: () => unknown;
  readonly describe?: () => { readonly status: { readonly name: string } };
}

/** A gateway over a fake server and a fake disk; `calls` tells what the server was asked to do. */
function setup(answers: ServerAnswers, records: readonly RunRecord[] = []) {
  const calls: unknown[] = [];
  const temporal = {
    workflow: {
      count: async (query: string) => {
        calls.push(['count', query]);
        return { count: answers.openRuns ?? 0 };
      },
      start: async (type: string, options: unknown) => {
        calls.push(['start', type, options]);
        answers.start?.();
      },
      list: async function* list() {
        // nothing below the run is open
      },
      getHandle: (workflowId: string) => ({
        query: async () => answers.query?.(),
        describe: async () => {
          if (answers.describe !== undefined) return answers.describe();
          throw new WorkflowNotFoundError('gone', workflowId, undefined);
        },
        signal: async ({ name }: { name: string }) => {
          calls.push(['signal', name]);
        },
        cancel: async () => {
          calls.push(['cancel', workflowId]);
        },
      }),
    },
  } as unknown as Client;
  const gateway: Gateway = createGateway({
    temporal,
    records: {
      read: async (runId) => records.find((record) => record.runId === runId),
      list: async (limit) => records.slice(0, limit),
      newest: async (limit) => ({ records: records.slice(0, limit), unreadable: [] }),
    },
    events: { read: async (_, offset) => ({ events: [], nextOffset: offset, skipped: 0 }) },
    taskQueue: 'queue',
    savePlan: async ({ runId }) => {
      calls.push(['plan', runId]);
    },
    maxOpenRuns: 2,
  });
  return { gateway, calls };
}

const fails = (error: Error) => () => {
  throw error;
};

describe('startRalph', () => {
  it('starts one workflow a branch, with what people search for', async () => {
    const { gateway, calls } = setup({});
    await gateway.startRalph('ralph/repo/feature/work', INPUT);
    expect(calls).toEqual([
      [
        'count',
        "CloseTime IS NULL AND WorkflowType IN ('ralphWorkflow', 'proofWorkflow', 'swarmWorkflow', 'rlmWorkflow', 'sessionWorkflow')",
      ],
      ['plan', 'run-1'],
      [
        'start',
        'ralphWorkflow',
        {
          workflowId: 'ralph/repo/feature/work',
          taskQueue: 'queue',
          args: [INPUT],
          workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
          workflowIdConflictPolicy: 'FAIL',
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          staticSummary: 'ralph · demo: Feature',
          staticDetails: [
            '- **run** `run-1`',
            '- **repository** `/repo`',
            '- **PRD** `/repo/prd.json`',
            '- **branch** `feature/work`',
            '- **model** `double/scripted`',
            '- **checks** none',
            '- **stories** 0, at most 3 attempts each',
          ].join('\n'),
          memo: { runId: 'run-1' },
          typedSearchAttributes: [
            { key: SEARCH_ATTRIBUTES.kind, value: 'ralph' },
            { key: SEARCH_ATTRIBUTES.repository, value: '/repo' },
            { key: SEARCH_ATTRIBUTES.project, value: 'demo' },
            { key: SEARCH_ATTRIBUTES.model, value: 'double/scripted' },
          ],
        },
      ],
    ]);
  });

  it('names how to attach when a run works on the branch already', async () => {
    const taken = new WorkflowExecutionAlreadyStartedError('taken', 'id', 'ralphWorkflow');
    const { gateway } = setup({ start: fails(taken) });
    await expect(gateway.startRalph('ralph/repo/feature/work', INPUT)).rejects.toMatchObject({
      code: 'ERR_RUN_ALREADY_OPEN',
      exitCode: 2,
      hint: expect.stringContaining('codetether attach ralph/repo/feature/work'),
    });
  });

  it('starts nothing at the admission cap', async () => {
    const { gateway, calls } = setup({ openRuns: 2 });
    await expect(gateway.startRalph('id', INPUT)).rejects.toMatchObject({
      code: 'ERR_TOO_MANY_RUNS',
      exitCode: 3,
    });
    expect(calls).toHaveLength(1);
  });
});

describe('startRlm', () => {
  it('says that a question is being answered, and names how to watch it', async () => {
    const taken = new WorkflowExecutionAlreadyStartedError('taken', 'id', 'rlmWorkflow');
    const { gateway } = setup({ start: fails(taken) });
    await expect(
      gateway.startRlm('rlm/run-1', { ...RLM_INPUT, runId: 'run-1' }),
    ).rejects.toMatchObject({
      code: 'ERR_RUN_ALREADY_OPEN',
      message: 'question run-1 is being answered already',
      hint: 'codetether attach rlm/run-1 to watch it, or codetether rlm cancel run-1 first',
    });
  });
});

describe('readRun', () => {
  const open = runRecord({ status: 'running', endedAt: null });

  it('prefers the answer of the running workflow', async () => {
    const fresher = { ...open, reason: 'fresher' };
    const { gateway } = setup({ query: () => fresher }, [open]);
    expect(await gateway.readRun('run-1')).toEqual(fresher);
  });

  it('takes the record on disk when the workflow is silent or works for a later run', async () => {
    const later = { ...open, runId: 'run-2' };
    for (const query of [fails(new Error('no worker')), () => later]) {
      expect(await setup({ query }, [open]).gateway.readRun('run-1')).toEqual(open);
    }
  });

  it('asks nobody about a run that has ended', async () => {
    const ended = runRecord();
    const { gateway } = setup({ query: () => ({ ...ended, reason: 'never asked' }) }, [ended]);
    expect(await gateway.readRun('run-1')).toEqual(ended);
  });

  it('refuses a run that nobody knows', async () => {
    await expect(setup({}).gateway.readRun('run-9')).rejects.toMatchObject({
      code: 'ERR_RUN_NOT_FOUND',
      exitCode: 2,
    });
  });
});

describe('condition', () => {
  it('tells open, closed and unknown apart', async () => {
    const described = (name: string) => () => ({ status: { name } });
    const answers = [
      described('RUNNING'),
      described('PAUSED'),
      described('TERMINATED'),
      fails(new WorkflowNotFoundError('gone', 'id', undefined)),
      fails(new Error('connection refused')),
    ];
    const conditions = answers.map((answer) => setup({ describe: answer }).gateway.condition('id'));
    expect(await Promise.all(conditions)).toEqual(['open', 'open', 'closed', 'closed', 'unknown']);
  });
});

describe('cancelRun', () => {
  it('cancels the workflow of an open run and refuses for one that has ended', async () => {
    const { gateway, calls } = setup({}, [
      runRecord({ status: 'running', endedAt: null }),
      runRecord({ runId: 'run-2' }),
    ]);
    await gateway.cancelRun('run-1');
    await expect(gateway.cancelRun('run-2')).rejects.toMatchObject({
      code: 'ERR_RUN_ENDED',
      exitCode: 2,
    });
    expect(calls).toEqual([
      ['signal', 'stopRun'],
      ['cancel', 'ralph/repo-12345678/feature/work'],
    ]);
  });
});
