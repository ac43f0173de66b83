import { describe, expect, it } from 'vitest';
import { readySetup } from '../../../../../src/activities/workspace/setup/ready-steps.js';
import { NO_SETUP, type WorkspaceSetup } from '../../../../../src/domain/workspace-setup.js';
import { ralphBench } from '../../../../support/ralph-bench.js';

function setup(
  ...steps: readonly (readonly [command: string, lockFiles: string[]])[]
): WorkspaceSetup {
  return {
    ...NO_SETUP,
    source: 'config',
    steps: steps.map(([command, lockFiles]) => ({
      name: command,
      command,
      folder: '.',
      timeoutMs: 1000,
      lockFiles,
    })),
  };
}

async function ready(files: Readonly<Record<string, string>>, wanted: WorkspaceSetup) {
  const { lane, base } = await ralphBench(files);
  return (await readySetup(wanted, { lane, tree: base })).steps.map(({ command }) => command);
}

describe('the set-up that has something to work with', () => {
  it('leaves an install command out as long as there is no manifest', async () => {
    const wanted = setup(['npm install', []], ['echo always', []]);
    expect(await ready({}, wanted)).toEqual(['echo always']);
    expect(await ready({ 'package.json': '{"name":"x"}' }, wanted)).toEqual([
      'npm install',
      'echo always',
    ]);
  });

  it('keeps what a lock file suggested, and is the same set-up then', async () => {
    const wanted = setup(['npm ci', ['package-lock.json']]);
    const { lane, base } = await ralphBench();
    expect(await readySetup(wanted, { lane, tree: base })).toBe(wanted);
  });
});
