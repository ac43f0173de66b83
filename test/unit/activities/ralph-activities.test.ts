import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import {
  createRalphActivities,
  type RalphActivities,
} from '../../../src/activities/ralph-activities.js';
import { createRecordActivities } from '../../../src/activities/landing/record-activities.js';
import { markStoryInFile } from '../../../src/platform/documents/prd-mark-file.js';
import type { RunEvent } from '../../../src/domain/run/event.js';
import { homePaths } from '../../../src/platform/storage/home.js';
import {
  attemptRecord,
  ralphBench,
  storyInput,
  userGit,
  type RalphBench,
} from '../../support/ralph-bench.js';
import { runRecord } from '../../support/run-records.js';
import { story } from '../../support/stories.js';

const event = (seq: number): RunEvent => ({
  source: 'w',
  seq,
  type: 'check.end',
  at: '2026-01-02T03:04:05.000Z',
});
const step = (index: number) => ({
  key: { scope: 'w', step: index, index: 0 },
  runId: 'run-1',
  events: [event(index)],
});

interface Setup {
  readonly bench: RalphBench;
  readonly activities: RalphActivities;
  readonly run: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

async function setup(): Promise<Setup> {
  const bench = await ralphBench({ 'prd.json': '{"user_stories":[{"id":"US-001"}]}\n' });
  const environment = new MockActivityEnvironment();
  return {
    bench,
    activities: createRalphActivities(bench.dependencies),
    run: async <Result>(work: () => Promise<Result>): Promise<Result> =>
      (await environment.run(work)) as Result,
  };
}

/** One story from its begin to its commit, as the workflow calls it. */
async function storyOnce({ bench, activities, run }: Setup) {
  const { lane, proofLane, statePaths } = bench.prepared;
  await run(() =>
    activities.beginStory({ ...step(1), lane, base: bench.base, story: storyInput(bench) }),
  );
  await bench.write('feature.txt', 'ok\n');
  const proof = await run(() =>
    activities.proveStory({
      ...step(2),
      lane,
      proofLane,
      base: bench.base,
      checks: [{ name: 'test', command: 'grep -q ok feature.txt', timeoutMs: 20_000 }],
      statePaths,
      allowCheckChanges: false,
    }),
  );
  const landing = {
    ...step(3),
    repository: bench.repository,
    branch: 'feature/work',
    prdPath: bench.prdPath,
    story: story('US-001'),
    attempt: attemptRecord(),
    model: { provider: 'double', model: 'scripted' },
    author: { name: 'Ada', email: 'ada@example.org' },
    parent: bench.base,
    tree: proof.tree,
    committedAt: '2026-01-02T03:04:05.000Z',
  };
  return { proof, landing, landed: await run(() => activities.landStory(landing)) };
}

describe('the Ralph activities', () => {
  it('bring a story from its base to a commit of exactly the proven tree', async () => {
    const parts = await setup();
    const { proof, landed } = await storyOnce(parts);
    expect(proof.verdict).toBe('passed');
    expect(userGit(parts.bench.repository, 'rev-parse', `${landed.commit}^{tree}`)).toBe(
      proof.tree,
    );
    const page = await parts.bench.dependencies.events.read('run-1', 0);
    expect(page.events).toEqual([event(1), event(2), event(3)]);
  });

  it('answer a repeated step from the journal, without doing it or its events again', async () => {
    const parts = await setup();
    const { landing, landed } = await storyOnce(parts);
    userGit(parts.bench.repository, 'update-ref', '-d', 'refs/heads/feature/work');
    expect(await parts.run(() => parts.activities.landStory(landing))).toEqual(landed);
    expect(userGit(parts.bench.repository, 'branch', '--list', 'feature/work')).toBe('');
    const page = await parts.bench.dependencies.events.read('run-1', 0);
    expect(page.events).toHaveLength(3);
  });

  it('refuse a step key that was used for another request', async () => {
    const parts = await setup();
    const { landing } = await storyOnce(parts);
    const other = parts.run(() => parts.activities.landStory({ ...landing, branch: 'other' }));
    await expect(other).rejects.toMatchObject({
      type: 'ERR_JOURNAL_MISMATCH',
      nonRetryable: true,
    });
  });

  it('say in their failure whether a retry can help', async () => {
    const { bench, activities, run } = await setup();
    const request = {
      ...step(1),
      repository: bench.repository,
      workdir: '.',
      prdPath: bench.prdPath,
    };
    const missing = await run(() =>
      activities.prepareRun({ ...request, baseCommit: 'a'.repeat(40) }),
    ).catch((error: unknown) => error);
    expect(missing).toBeInstanceOf(ApplicationFailure);
    expect(missing).toMatchObject({ type: 'ERR_BASE_COMMIT_MISSING', nonRetryable: true });
    const gone = await run(() =>
      activities.prepareRun({
        ...request,
        repository: join(dirname(bench.repository), 'gone'),
        baseCommit: bench.base,
      }),
    ).catch((error: unknown) => error);
    expect(gone).toMatchObject({ type: 'ERR_GIT_FAILED', nonRetryable: false });
  });
});

/** Runs an activity as Temporal would. */
function run<Input, Output>(
  activity: (input: Input) => Promise<Output>,
  input: Input,
): Promise<Output> {
  return new MockActivityEnvironment().run(() => activity(input));
}

describe('the record activities', () => {
  it('save a record with its events, and notes of an attempt with its feedback, once', async () => {
    const { bench } = await setup();
    const activities = createRecordActivities(bench.dependencies);
    const record = runRecord({ status: 'running', endedAt: null });
    await run(activities.saveRun, { record, events: [event(1)] });
    await run(activities.saveRun, { record, events: [event(1), event(2)] });
    await run(activities.appendEvents, { runId: 'run-1', events: [event(2), event(3)] });
    const file = join(homePaths(bench.dependencies.home).runs, 'run-1', 'record.json');
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(record);
    const page = await bench.dependencies.events.read('run-1', 0);
    expect(page.events).toEqual([event(1), event(2), event(3)]);
  });

  it('open a story in the PRD again that has passed, and say where they cannot', async () => {
    const { bench } = await setup();
    const activities = createRecordActivities(bench.dependencies);
    const storyId = 'US-001';
    const passed = { storyId, passes: true };
    expect(await markStoryInFile(bench.prdPath, passed)).toEqual({ kind: 'written' });
    const input = { runId: 'run-1', prdPath: bench.prdPath, storyId };
    expect(await run(activities.reopenStory, input)).toEqual({ notes: [] });
    expect(await markStoryInFile(bench.prdPath, passed)).toEqual({ kind: 'written' });
    const { notes } = await run(activities.reopenStory, { ...input, storyId: 'US-404' });
    expect(notes[0]).toMatch(/^US-404 is open again, but .* does not say so \(/);
  });

  it('note an attempt that did not pass, and give the next one its feedback', async () => {
    const { bench } = await setup();
    const activities = createRecordActivities(bench.dependencies);
    await writeFile(join(bench.repository, 'progress.txt'), '# Progress\n');
    const attempt = attemptRecord({ outcome: 'blocked', reason: 'no key', summary: 'I asked.' });
    const note = {
      runId: 'run-1',
      prdPath: bench.prdPath,
      story: story('US-001'),
      attempt,
      feedback: null,
    };
    const { feedback } = await run(activities.noteAttempt, note);
    expect(await bench.dependencies.blobs.getText(feedback)).toBe('no key\nI asked.');
    expect(await run(activities.noteAttempt, { ...note, feedback })).toEqual({ feedback });
    const asked = 'src/a.ts line 3: shorter';
    const textOf = async (more: object) => {
      const again = await run(activities.noteAttempt, { ...note, asked, ...more });
      return bench.dependencies.blobs.getText(again.feedback);
    };
    expect(await textOf({})).toBe(`${asked}\n\nno key\nI asked.`);
    expect(await textOf({ feedback })).toBe(`${asked}\n\nno key\nI asked.`);
    expect(await readFile(join(bench.repository, 'progress.txt'), 'utf8')).toBe(
      '# Progress\n## US-001 attempt 1: blocked (run run-1)\nTitle of US-001. no key.\nI asked.\n\n',
    );
  });
});
