import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { beginStory } from '../../../../src/activities/workspace/begin-story.js';
import { ralphBench, storyInput, userGit, type RalphBench } from '../../../support/ralph-bench.js';

async function promptOf(bench: RalphBench, changes = {}): Promise<string> {
  const { prompt } = await beginStory(bench.work, storyInput(bench, changes));
  return bench.dependencies.blobs.getText(prompt);
}

describe('beginStory', () => {
  it('resets the lane to the base and keeps what git ignores', async () => {
    const bench = await ralphBench({ '.gitignore': 'cache/\n', 'a.txt': 'a\n' });
    await promptOf(bench);
    await bench.write('a.txt', 'spoilt\n');
    await bench.write('stray.txt', 'stray\n');
    await bench.write('cache/warm', 'warm\n');
    await rm(join(bench.lane.root, 'README.md'));
    await promptOf(bench);
    expect(userGit(bench.lane.root, 'status', '--porcelain', '--ignored')).toBe('!! cache/');
    expect(await readFile(join(bench.lane.root, 'a.txt'), 'utf8')).toBe('a\n');
  });

  it('gives the same prompt when it is repeated', async () => {
    const bench = await ralphBench();
    expect(await promptOf(bench)).toBe(await promptOf(bench));
  });

  it('tells the agent the guides of its folder and above, nearest first, the latest commits and earlier notes', async () => {
    const bench = await ralphBench(
      {
        'AGENTS.md': 'far\n',
        'CLAUDE.md': 'the same for others\n',
        'app/CLAUDE.md': 'near\n',
        'app/x.txt': 'x\n',
      },
      'app',
    );
    await writeFile(join(bench.repository, 'app/progress.txt'), '## earlier\nit works\n');
    const feedback = await bench.dependencies.blobs.put('Check test failed.');
    const prompt = await promptOf(bench, { feedback });
    expect(prompt).toContain('## Project guide (app/CLAUDE.md)\nnear\n\n### AGENTS.md\nfar\n');
    expect(prompt).not.toContain('the same for others');
    expect(prompt).toMatch(/## Latest commits\n[0-9a-f]{7,} first commit\nAGENTS\.md\n/);
    expect(prompt).toContain('## earlier\nit works');
    expect(prompt).toContain('missing\nCheck test failed.');
  });

  it('cuts guides where there is no room for more, the farthest first', async () => {
    const bench = await ralphBench(
      { 'AGENTS.md': 'far '.repeat(4000), 'app/AGENTS.md': 'near\n', 'app/x.txt': 'x\n' },
      'app',
    );
    const prompt = await promptOf(bench);
    expect(prompt).toContain('(app/AGENTS.md)\nnear');
    expect(prompt.split('far ').length).toBeLessThan(2100);
  });

  it('has a folder for the agent to start in when the PRD is alone in its own', async () => {
    const bench = await ralphBench();
    await promptOf(bench, { lane: { ...bench.prepared.lane, workdir: 'new/folder' } });
    await expect(readFile(join(bench.lane.root, 'new/folder'))).rejects.toMatchObject({
      code: 'EISDIR',
    });
  });
});
