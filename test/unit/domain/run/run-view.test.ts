import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundedRecord,
  jsonBytes,
  MESSAGE_LIMIT_BYTES,
} from '../../../../src/domain/run/run-view.js';
import { runRecordSchema } from '../../../../src/domain/run/ralph-run.js';
import { reportRun } from '../../../support/report-run.js';

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
