import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectSandbox } from '../../../src/platform/sandbox/detect.js';
import { runProcess } from '../../../src/platform/process/run-process.js';
import { writeLaneEnvironment } from '../../../src/platform/workspace/lane-environment.js';
import { firstErrors, wrapInLane, type LaneCommand } from '../../../src/tools/lane-command.js';
import { workspaceFixture } from '../../support/workspace-fixture.js';

const sandbox = await detectSandbox();
const isHeld = sandbox.backend === 'bwrap' || sandbox.backend === 'bwrap-no-proc';

async function lane() {
  const { home, workspace } = await workspaceFixture({ 'a/file.txt': 'in the lane\n' });
  const run = async (script: string, more: Partial<LaneCommand> = {}) => {
    const wrapped = await wrapInLane({ sandbox, masked: [home] }, workspace, {
      argv: ['/bin/sh', '-c', script],
      network: 'none',
      ...more,
    });
    const { output, exitCode } = await runProcess({
      ...wrapped,
      timeoutMs: 20_000,
      maxOutputBytes: 10_000,
    });
    return { text: output.head.trim(), exitCode };
  };
  return { workspace, run };
}

describe('a command in its lane', () => {
  it('starts at the root or where it is told to, and may write there', async () => {
    const { workspace, run } = await lane();
    expect(await run('pwd; cat a/file.txt; echo new > b.txt')).toEqual({
      text: `${workspace.root}\nin the lane`,
      exitCode: 0,
    });
    expect(await readFile(join(workspace.root, 'b.txt'), 'utf8')).toBe('new\n');
    const cwd = join(workspace.root, 'a');
    expect((await run('pwd', { cwd })).text).toBe(cwd);
  });

  it('has the variables of set-up above defaults, and its own above both', async () => {
    const { workspace, run } = await lane();
    await writeLaneEnvironment(workspace, {
      variables: { FIRST: 'set-up', SECOND: 'set-up' },
      path: [],
      readable: [],
    });
    const { text } = await run('echo "$FIRST $SECOND $THIRD"', {
      defaults: { FIRST: 'default', THIRD: 'default' },
      extraEnv: { SECOND: 'own' },
    });
    expect(text).toBe('set-up own default');
  });

  it.runIf(isHeld)(
    'with a scratch folder may only look at the files, and write there',
    async () => {
      const { workspace, run } = await lane();
      const scratch = join(workspace.state, 'looking');
      const { text } = await run(
        `pwd; cat a/file.txt; echo x > a/file.txt || echo refused; echo y > ${scratch}/own.txt && echo written`,
        { scratch: 'looking' },
      );
      expect(text.split('\n')[0]).toBe(workspace.root);
      expect(text).toContain('in the lane');
      expect(text).toContain('refused');
      expect(text).toContain('written');
      expect(await readFile(join(workspace.root, 'a/file.txt'), 'utf8')).toBe('in the lane\n');
      expect(await readFile(join(scratch, 'own.txt'), 'utf8')).toBe('y\n');
    },
  );

  it('makes no scratch folder for what may write, and takes one that is there', async () => {
    const { workspace, run } = await lane();
    await run('true');
    expect(existsSync(join(workspace.state, 'looking'))).toBe(false);
    await mkdir(join(workspace.state, 'looking'), { recursive: true });
    expect((await run('true', { scratch: 'looking' })).exitCode).toBe(0);
  });
});

describe('what is kept of standard error', () => {
  it('is its beginning, however it comes and however much there is', () => {
    const errors = firstErrors(10);
    expect(errors.text()).toBe('');
    for (const part of ['abcd', 'efgh', 'ijkl', 'mnop']) errors.onErrorOutput(Buffer.from(part));
    expect(errors.text()).toBe('abcdefghij');
  });
});
