import { describe, expect, it } from 'vitest';
import { freezeAgent } from '../../../../src/activities/model/frozen-agent.js';
import { beginPromptStep, renderPrompt } from '../../../../src/activities/session/begin-prompt.js';
import { openSessionStep } from '../../../../src/activities/session/open-session.js';
import { standingHead } from '../../../../src/activities/session/standing-head.js';
import { createGit } from '../../../../src/platform/git/git.js';
import { rewindFilesStep } from '../../../../src/activities/session/rewind-files.js';
import { createSessionActivities } from '../../../../src/activities/session/session-activities.js';
import { NO_SETUP } from '../../../../src/domain/workspace-setup.js';
import { bareRepository } from '../../../../src/platform/workspace/run-layout.js';
import { userGit } from '../../../support/ralph-bench.js';
import { openingSession } from '../../../support/session-workflow.js';
import { candidate, swarmBench, type SwarmBench } from '../../../support/swarm-bench.js';

const AUTHOR = { name: 'Ada', email: 'ada@example.org' };

function sessionOf(bench: SwarmBench) {
  const [lane] = bench.lanes;
  if (lane === undefined) throw new Error('there is no lane');
  const { blobs } = bench.dependencies;
  const activities = createSessionActivities({
    ...bench.dependencies,
    freezeAgent: (agent) => freezeAgent(blobs, [], { agent }),
  });
  const place = { lane, base: bench.base, proven: bench.base, branch: 'session/x', author: AUTHOR };
  return { activities, place, lane };
}

describe('the record of a session', () => {
  it('is that on disk, else the one that begins; a run of another kind is no session', async () => {
    expect(openSessionStep.journal).toBeUndefined();
    const bench = await swarmBench({}, 1);
    const { activities } = sessionOf(bench);
    const opening = openingSession({}, { runId: 'run-1' });
    const open = (given: typeof opening | null) =>
      bench.run(() => activities.openSession({ runId: 'run-1', opening: given }));
    await expect(open(null)).rejects.toMatchObject({ type: 'ERR_SESSION_UNKNOWN' });
    expect(await open(opening)).toEqual(opening);
    await bench.dependencies.records.save({ ...opening, feature: 'on disk' });
    expect((await open(opening)).feature).toBe('on disk');
    const { session: _session, ...other } = opening;
    await bench.dependencies.records.save({ ...other, kind: 'rlm' });
    await expect(open(opening)).rejects.toMatchObject({ type: 'ERR_SESSION_UNKNOWN' });
  });
});

describe('the prompt of a session', () => {
  const setup = {
    ...NO_SETUP,
    steps: [{ command: 'npm ci', folder: '.', timeoutMs: 1 }],
  } as unknown as typeof NO_SETUP;

  it('is what the person said, with what the agent has to know of the project once', () => {
    const guide = { path: 'AGENTS.md', text: 'Rules\n' };
    expect(renderPrompt('do it', { isFirst: true, setup, notes: [] }, guide)).toBe(
      'do it\n\n## Dependencies\nThey are installed, and there is no network.\n- `npm ci` in .\n\n## Project guide (AGENTS.md)\nRules',
    );
    expect(
      renderPrompt('do it', { isFirst: false, setup, notes: ['files went back'] }, guide),
    ).toBe('[files went back]\n\ndo it');
    expect(renderPrompt('x', { isFirst: true, setup: NO_SETUP, notes: [] }, undefined)).toBe('x');
  });

  it('is told to an agent in a clean lane at the files of the session', async () => {
    expect(beginPromptStep.journal).toBeDefined();
    const bench = await swarmBench({ 'AGENTS.md': 'Rules here\n' }, 1);
    const { activities, place } = sessionOf(bench);
    await bench.leave(0, { 'left.txt': 'of an earlier prompt\n' });
    const { blobs } = bench.dependencies;
    const request = {
      ...bench.step(),
      turn: 1,
      prompt: await blobs.put('do it'),
      isFirst: true,
      kind: 'build' as const,
      place,
      notes: [],
    };
    const begun = await bench.run(() => activities.beginPrompt(request));
    expect(await blobs.getText(begun.prompt)).toBe(
      'do it\n\n## Project guide (AGENTS.md)\nRules here',
    );
    // a retry gives the same
    expect(await bench.run(() => activities.beginPrompt(request))).toEqual(begun);
  });

  it('needs no place in a chat', async () => {
    const bench = await swarmBench({}, 1);
    const { activities } = sessionOf(bench);
    const { blobs } = bench.dependencies;
    const begun = await bench.run(async () =>
      activities.beginPrompt({
        ...bench.step(),
        turn: 1,
        prompt: await blobs.put('hello'),
        isFirst: true,
        kind: 'chat',
        place: null,
        notes: [],
      }),
    );
    expect(await blobs.getText(begun.prompt)).toBe('hello');
    expect(begun.head).toBeNull();
  });
});

