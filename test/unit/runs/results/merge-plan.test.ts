import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../../../src/domain/run/ralph-run.js';
import { planMerge } from '../../../../src/runs/results/merge-plan.js';
import { userGit, userRepository } from '../../../support/ralph-bench.js';
import { runRecord, storyRecord } from '../../../support/run-records.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

type Status = RunRecord['stories'][number]['status'];

/** A run of one commit on a branch of its own; main has not moved, or by one commit elsewhere. */
async function planned(
  fields: Partial<RunRecord>,
  { status, moved = false }: { readonly status: Status; readonly moved?: boolean },
) {
  const home = await temporaryFolder();
  const repository = await userRepository({ 'a.txt': 'a\n' });
  const baseCommit = userGit(repository, 'rev-parse', 'HEAD');
  const commitOf = async (file: string): Promise<string> => {
    await writeFile(join(repository, file), 'new\n');
    userGit(repository, 'add', '-A');
    userGit(repository, 'commit', '--quiet', '--message', file);
    return userGit(repository, 'rev-parse', 'HEAD');
  };
  userGit(repository, 'checkout', '--quiet', '-b', 'work');
  const commit = await commitOf('b.txt');
  userGit(repository, 'checkout', '--quiet', 'main');
  if (moved) await commitOf('c.txt');
  const record = runRecord({
    repository,
    baseCommit,
    headCommit: commit,
    stories: [storyRecord('T1', { status, commit })],
    ...fields,
  });
  return planMerge(home, record, { into: 'main' });
}

describe('what a merge still has to prove', () => {
  it('is nothing where the files are those that the run proved', async () => {
    const ralph = await planned({ kind: 'ralph' }, { status: 'passed' });
    expect(ralph).toMatchObject({ needsProof: false, input: { mode: 'fast-forward' } });
    const swarm = await planned({ kind: 'swarm' }, { status: 'unverified' });
    expect(swarm).toMatchObject({ needsProof: false, input: { mode: 'fast-forward' } });
  });

  it('is all where the branch has moved', async () => {
    const ralph = await planned({ kind: 'ralph' }, { status: 'passed', moved: true });
    expect(ralph).toMatchObject({ needsProof: true, input: { mode: 'rebase' } });
  });

  it('is all for a session, whose commits nobody checked, also where the branch has not moved', async () => {
    const check = { name: 'test', command: 'false', timeoutMs: 1000, source: 'detected' } as const;
    const session = await planned({ kind: 'session', checks: [check] }, { status: 'unverified' });
    expect(session).toMatchObject({
      needsProof: true,
      input: { mode: 'fast-forward', checks: [{ command: 'false' }] },
    });
  });
});
