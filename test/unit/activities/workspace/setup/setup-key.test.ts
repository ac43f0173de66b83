import { describe, expect, it } from 'vitest';
import { setupKey } from '../../../../../src/activities/workspace/setup/setup-key.js';
import { NO_SETUP, type SetupStep } from '../../../../../src/domain/workspace-setup.js';
import { workspaceGit } from '../../../../../src/platform/workspace/snapshot.js';
import { takeTree } from '../../../../../src/activities/proof/story-tree.js';
import { ralphBench, type RalphBench } from '../../../../support/ralph-bench.js';

const STEP: SetupStep = {
  name: 'install',
  command: 'npm ci',
  folder: '.',
  timeoutMs: 1000,
  lockFiles: ['package-lock.json', 'package.json'],
};
const FILES = {
  'package.json': JSON.stringify({ name: 'x', scripts: { test: 'a' }, dependencies: { a: '1' } }),
  'package-lock.json': '{}',
  'src/a.ts': 'a',
  'tools/install.sh': 'echo',
};

/** The key after an agent wrote `files`. */
async function keyWith(
  bench: RalphBench,
  files: Readonly<Record<string, string>>,
  changes: Partial<SetupStep> & { readonly copy?: string[] } = {},
): Promise<string> {
  const { copy = [], ...step } = changes;
  await workspaceGit(bench.lane).checkoutTree(bench.base);
  for (const [path, text] of Object.entries(files)) await bench.write(path, text);
  const { tree } = await takeTree(bench.lane, bench.base);
  const setup = { ...NO_SETUP, source: 'config' as const, steps: [{ ...STEP, ...step }], copy };
  return setupKey(bench.lane, setup, tree);
}

describe('the key of a set-up', () => {
  it('stays the same while nothing changes that the set-up is made of', async () => {
    const bench = await ralphBench(FILES);
    const key = await keyWith(bench, {});
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    const scripts = { name: 'x', scripts: { test: 'b' }, dependencies: { a: '1' } };
    expect(await keyWith(bench, { 'src/a.ts': 'b' })).toBe(key);
    expect(await keyWith(bench, { 'package.json': JSON.stringify(scripts) })).toBe(key);
    expect(await keyWith(bench, {}, { name: 'other', timeoutMs: 9 })).toBe(key);
  });

  it('changes with the lock file, the dependencies, the command, its folder and what is copied', async () => {
    const bench = await ralphBench(FILES);
    const dependencies = JSON.stringify({ name: 'x', dependencies: { a: '2' } });
    const keys = [
      await keyWith(bench, {}),
      await keyWith(bench, { 'package-lock.json': '{"a":1}' }),
      await keyWith(bench, { 'package.json': dependencies }),
      await keyWith(bench, {}, { command: 'npm install' }),
      await keyWith(bench, {}, { folder: 'app' }),
      await keyWith(bench, {}, { copy: ['.env'] }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('of a command without lock files follows the files that it names', async () => {
    const bench = await ralphBench(FILES);
    const step = { command: 'sh ./install.sh', folder: 'tools', lockFiles: [] };
    const key = await keyWith(bench, {}, step);
    expect(await keyWith(bench, { 'src/a.ts': 'b' }, step)).toBe(key);
    expect(await keyWith(bench, { 'tools/install.sh': 'echo 2' }, step)).not.toBe(key);
    expect(await keyWith(bench, { 'package-lock.json': '{"a":1}' }, step)).not.toBe(key);
  });
});
