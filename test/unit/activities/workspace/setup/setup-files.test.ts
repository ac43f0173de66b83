import { describe, expect, it } from 'vitest';
import { chooseFiles } from '../../../../../src/activities/workspace/setup/setup-files.js';
import { setupKey } from '../../../../../src/activities/workspace/setup/setup-key.js';
import { NO_SETUP, type WorkspaceSetup } from '../../../../../src/domain/workspace-setup.js';
import { workspaceGit } from '../../../../../src/platform/workspace/snapshot.js';
import { ralphBench } from '../../../../support/ralph-bench.js';

const FILES = { 'deps.lock': 'one\n', 'install.sh': 'true\n' };
const step = (command: string, lockFiles: string[]): WorkspaceSetup => ({
  ...NO_SETUP,
  source: 'config',
  steps: [{ name: 'install', command, folder: '.', timeoutMs: 1000, lockFiles }],
});
const LOCKED = step('sh install.sh', ['deps.lock']);

/** Where the set-up of a story that wrote `files` is made. */
async function chosen(
  files: Readonly<Record<string, string>>,
  ready: WorkspaceSetup,
  proven: Readonly<Record<string, string>> = FILES,
) {
  const bench = await ralphBench(proven);
  const git = workspaceGit(bench.lane);
  await git.checkoutTree(bench.base);
  for (const [path, text] of Object.entries(files)) await bench.write(path, text);
  const tree = await git.writeTree();
  const { lane, base } = bench;
  const { tree: where, proof } = await chooseFiles({
    lane,
    tree,
    owner: { proven: base, proof: 'proof 1' },
    planned: ready,
    ready,
    key: await setupKey(lane, ready, tree),
  });
  return [where === base ? 'proven' : where === tree ? 'own' : where, proof];
}

describe('the files on which a set-up is made', () => {
  it('are the proven ones where lock files are the same, whatever scripts became', async () => {
    expect(await chosen({ 'install.sh': 'evil\n' }, LOCKED)).toEqual(['proven', null]);
    expect(await chosen({}, LOCKED)).toEqual(['proven', null]);
  });

  it('are the story’s, for its proof alone, where a lock file differs', async () => {
    expect(await chosen({ 'deps.lock': 'two\n' }, LOCKED)).toEqual(['own', 'proof 1']);
  });

  it('are the story’s where its command has nothing to work with among the proven ones', async () => {
    const make = step('make deps', []);
    const makefile = 'deps:\n\ttrue\n';
    expect(await chosen({ Makefile: makefile }, make)).toEqual(['own', 'proof 1']);
    const other = `${makefile}other:\n\ttrue\n`;
    expect(await chosen({ Makefile: other }, make, { Makefile: makefile })).toEqual([
      'proven',
      null,
    ]);
  });
});
