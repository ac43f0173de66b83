import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundedRecord,
  jsonBytes,
  MESSAGE_LIMIT_BYTES,
} from '../../../../src/domain/run/run-view.js';
import { runRecordSchema } from '../../../../src/domain/run/ralph-run.js';
import { reportRun } from '../../../support/report-run.js';

/** What only a swarm has, as large as it may be. */
const wideSwarm = (count: number, text: string) => ({
  task: text.repeat(10),
  strategy: 'auto' as const,
  planned: 'rows' as const,
  maxSubagents: 1000,
  timeoutMs: 1000,
  verify: 1,
  traits: Array.from({ length: count }, (_, index) => ({
    id: `s-${index}`,
    agent: 'build' as const,
    touches: Array.from({ length: 50 }, () => 'src/**'),
  })),
  hasFiles: true,
  answer: { ref: { digest: 'a'.repeat(64), bytes: 1 }, preview: text },
  isFinished: false,
  isVerified: null,
  judgements: Array.from({ length: 100 }, () => ({
    verdict: 'none' as const,
    reason: 'x'.repeat(500),
  })),
  rows: {
    input: '/in.csv',
    output: '/out.csv',
    table: { digest: 'b'.repeat(64), bytes: 1 },
    template: text.repeat(20),
    schema: { digest: 'c'.repeat(64), bytes: 1 },
    columns: Array.from({ length: 3000 }, (_, index) => `column ${index} of a wide table`),
  },
});

describe('boundedRecord', () => {
  it('leaves a small record as it is', () => {
    const record = reportRun();
    expect(boundedRecord(record)).toBe(record);
  });

  it('is a record within the limit, whatever the run holds', () => {
    const text = fc.integer({ min: 0, max: 4000 }).map((length) => '€'.repeat(length));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        text,
        fc.tuple(text, text),
        (count, title, [reason, note]) => {
          const record = reportRun();
          const [first] = record.stories;
          if (first === undefined) throw new Error('a record without stories');
          const big = {
            ...record,
            reason,
            feature: title,
            notes: Array.from({ length: 30 }, () => note),
            failure: { code: 'ERR_X', message: reason },
            swarm: wideSwarm(count, title),
            stories: Array.from({ length: count }, (_, index) => ({
              ...first,
              reason,
              story: { ...first.story, id: `US-${index}`, title: title === '' ? 'a' : title },
            })),
          };
          const bounded = boundedRecord(big);
          expect(Buffer.byteLength(JSON.stringify(bounded))).toBe(jsonBytes(bounded));
          expect(jsonBytes(bounded)).toBeLessThanOrEqual(MESSAGE_LIMIT_BYTES);
          expect(runRecordSchema.parse(bounded)).toMatchObject({
            runId: record.runId,
            status: record.status,
          });
        },
      ),
      { seed: 6, numRuns: 15 },
    );
  });
});
