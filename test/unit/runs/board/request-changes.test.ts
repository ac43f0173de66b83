import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../../../src/config/index.js';
import type { RunRecord } from '../../../../src/domain/run/ralph-run.js';
import { requestChanges, type ChangesDesk } from '../../../../src/runs/board/request-changes.js';
import type { RalphPlan } from '../../../../src/runs/plan/plan-run.js';
import { RALPH_INPUT } from '../../../support/ralph-workflow.js';
import { runRecord, storyRecord } from '../../../support/run-records.js';
import { story } from '../../../support/stories.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const CONFIG = {} as Config;
const TEXT = '- a.ts line 3\n  shorter';

/** A plan of a run named `next` over the stories of US-001. */
function planOf(prdPath: string): Promise<RalphPlan> {
  return Promise.resolve({
    workflowId: 'w',
    input: { ...RALPH_INPUT, runId: 'next', prdPath },
    order: [story('US-001')],
    dirtyFiles: [],
    absent: [],
    firstFiles: null,
    isDetached: false,
    sandbox: { level: 'full', kinds: [], reason: '' },
  });
}

/** A desk that notes what it is asked; the step `stop` fails. */
function bench(plan?: RalphPlan, stop = plan === undefined ? 'config' : '') {
  const asked: unknown[][] = [];
  const note =
    (name: string) =>
    (...words: unknown[]): Promise<string> => {
      asked.push([name, ...words]);
      return name === stop ? Promise.reject(new Error('stop')) : Promise.resolve(name);
    };
  const desk: ChangesDesk = {
    gateway: {
      requestChanges: note('changes'),
      startRalph: (...words) => note('start')(...words).then(() => undefined),
    },
    configFor: (repository) => note('config')(repository).then(() => CONFIG),
    plan: (...words) =>
      note('plan')(...words).then(() => plan ?? Promise.reject(new Error('no plan'))),
    hasSearchAttributes: true,
    isTask: () => Promise.resolve(false),
  };
  return { asked, desk };
}

const mayStart = (): void => undefined;

const openRun = (status: Parameters<typeof storyRecord>[1]): RunRecord =>
  runRecord({ status: 'running', endedAt: null, stories: [storyRecord('US-001', status)] });

describe('changes that are asked for', () => {
  it.each(['passed', 'failed', 'blocked', 'pending', 'skipped', 'running'] as const)(
    'are taken by the run that is open, about a story that is %s',
    async (status) => {
      const { asked, desk } = bench();
      const record = openRun({ status });
      const taken = await requestChanges(desk, { record, story: 'US-001', text: TEXT, mayStart });
      expect(taken).toEqual({ answer: 'changes', runId: 'run-1' });
      expect(asked).toEqual([['changes', 'run-1', 'US-001', TEXT]]);
    },
  );

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

  describe('to an ended run', () => {
    const PRD = `{"user_stories": [
  {"id": "US-001", "title": "One", "passes": true},
  {"id": "US-002", "title": "Two", "passes": true}
]}`;
    const open = PRD.replace('"One", "passes": true', '"One", "passes": false');

    async function ended(): Promise<{ prdPath: string; record: RunRecord }> {
      const prdPath = join(await temporaryFolder(), 'prd.json');
      await writeFile(prdPath, PRD);
      return { prdPath, record: runRecord({ prdPath, repository: '/repo' }) };
    }

    it('open the story in its PRD, and start a run that is told of them', async () => {
      const { prdPath, record } = await ended();
      const { asked, desk } = bench(await planOf(prdPath));
      const taken = await requestChanges(desk, { record, story: 'US-001', text: TEXT, mayStart });
      expect(taken).toMatchObject({ runId: 'next' });
      expect(asked.map(([name]) => name)).toEqual(['config', 'plan', 'start']);
      expect(asked.at(-1)?.[2]).toMatchObject({
        changes: [{ story: 'US-001', text: TEXT }],
        hasSearchAttributes: true,
      });
      expect(await readFile(prdPath, 'utf8')).toBe(open);
    });

    it.each(['config', 'plan', 'start'])('leave the PRD as it was when %s fails', async (stop) => {
      const { prdPath, record } = await ended();
      const { desk } = bench(await planOf(prdPath), stop);
      const refused = requestChanges(desk, { record, story: 'US-001', text: TEXT, mayStart });
      await expect(refused).rejects.toThrow('stop');
      expect(await readFile(prdPath, 'utf8')).toBe(PRD);
    });

    it('leave it as it was where the story is none of the plan', async () => {
      const { prdPath, record } = await ended();
      const { asked, desk } = bench({ ...(await planOf(prdPath)), order: [] });
      const refused = requestChanges(desk, { record, story: 'US-001', text: TEXT, mayStart });
      await expect(refused).rejects.toMatchObject({ code: 'ERR_CHANGES_PRD' });
      expect(asked.map(([name]) => name)).not.toContain('start');
      expect(await readFile(prdPath, 'utf8')).toBe(PRD);
    });

    it('leave a story open that was open before, whatever fails', async () => {
      const { prdPath, record } = await ended();
      await writeFile(prdPath, open);
      const { desk } = bench(await planOf(prdPath), 'start');
      const refused = requestChanges(desk, { record, story: 'US-001', text: TEXT, mayStart });
      await expect(refused).rejects.toThrow('stop');
      expect(await readFile(prdPath, 'utf8')).toBe(open);
    });

    it('change nothing when the budget is used up', async () => {
      const { prdPath, record } = await ended();
      const { asked, desk } = bench(await planOf(prdPath));
      const budget = { costMicroUsd: 0, tokens: null, calls: null };
      const spent = { ...record, options: { ...record.options, budget } };
      const refused = requestChanges(desk, {
        record: spent,
        story: 'US-001',
        text: TEXT,
        mayStart,
      });
      await expect(refused).rejects.toMatchObject({ code: 'ERR_CHANGES_BUDGET' });
      expect(asked).toEqual([]);
      expect(await readFile(prdPath, 'utf8')).toBe(PRD);
    });
  });
});
