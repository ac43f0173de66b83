import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../../../src/config/index.js';
import type { RunRecord } from '../../../../src/domain/run/ralph-run.js';
import { requestChanges, type ChangesDesk } from '../../../../src/runs/board/request-changes.js';
import { runRecord, storyRecord } from '../../../support/run-records.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const TEXT = '- a.ts line 3\n  shorter';

/** A desk that notes what it is asked; planning ends with `stop`. */
function bench() {
  const asked: unknown[][] = [];
  const note =
    (name: string) =>
    (...words: unknown[]): Promise<string> => {
      asked.push([name, ...words]);
      return Promise.resolve(name);
    };
  const desk: ChangesDesk = {
    gateway: {
      requestChanges: note('changes'),
      messageSubtask: note('say'),
      startRalph: (...words) => note('start')(...words).then(() => undefined),
    },
    configFor: (repository) => {
      asked.push(['config', repository]);
      return Promise.reject<Config>(new Error('stop'));
    },
    hasSearchAttributes: true,
    isTask: () => Promise.resolve(false),
  };
  return { asked, desk };
}

const mayStart = (): void => undefined;

const openRun = (status: Parameters<typeof storyRecord>[1]): RunRecord =>
  runRecord({ status: 'running', endedAt: null, stories: [storyRecord('US-001', status)] });

describe('changes that are asked for', () => {
  it.each(['passed', 'failed', 'blocked', 'pending', 'skipped'] as const)(
    'open a story again that is %s, in the run that is open',
    async (status) => {
      const { asked, desk } = bench();
      const record = openRun({ status });
      const taken = await requestChanges(desk, { record, story: 'US-001', text: TEXT, mayStart });
      expect(taken).toEqual({ answer: 'changes', runId: 'run-1' });
      expect(asked).toEqual([['changes', 'run-1', 'US-001', TEXT]]);
    },
  );

  it('are told to the agent that is at work on the story', async () => {
    const { asked, desk } = bench();
    const record = openRun({ status: 'running' });
    await requestChanges(desk, { record, story: 'US-001', text: TEXT, mayStart });
    expect(asked).toEqual([['say', 'run-1', 'US-001', TEXT]]);
  });

  it.each(['swarm', 'session', 'rlm', 'proof'] as const)(
    'are not for a run of kind %s',
    async (kind) => {
      const { asked, desk } = bench();
      const refused = requestChanges(desk, {
        record: runRecord({ kind }),
        story: 'US-001',
        text: TEXT,
        mayStart,
      });
      await expect(refused).rejects.toMatchObject({ code: 'ERR_CHANGES_KIND' });
      expect(asked).toEqual([]);
    },
  );

  it('are not for a story that nobody knows', async () => {
    const { asked, desk } = bench();
    const refused = requestChanges(desk, {
      record: runRecord(),
      story: 'US-404',
      text: TEXT,
      mayStart,
    });
    await expect(refused).rejects.toMatchObject({ code: 'ERR_STORY_UNKNOWN' });
    expect(asked).toEqual([]);
  });

  it('start nothing behind an ended run for whoever may start none, and are taken by an open one', async () => {
    const { asked, desk } = bench();
    const refusal = (): void => {
      throw new Error('may not');
    };
    const request = { story: 'US-001', text: TEXT, mayStart: refusal };
    await expect(requestChanges(desk, { ...request, record: runRecord() })).rejects.toThrow(
      'may not',
    );
    expect(asked).toEqual([]);
    await requestChanges(desk, { ...request, record: openRun({ status: 'failed' }) });
    expect(asked).toHaveLength(1);
  });

  it('start nothing behind the run of a task: its rules and its sandbox ended with it', async () => {
    const { asked, desk } = bench();
    const refused = requestChanges(
      { ...desk, isTask: (runId) => Promise.resolve(runId === 'run-1') },
      { record: runRecord(), story: 'US-001', text: TEXT, mayStart },
    );
    await expect(refused).rejects.toMatchObject({ code: 'ERR_CHANGES_TASK' });
    expect(asked).toEqual([]);
  });

  it('say so where the PRD of an ended run is gone, and start nothing', async () => {
    const { asked, desk } = bench();
    const record = runRecord({ prdPath: join(await temporaryFolder(), 'prd.json') });
    const refused = requestChanges(desk, { record, story: 'US-001', text: TEXT, mayStart });
    await expect(refused).rejects.toMatchObject({ code: 'ERR_CHANGES_PRD' });
    expect(asked).toEqual([]);
  });

  it('open the story in the PRD of an ended run before another run is planned there', async () => {
    const { asked, desk } = bench();
    const prdPath = join(await temporaryFolder(), 'prd.json');
    const prd = {
      user_stories: [
        { id: 'US-001', passes: true },
        { id: 'US-002', passes: true },
      ],
    };
    await writeFile(prdPath, JSON.stringify(prd));
    const record = runRecord({ prdPath, repository: '/repo' });
    const refused = requestChanges(desk, { record, story: 'US-001', text: TEXT, mayStart });
    await expect(refused).rejects.toThrow('stop');
    expect(asked).toEqual([['config', '/repo']]);
    const { user_stories: stories } = JSON.parse(await readFile(prdPath, 'utf8')) as typeof prd;
    expect(stories.map(({ passes }) => passes)).toEqual([false, true]);
  });
});
