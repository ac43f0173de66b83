import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { CommandContext } from '../../../../src/cli/context.js';
import { withGateway } from '../../../../src/cli/ralph/run-access.js';
import type { ensureRunning } from '../../../../src/service/index.js';

const seen = vi.hoisted(() => ({ steps: [] as unknown[] }));

vi.mock('../../../../src/service/index.js', () => ({
  ensureRunning: async (...[config, options]: Parameters<typeof ensureRunning>) => {
    seen.steps.push(['service', config, options?.temporalCli]);
    options?.onProgress?.('starting');
    return 'endpoint';
  },
}));
vi.mock('../../../../src/runs/index.js', () => ({
  openGateway: async (_config: unknown, endpoint: unknown) => {
    seen.steps.push(['gateway', endpoint]);
    return { gateway: 'gateway', close: async () => void seen.steps.push(['closed']) };
  },
}));

const CONTEXT = {
  config: 'config',
  globals: { temporalCli: '/opt/temporal' },
  output: { note: (text: string) => void seen.steps.push(['note', text]) },
} as unknown as CommandContext;

beforeEach(() => {
  seen.steps.length = 0;
});

describe('a command that steers a run', () => {
  it('starts the service, says so, and closes its gateway when it is done', async () => {
    expect(await withGateway(CONTEXT, async (gateway) => [gateway])).toEqual(['gateway']);
    expect(seen.steps).toEqual([
      ['service', 'config', '/opt/temporal'],
      ['note', 'starting'],
      ['gateway', 'endpoint'],
      ['closed'],
    ]);
  });

  it('closes it also when its work fails', async () => {
    const failure = new Error('no such run');
    await expect(withGateway(CONTEXT, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(seen.steps.at(-1)).toEqual(['closed']);
  });
});
