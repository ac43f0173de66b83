import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { CommandContext } from '../../../../src/cli/context.js';
import { startAndWatch, type PlannedStart } from '../../../../src/cli/ralph/start-run.js';

const seen = vi.hoisted(() => ({ steps: [] as unknown[], uiUrl: null as string | null }));

vi.mock('../../../../src/service/index.js', () => ({
  ensureRunning: async () => ({ uiUrl: seen.uiUrl }),
}));
vi.mock('../../../../src/runs/index.js', () => ({
  openGateway: async () => ({
    hasSearchAttributes: true,
    gateway: {},
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

const RUN: PlannedStart = {
  runId: 'r',
  workflowId: 'w/r',
  start: async (_gateway, hasSearchAttributes) =>
    void seen.steps.push(['start', hasSearchAttributes]),
  started: (ui) => `r started${ui}`,
};

beforeEach(() => {
  seen.steps.length = 0;
  seen.uiUrl = null;
});

describe('starting a run', () => {
  it('says the way to the web interface where there is one, and how to watch a run that it leaves', async () => {
    seen.uiUrl = 'http://127.0.0.1:1';
    expect(await startAndWatch(RUN, { detach: true }, CONTEXT)).toBeUndefined();
    expect(seen.steps).toEqual([
      ['start', true],
      ['note', 'r started; Temporal UI: codetether open r'],
      ['result', 'r\nwatch it with: codetether attach r'],
      ['closed'],
    ]);
  });

  it('prints one document instead, and closes the connection when the start fails', async () => {
    await startAndWatch(RUN, { detach: true, json: true }, CONTEXT);
    expect(seen.steps).toContainEqual([
      'document',
      { run_id: 'r', workflow_id: 'w/r', status: 'running' },
    ]);
    seen.steps.length = 0;
    const refused = { ...RUN, start: async () => Promise.reject(new Error('no room')) };
    await expect(startAndWatch(refused, {}, CONTEXT)).rejects.toThrow('no room');
    expect(seen.steps).toEqual([['closed']]);
  });
});
