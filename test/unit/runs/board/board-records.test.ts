import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { describe, expect, it } from 'vitest';
import type { EventPort } from '../../../../src/client/index.js';
import type { RunEvent } from '../../../../src/domain/run/event.js';
import type { RunRecord } from '../../../../src/domain/run/ralph-run.js';
import { BoardRecords } from '../../../../src/runs/board/board-records.js';
import { attemptRecord } from '../../../support/ralph-bench.js';
import { runRecord, storyRecord } from '../../../support/run-records.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const AT = '2026-01-02T03:04:05.000Z';

/** Records in memory with files that only say when they changed. */
async function bench() {
  const folder = await temporaryFolder();
  const records = new Map<string, RunRecord>();
  const log: RunEvent[] = [];
  const reads: string[] = [];
  let clock = 1000;
  const events: EventPort = {
    read: (_runId, offset) =>
      Promise.resolve({ events: log.slice(offset), nextOffset: log.length, skipped: 0 }),
  };
  let now = 0;
  /** A board whose every look is some seconds after the one before. */
  const open = (step = 5000): BoardRecords =>
    new BoardRecords({
      now: () => (now += step),
      folder,
      events,
      records: {
        read: (runId) => {
          reads.push(runId);
          const record = records.get(runId);
          return record?.feature === 'broken'
            ? Promise.reject(new Error('cannot be read'))
            : Promise.resolve(record);
        },
      },
    });
  const save = async (changes: Partial<RunRecord>): Promise<string> => {
    clock += 1000;
    const runId = changes.runId ?? ulid(clock).toLowerCase();
    const record = runRecord({ ...records.get(runId), ...changes, runId });
    records.set(runId, record);
    await mkdir(join(folder, runId), { recursive: true });
    const file = join(folder, runId, 'record.json');
    await writeFile(file, '{}');
    await utimes(file, clock, clock);
    return runId;
  };
  return { folder, records, log, reads, open, save };
}

const parked = {
  status: 'blocked' as const,
  attempts: [attemptRecord({ outcome: 'blocked', question: { question: 'Which?', options: [] } })],
};

describe('all runs at a glance', () => {
  it('are none where no run was ever started', async () => {
    const { folder } = await bench();
    const board = new BoardRecords({
      folder: join(folder, 'nothing'),
      records: { read: () => Promise.resolve(undefined) },
      events: { read: () => Promise.reject(new Error('there are none')) },
    });
    expect(await board.overview()).toEqual({ runs: [], waiting: [] });
  });

  it('are the newest first, without those that cannot be read', async () => {
    const { open, save } = await bench();
    await save({ feature: 'first' });
    await save({ feature: 'broken' });
    await save({ feature: 'second' });
    expect((await open().overview()).runs.map(({ title }) => title)).toEqual(['second', 'first']);
  });

  it('reads an ended run again only when its file changed, and an open one each time', async () => {
    const { open, save, reads } = await bench();
    const ended = await save({});
    const running = await save({ status: 'running', endedAt: null });
    await open().overview();
    reads.length = 0;
    const board = open();
    await board.overview();
    await board.overview();
    expect(reads.toSorted()).toEqual([ended, running, running].toSorted());
    await save({ runId: ended, discardedAt: AT });
    await board.overview();
    expect(reads.filter((id) => id === ended)).toHaveLength(2);
  });

  it('is the same for everybody who looks at the same time', async () => {
    const { open, save, reads } = await bench();
    await save({ status: 'running', endedAt: null });
    const board = open(100);
    const [one, two] = await Promise.all([board.overview(), board.overview()]);
    expect(one).toBe(two);
    expect(reads).toHaveLength(1);
  });

  it('has what waits of every open run, from its events too', async () => {
    const { open, save, log } = await bench();
    const stories = [storyRecord('US-001', { status: 'running' }), storyRecord('US-002', parked)];
    await save({ status: 'waiting', endedAt: null, stories });
    const board = open();
    const texts = async () => (await board.overview()).waiting.map(({ text }) => text);
    expect(await texts()).toEqual(['Which?']);
    const event = { source: 'a', seq: 1, at: AT, story: 'US-001' };
    log.push({ ...event, type: 'question.ask', text: 'Which port?' });
    expect(await texts()).toEqual(['Which port?', 'Which?']);
    log.push({ ...event, type: 'question.answer', text: '80' });
    expect(await texts()).toEqual(['Which?']);
  });

  it('asks nothing of an ended run that was started again', async () => {
    const { open, save } = await bench();
    const conflict = {
      status: 'failed' as const,
      attempts: [attemptRecord({ outcome: 'merge_failed' })],
    };
    const stories = [storyRecord('US-001', conflict)];
    await save({ status: 'failed', stories });
    const last = await save({ status: 'failed', stories });
    const other = await save({ status: 'failed', stories, prdPath: '/repo/other.json' });
    const { waiting } = await open().overview();
    expect(waiting.map(({ run_id: id }) => id).toSorted()).toEqual([last, other].toSorted());
  });

  it('says when the record of a run changed, and that there is none', async () => {
    const { open, save } = await bench();
    const runId = await save({});
    const board = open();
    const before = await board.stamp(runId);
    expect(await board.stamp(runId)).toBe(before);
    await save({ runId });
    expect(await board.stamp(runId)).not.toBe(before);
    expect(await board.stamp('unknown')).toBe('');
  });

  it('shows an open run behind however many newer ones, and leaves out what is no run', async () => {
    const { folder, open, reads, save } = await bench();
    const old = await save({ status: 'running', endedAt: null });
    const ended = await save({});
    for (let count = 0; count < 205; count += 1) await save({});
    for (let count = 0; count < 300; count += 1) await mkdir(join(folder, `zz-${count}`));
    const board = open();
    const ids = async () => (await board.overview()).runs.map(({ run_id: id }) => id);
    const first = await ids();
    expect(first).toHaveLength(201);
    expect(first.at(-1)).toBe(old);
    expect(first).not.toContain(ended);
    reads.length = 0;
    for (let count = 0; count < 8; count += 1) await ids();
    // ended ones are not read again
    expect(new Set(reads)).toEqual(new Set([old]));
    await save({ runId: old, status: 'passed', endedAt: AT });
    for (let count = 0; count < 8; count += 1) await ids();
    expect(await ids()).not.toContain(old);
  });
});
