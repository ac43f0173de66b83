import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { CommandContext } from '../../../../src/cli/context.js';
import { startSwarm } from '../../../../src/cli/swarm/start-swarm.js';
import type { PlannedSwarm } from '../../../../src/runs/index.js';

const seen = vi.hoisted(() => ({ steps: [] as unknown[] }));

vi.mock('../../../../src/service/index.js', () => ({
  ensureRunning: async () => ({ uiUrl: null }),
}));
vi.mock('../../../../src/runs/index.js', () => ({
  openGateway: async () => ({
    hasSearchAttributes: false,
    gateway: {
      startSwarm: async (...[id, input]: [string, { readonly runId: string }]) => {
        seen.steps.push(['start', id, input]);
        if (input.runId === 'bad') throw new Error('no room');
      },
    },
    close: async () => void seen.steps.push(['closed']),
  }),
}));

const CONTEXT = {
  config: {},
  globals: {},
  output: {
    note: (text: string) => void seen.steps.push(['note', text]),
    document: (value: unknown) => void seen.steps.push(['document', value]),
    result: (text: string) => void seen.steps.push(['result', text]),
  },
} as unknown as CommandContext;

const plan = (runId: string): PlannedSwarm =>
  ({ workflowId: `w/${runId}`, input: { runId }, sandbox: { level: 'full' } }) as PlannedSwarm;

beforeEach(() => {
  seen.steps.length = 0;
});

describe('startSwarm', () => {
  it('starts it as the service can, says how to watch it, and leaves it when detached', async () => {
    expect(await startSwarm(plan('r'), { detach: true, json: true }, CONTEXT)).toBeUndefined();
    expect(seen.steps).toEqual([
      ['start', 'w/r', { runId: 'r', hasSearchAttributes: false }],
      ['note', 'swarm r started, sandbox full'],
      ['document', { run_id: 'r', workflow_id: 'w/r', status: 'running' }],
      ['closed'],
    ]);
    await startSwarm(plan('s'), { detach: true }, CONTEXT);
    expect(seen.steps.at(-2)).toEqual(['result', 's\nwatch it with: codetether attach s']);
  });

  it('closes what it opened when it cannot be started', async () => {
    await expect(startSwarm(plan('bad'), {}, CONTEXT)).rejects.toThrow('no room');
    expect(seen.steps.at(-1)).toEqual(['closed']);
  });
});
