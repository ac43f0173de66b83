import { describe, expect, it } from 'vitest';
import { eventTypeSchema, type RunEvent } from '../../../../src/domain/run/event.js';
import { asksAfter } from '../../../../src/report/board/open-asks.js';
import { pageEvent } from '../../../../src/report/board/page-events.js';
import { timeLedger } from '../../../../src/report/board/time-ledger.js';

const long = 'x'.repeat(5000);

function event(type: RunEvent['type'], seq: number): RunEvent {
  const at = new Date(Date.UTC(2026, 0, 2, 3, 0, seq)).toISOString();
  const data = { duration_ms: 500, who: 'US-001', question: 'Which?', call: 'c', output: long };
  return { source: 's', seq, type, at, story: 'US-001', attempt: 1, turn: 2, text: long, data };
}

describe('what a page needs of a long log', () => {
  const all = eventTypeSchema.options.map((type, index) => event(type, index + 1));
  const kept = all.flatMap((one) => pageEvent(one) ?? []);

  it('is enough for what is asked and for where the time went', () => {
    for (let count = 1; count <= all.length; count += 1) {
      const some = all.slice(0, count);
      const few = some.flatMap((one) => pageEvent(one) ?? []);
      expect(asksAfter(new Map(), few)).toEqual(asksAfter(new Map(), some));
      const run = { startedAt: '2026-01-02T03:00:00.000Z', endedAt: null };
      const now = new Date('2026-01-02T04:00:00.000Z');
      expect(timeLedger(run, few, now)).toEqual(timeLedger(run, some, now));
    }
  });

  it('is no output of tools and no line of the others', () => {
    expect(kept.length).toBeLessThan(all.length);
    for (const one of kept) expect(one.data).not.toHaveProperty('output');
    const texts = kept.filter(({ text }) => text !== undefined).map(({ type }) => type);
    expect(texts.toSorted()).toEqual([
      'permission.ask',
      'question.ask',
      'run.pause',
      'run.resume',
      'run.wait',
    ]);
  });
});
