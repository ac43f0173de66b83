import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runSetupStep } from '../../../../../src/activities/workspace/setup/run-setup-step.js';
import { openWay } from '../../../../../src/activities/workspace/setup/setup-way.js';
import type { RalphWork } from '../../../../../src/activities/workspace/dependencies.js';
import {
  NO_SETUP,
  type SetupNetwork,
  type SetupStep,
} from '../../../../../src/domain/workspace-setup.js';
import { workspaceGit } from '../../../../../src/platform/workspace/snapshot.js';
import { detectSandbox } from '../../../../../src/platform/sandbox/detect.js';
import { ralphBench, type RalphBench } from '../../../../support/ralph-bench.js';

const hasSwitch = (await detectSandbox()).kinds.includes('network-switch');
const GIB = 1024 ** 3;
const OPEN: SetupNetwork = { mode: 'open', allow: [], allowPrivate: [], variables: {} };

async function bench(): Promise<RalphBench> {
  const own = await ralphBench({ 'app/a.txt': 'a\n' });
  await workspaceGit(own.lane).checkoutTree(own.base);
  return own;
}

function run(
  { lane, work }: RalphBench,
  changes: Partial<SetupStep>,
  dependencies: Partial<RalphWork['dependencies']> = {},
) {
  const step = {
    name: 'install',
    command: 'true',
    folder: '.',
    timeoutMs: 20_000,
    lockFiles: [],
    ...changes,
  };
  // What fails here must not wait for a proxy to say so.
  const setup = { ...NO_SETUP, source: 'config' as const, steps: [step], network: OPEN };
  const folder = join(lane.state, 'packages');
  return runSetupStep(
    { ...work, dependencies: { ...work.dependencies, ...dependencies } },
    { lane, setup, step, packages: { folder, written: folder } },
  );
}

describe('one set-up command', () => {
  it('runs in its folder of the lane, without a word when it ends well', async () => {
    const { failure } = await run(await bench(), { command: 'test -f a.txt', folder: 'app' });
    expect(failure).toBeUndefined();
  });

  it('that fails says how, with the end of its output', async () => {
    const { failure } = await run(await bench(), { command: 'echo begun; exit 4' });
    expect(failure).toMatchObject({
      exitCode: 4,
      isTimedOut: false,
      isNetwork: false,
      tail: 'begun\n',
      step: { name: 'install' },
    });
  });

  it('does not run in a folder that is none, or that lies outside', async () => {
    for (const folder of ['gone', 'app/a.txt', '../..']) {
      const { failure, traffic } = await run(await bench(), { folder });
      expect([failure?.tail, failure?.exitCode, traffic]).toEqual([
        `${folder} is no folder in these files`,
        null,
        null,
      ]);
    }
  });

  it('ends with its time', async () => {
    const { failure } = await run(await bench(), { command: 'sleep 60', timeoutMs: 700 });
    expect(failure).toMatchObject({ exitCode: null, isTimedOut: true, isNetwork: false });
  });

  it('is tried again when the network failed, each pause once, and then reported', async () => {
    const own = await bench();
    const command = 'echo try >> tries; echo "getaddrinfo EAI_AGAIN registry.npmjs.org"; exit 1';
    const { failure } = await run(own, { command }, { setupPausesMs: [1, 1] });
    expect(failure?.isNetwork).toBe(true);
    const { failure: count } = await run(own, { command: 'test "$(wc -l < tries)" = 3' });
    expect(count).toBeUndefined();
  });

  it('does not start on a full disk, and is stopped on one that fills', async () => {
    const full = { freeBytes: async () => GIB - 1 };
    await expect(run(await bench(), {}, full)).rejects.toMatchObject({
      code: 'ERR_DISK_FULL',
      isRetryable: false,
    });
    let asked = 0;
    const filling = { freeBytes: async () => ((asked += 1) > 1 ? GIB / 5 : 2 * GIB) };
    await expect(run(await bench(), { command: 'sleep 60' }, filling)).rejects.toMatchObject({
      code: 'ERR_DISK_FULL',
      message: expect.stringContaining('set-up command `sleep 60` filled it'),
    });
  });
});

describe('the way out of a set-up command', () => {
  it('is the network of the host when the run was planned so', async () => {
    const { work, lane } = await bench();
    expect(await openWay(work, { lane, setup: { ...NO_SETUP, network: OPEN } })).toEqual({
      access: 'full',
    });
  });

  it('is the network of the host where the sandbox has none of its own', async () => {
    const { work, lane } = await bench();
    const { dependencies } = work;
    const sandbox = { ...dependencies.sandbox, kinds: [] };
    const open = { ...work, dependencies: { ...dependencies, sandbox } };
    expect(await openWay(open, { lane, setup: NO_SETUP })).toEqual({ access: 'full' });
  });

  it.skipIf(!hasSwitch)('is else the proxy, which has nothing to tell at first', async () => {
    const { work, lane } = await bench();
    const way = await openWay(work, { lane, setup: NO_SETUP });
    expect([way.access, way.egress?.traffic()]).toEqual(['proxied', []]);
    await way.egress?.close();
  });
});
