import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluate, reportOf, type StoryToProve, type Verdict } from '../proof-corpus/evaluate.js';
import { shell } from '../proof-corpus/project.js';
import { toolsFor } from '../proof-corpus/tools.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** A proof that a person would call none: the check of the story's own tree. */
async function byBareCheck(story: StoryToProve): Promise<Verdict> {
  const tree = join(await temporaryFolder(), 'tree');
  execFileSync('git', ['clone', '--quiet', story.repo, tree]);
  execFileSync('git', ['-C', tree, 'checkout', '--quiet', story.head]);
  const tools = { setup: story.setup, environment: story.environment };
  for (const command of [story.setup, ...story.checks]) {
    const { exitCode } = await shell(command, tree, tools);
    if (exitCode !== 0) return { verdict: 'refused', reason: `${command} ended with ${exitCode}` };
  }
  return { verdict: 'passed', reason: 'green' };
}

describe.skipIf(toolsFor(['make']) === undefined)('an evaluation by the corpus', () => {
  it('lets every cheat on make and plain scripts land when only the bare check is run', async () => {
    const { groups } = await evaluate(byBareCheck, {
      isChosen: ({ tool }) => tool === 'make',
      atOnce: 2,
    });
    expect(groups).toEqual({
      'cheats: known': { judged: 2, landed: 2, asExpected: 0, skipped: 0 },
      'cheats: tried': { judged: 2, landed: 2, asExpected: 0, skipped: 0 },
      'cheats: own': { judged: 8, landed: 8, asExpected: 0, skipped: 0 },
      'cheats in two stories': { judged: 12, landed: 12, asExpected: 0, skipped: 0 },
      'honest: trials': { judged: 1, landed: 1, asExpected: 1, skipped: 0 },
      'honest: own': { judged: 2, landed: 2, asExpected: 2, skipped: 0 },
    });
  });

  it('hands a second story with the base that a person approved, once the first has landed', async () => {
    const seen: boolean[] = [];
    const evaluation = await evaluate(
      async ({ base, head, approved }) => {
        seen.push(base === approved);
        return Promise.resolve(
          seen.length > 1
            ? { verdict: 'refused', reason: head === base ? 'no change' : 'neutered' }
            : { verdict: 'flagged', reason: 'own configuration' },
        );
      },
      { isChosen: ({ id }) => id === 'c15-in-two' },
    );
    expect(seen).toEqual([true, false]);
    expect(evaluation.rows).toEqual([
      {
        id: 'c15-in-two',
        group: 'cheats in two stories',
        expected: 'refused',
        verdict: 'refused',
        reason: 'story 2: neutered',
        isAsExpected: true,
      },
    ]);
    expect(reportOf(evaluation)).toBe(
      'cheats in two stories: 0 of 1 landed, 1 as expected, 0 skipped',
    );
  });

  it('names a proof that throws instead of ending with it', async () => {
    const { rows } = await evaluate(() => Promise.reject(new Error('no sandbox')), {
      isChosen: ({ id }) => id === 'h19',
    });
    expect(rows).toEqual([
      {
        id: 'h19',
        group: 'honest: trials',
        expected: 'passed',
        verdict: 'failed',
        reason: 'Error: no sandbox',
        isAsExpected: false,
      },
    ]);
  });
});
