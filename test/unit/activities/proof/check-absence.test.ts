import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createAbsenceJudge } from '../../../../src/activities/proof/check-absence.js';
import { workspaceGit } from '../../../../src/platform/workspace/snapshot.js';
import { ralphBench } from '../../../support/ralph-bench.js';

describe('the judge of absent checks', () => {
  it('sees the lane as it was when it looked', async () => {
    const bench = await ralphBench({ Makefile: 'test:\n\ttrue\n' });
    await workspaceGit(bench.proofLane).checkoutTree(bench.base);
    const judge = createAbsenceJudge(bench.proofLane, { tree: bench.base, existing: [] });
    expect(await judge.ask('make test')).toMatchObject({ is: 'absent' });
    await judge.look();
    expect(await judge.ask('make test')).not.toMatchObject({ is: 'absent' });
    expect(await judge.ask('npm test')).toEqual({
      is: 'absent',
      why: 'there is no package.json',
    });
    // Another check may remove it: what there is to check was settled before.
    await rm(join(bench.proofLane.root, 'Makefile'));
    expect(await judge.ask('make test')).not.toMatchObject({
      is: 'absent',
      why: expect.stringContaining('Makefile'),
    });
  });

  it.each([
    [undefined, 'gone'],
    [['npm test'], 'gone'],
    [['npm run lint'], 'not-yet'],
    [[], 'not-yet'],
  ])('of a check that is absent while %j existed says %s', async (existing, kind) => {
    const bench = await ralphBench();
    const judge = createAbsenceJudge(bench.proofLane, { tree: bench.base, existing });
    expect(judge.kindOf('npm test')).toBe(kind);
  });
});
