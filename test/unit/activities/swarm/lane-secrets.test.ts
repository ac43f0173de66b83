import { describe, expect, it } from 'vitest';
import { secretsOfLanes } from '../../../../src/activities/swarm/lane-secrets.js';
import { createGit } from '../../../../src/platform/git/git.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';
import { userGit } from '../../../support/ralph-bench.js';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const KEY = `ghp_${'a1B2'.repeat(9)}`;

/** A repository with a commit, and what each change makes of it. */
async function repository(base: Readonly<Record<string, string>>) {
  const root = await temporaryFolder();
  const commit = async (files: Readonly<Record<string, string>>): Promise<string> => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    userGit(root, 'add', '-A');
    userGit(root, 'commit', '-qm', 'x', '--allow-empty');
    return userGit(root, 'rev-parse', 'HEAD');
  };
  userGit(root, 'init', '-q', '-b', 'main');
  const start = await commit({ 'README.md': '# demo\n', ...base });
  const gitDir = join(root, '.git');
  const change = async (id: string, files: Readonly<Record<string, string>>) => {
    userGit(root, 'checkout', '-q', start);
    const diff = await createGit({ gitDir }).diffTrees(start, await commit(files));
    return { id, base: start, diff };
  };
  return { gitDir, change };
}

describe('secretsOfLanes', () => {
  it('says nothing where nobody added one', async () => {
    const { gitDir, change } = await repository({});
    const changes = [await change('a', { 'a.txt': 'a\n' }), await change('b', { 'b.txt': 'b\n' })];
    expect(await secretsOfLanes({ gitDir }, changes)).toEqual(new Map());
    expect(await secretsOfLanes({ gitDir }, [])).toEqual(new Map());
  });

  it('names who added one, with place and kind, and never the key', async () => {
    const { gitDir, change } = await repository({});
    const changes = [
      await change('a', { 'a.txt': 'a\n' }),
      await change('b', { 'src/keys.ts': `\n\nconst key = '${KEY}';\n` }),
      await change('c', { 'c.txt': 'c\n' }),
    ];
    const reasons = await secretsOfLanes({ gitDir }, changes);
    expect([...reasons.keys()]).toEqual(['b']);
    expect(reasons.get('b')).toContain('src/keys.ts:3 (');
    expect(reasons.get('b')).not.toContain(KEY);
  });

  it('counts for each lane what its own base has not', async () => {
    const { gitDir, change } = await repository({ 'example.txt': `${KEY}\n` });
    const changes = [
      await change('moved', { 'docs/example.txt': `${KEY}\n` }),
      await change('new', { 'x.txt': `ghp_${'z9Y8'.repeat(9)}\n` }),
    ];
    expect([...(await secretsOfLanes({ gitDir }, changes)).keys()]).toEqual(['new']);
  });
});