describe('files that come back', () => {
  it('are those of an earlier commit, on top of what they take back', async () => {
    expect(rewindFilesStep.journal).toBeDefined();
    const bench = await swarmBench({}, 1);
    const { activities, lane } = sessionOf(bench);
    const { repository, base } = bench;
    await bench.leave(0, { 'a.txt': 'a\n' });
    const { head } = await bench.run(() =>
      bench.activities.landSubtasks({
        ...bench.step(),
        repository,
        head: base,
        model: { provider: 'fake', model: 'one' },
        author: AUTHOR,
        committedAt: '2026-01-02T03:04:05.000Z',
        candidates: [candidate('T1', lane, base)],
      }),
    );
    const back = (to: string, from = head) =>
      bench.run(() =>
        activities.rewindFiles({
          ...bench.step(),
          repository,
          head: from,
          to,
          message: 'Files as behind prompt 0\n',
          author: AUTHOR,
          committedAt: '2026-01-02T03:04:06.000Z',
        }),
      );
    expect(await back(head)).toEqual({ head });
    const rewound = await back(base);
    const bare = bareRepository(bench.dependencies.home, repository);
    expect(userGit(bare, 'rev-parse', `${rewound.head}^`)).toBe(head);
    expect(userGit(bare, 'diff', '--name-only', base, rewound.head)).toBe('');
    expect(userGit(bare, 'rev-parse', 'refs/codetether/runs/run-1')).toBe(rewound.head);
    // again, as after a crash: the same commit
    expect(await back(base)).toEqual(rewound);
    await expect(back('f'.repeat(40))).rejects.toMatchObject({ type: 'ERR_COMMITS_MISSING' });
  });
});

describe('the commit that the files of a session are at', () => {
  const REF = 'refs/codetether/runs/run-1';

  /** The run's ref one commit ahead of the base, as a landing left it that nobody wrote down. */
  async function ahead() {
    const bench = await swarmBench({}, 1);
    const { activities, place, lane } = sessionOf(bench);
    const { repository, base } = bench;
    await bench.leave(0, { 'a.txt': 'a\n' });
    const { head } = await bench.run(() =>
      bench.activities.landSubtasks({
        ...bench.step(),
        repository,
        head: base,
        model: { provider: 'fake', model: 'one' },
        author: AUTHOR,
        committedAt: '2026-01-02T03:04:05.000Z',
        candidates: [candidate('T1', lane, base)],
      }),
    );
    const gitDir = bareRepository(bench.dependencies.home, repository);
    const git = createGit({ gitDir });
    const standing = (of: string) => standingHead(git, { runId: 'run-1', head: of });
    return { bench, activities, place, base, head, gitDir, git, standing };
  }

  it('is that of the ref where it is ahead, else that of the record', async () => {
    const { base, head, git, gitDir, standing } = await ahead();
    expect(await standing(base)).toBe(head);
    expect(await standing(head)).toBe(head);
    // behind, elsewhere, or gone: the ref follows the record
    const tree = (await git.resolve(`${base}^{tree}`)) ?? '';
    const date = '2026-01-02T03:04:07.000Z';
    const other = await git.commitTree({ tree, parents: [], message: 'x', author: AUTHOR, date });
    for (const at of [base, other]) {
      userGit(gitDir, 'update-ref', REF, at);
      expect(await standing(head)).toBe(head);
      expect(userGit(gitDir, 'rev-parse', REF)).toBe(head);
    }
    userGit(gitDir, 'update-ref', '-d', REF);
    expect(await standing(head)).toBe(head);
    expect(userGit(gitDir, 'rev-parse', REF)).toBe(head);
    // a commit that is nowhere is said by whoever needs it
    expect(await standing('e'.repeat(40))).toBe('e'.repeat(40));
    expect(userGit(gitDir, 'rev-parse', REF)).toBe(head);
  });

  it('is where the next agent begins before it is paid, and it is told', async () => {
    const { bench, activities, place, head } = await ahead();
    const { blobs } = bench.dependencies;
    const begun = await bench.run(async () =>
      activities.beginPrompt({
        ...bench.step(),
        turn: 2,
        prompt: await blobs.put('go on'),
        isFirst: false,
        kind: 'build',
        place,
        notes: [],
      }),
    );
    expect(begun.head).toBe(head);
    expect(await blobs.getText(begun.prompt)).toMatch(
      /^\[A prompt was ended from outside.*\]\n\ngo on$/,
    );
  });

  it('is what files go back on top of', async () => {
    const { bench, activities, base, head, gitDir } = await ahead();
    const back = await bench.run(() =>
      activities.rewindFiles({
        ...bench.step(),
        repository: bench.repository,
        head: base,
        to: base,
        message: 'back\n',
        author: AUTHOR,
        committedAt: '2026-01-02T03:04:06.000Z',
      }),
    );
    expect(userGit(gitDir, 'rev-parse', `${back.head}^`)).toBe(head);
    expect(userGit(gitDir, 'diff', '--name-only', base, back.head)).toBe('');
  });
});
