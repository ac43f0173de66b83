import { describe, expect, it } from 'vitest';
import {
  carriedRecord,
  hasCutAttempts,
  withWholeAttempts,
} from '../../../../src/domain/run/carried-record.js';
import { runRecordSchema } from '../../../../src/domain/run/ralph-run.js';
import { jsonBytes } from '../../../../src/domain/run/run-view.js';
import { attemptRecord } from '../../../support/ralph-bench.js';
import { evidence, runRecord, storyRecord } from '../../../support/run-records.js';

const FILES = Array.from({ length: 500 }, (_, index) => `src/some/folder/of/it/file-${index}.ts`);
const CONVERSATION = { digest: 'c'.repeat(64), bytes: 1 };
const wide = (number: number) =>
  attemptRecord({
    number,
    outcome: number === 1 ? 'limit' : 'unverified',
    reason: 'r'.repeat(2000),
    summary: 's'.repeat(1000),
    changedFiles: FILES,
    learnings: ['l'.repeat(500)],
    evidence: [evidence()],
    conversation: CONVERSATION,
  });
const record = (stories: number) =>
  runRecord({
    feature: 'f'.repeat(2000),
    stories: Array.from({ length: stories }, (_, index) =>
      storyRecord(`s-${index}`, { status: 'unverified', attempts: [wide(1), wide(2)] }),
    ),
  });

describe('a record that travels with the start of a run', () => {
  it('has what the next start builds on, and not the files of a thousand subtasks', () => {
    const carried = carriedRecord(record(1000));
    expect(runRecordSchema.parse(carried)).toEqual(carried);
    expect(jsonBytes(carried)).toBeLessThan(1.3 * 1024 * 1024);
    const [first] = carriedRecord(record(2)).stories;
    expect(
      first?.attempts.map(({ number, cut, conversation, changedFiles, summary }) => [
        number,
        cut,
        conversation,
        changedFiles.length,
        summary,
      ]),
    ).toEqual([
      [1, { files: 500 }, undefined, 0, ''],
      [2, { files: 500 }, CONVERSATION, 40, ''],
    ]);
  });

  it('keeps the end of what failed for the next attempt, and counts files once when it travels again', () => {
    const failed = runRecord({
      stories: [storyRecord('a', { status: 'failed', attempts: [wide(1)] })],
    });
    const again = carriedRecord(carriedRecord(failed));
    expect(again.stories[0]?.attempts[0]).toMatchObject({
      summary: 's'.repeat(300),
      cut: { files: 500 },
    });
  });

  it('is whole again where the record on disk is, but for what became of it since', () => {
    const stored = record(1);
    const carried = carriedRecord(stored);
    expect([hasCutAttempts(stored), hasCutAttempts(carried)]).toEqual([false, true]);
    const whole = withWholeAttempts(carried, stored);
    expect(whole.stories[0]?.attempts).toEqual(stored.stories[0]?.attempts);
    const blamed = {
      ...carried,
      stories: carried.stories.map((entry) => ({
        ...entry,
        attempts: entry.attempts.map((attempt) => ({
          ...attempt,
          outcome: 'checks_failed' as const,
          reason: 'test fails',
        })),
      })),
    };
    expect(withWholeAttempts(blamed, stored).stories[0]?.attempts[1]).toEqual({
      ...wide(2),
      outcome: 'checks_failed',
      reason: 'test fails',
    });
    // a record whose disk is gone stays as it travelled
    expect(withWholeAttempts(carried, carried)).toEqual(carried);
    expect(withWholeAttempts(carried, runRecord({ stories: [] }))).toEqual(carried);
  });
});
