import { describe, expect, it } from 'vitest';
import { createConversationChain } from '../../../../src/activities/model/conversation-chain.js';
import type { BlobRef } from '../../../../src/domain/blob.js';
import type { RunEvent } from '../../../../src/domain/run/event.js';
import { InfrastructureError } from '../../../../src/domain/light/error.js';
import { runStory } from '../../../../src/runs/rlm/run-story.js';
import { attemptRecord } from '../../../support/ralph-bench.js';
import { MemoryBlobs } from '../../../support/rlm-bench.js';
import { evidence, runRecord, storyRecord } from '../../../support/run-records.js';

const event = (fields: Partial<RunEvent>): RunEvent => ({
  source: 'w',
  seq: 1,
  type: 'run.note',
  at: '2026-01-02T03:00:00.000Z',
  ...fields,
});

/** A run with one attempt. */
const withAttempt = (changes: Parameters<typeof attemptRecord>[0]) =>
  runRecord({
    status: 'failed',
    stories: [storyRecord('US-001', { attempts: [attemptRecord(changes)] })],
  });

describe('the story of a run', () => {
  it('tells events by time, those of one workflow in their order also where the clock was set back', async () => {
    const events = [
      event({ source: 'a', seq: 1, at: '2026-01-02T03:00:05.000Z', text: 'first of a' }),
      event({ source: 'a', seq: 2, at: '2026-01-02T03:00:01.000Z', text: 'second\nof a' }),
      event({ source: 'b', seq: 1, at: '2026-01-02T03:00:02.000Z', text: 'of b', data: { n: 1 } }),
    ];
    const { text, notes } = await runStory(runRecord({ stories: [] }), events, {
      blobs: new MemoryBlobs(),
    });
    expect(text.slice(text.indexOf('=== EVENTS')).split('\n')).toEqual([
      '=== EVENTS ===',
      '2026-01-02T03:00:02.000Z run.note of b {"n":1}',
      '2026-01-02T03:00:05.000Z run.note first of a',
      '2026-01-02T03:00:01.000Z run.note second of a',
      '',
    ]);
    expect(notes).toEqual([]);
  });

  it('holds conversations with what was dropped from them, and what red checks printed', async () => {
    const blobs = new MemoryBlobs();
    const chain = createConversationChain(blobs);
    const start = await chain.append({
      after: null,
      messages: [{ role: 'user', content: 'the\0goal' }],
    });
    const { head } = await chain.restart(start, [{ role: 'user', content: 'summary' }]);
    const output = await blobs.put('not ok 1\n');
    const { text } = await runStory(
      withAttempt({
        conversation: head,
        evidence: [evidence({ exitCode: 1, output }), evidence({ check: 'lint' })],
      }),
      [],
      { blobs },
    );
    expect(text).toContain('[1] user: the\uFFFDgoal\n');
    expect(text).not.toContain('summary');
    expect(text).toContain('=== OUTPUT of check test, US-001 attempt 1, exit 1 ===\nnot ok 1\n');
    expect(text).not.toContain('lint');
  });

  it('takes the answer of a row for what it is, and names what is not kept any more', async () => {
    const blobs = new MemoryBlobs();
    const answer = await blobs.put('{"label": "spam"}');
    const row = await runStory(withAttempt({ conversation: answer }), [], { blobs });
    expect([row.text.includes('{"label": "spam"}'), row.notes]).toEqual([true, []]);
    blobs.get = () =>
      Promise.reject(
        new InfrastructureError('ERR_BLOB_MISSING', { message: 'it is gone', isRetryable: false }),
      );
    const gone = await runStory(withAttempt({ conversation: answer }), [], { blobs });
    expect([gone.text.includes('(not kept: it is gone)'), gone.notes]).toEqual([
      true,
      ['some conversations or outputs are not kept any more'],
    ]);
  });

  it('keeps the beginning and the end of an output that is very long', async () => {
    const blobs = new MemoryBlobs();
    const output: BlobRef = await blobs.put(`first\n${'x'.repeat(1_000_000)}\nlast`);
    const { text, notes } = await runStory(
      withAttempt({ evidence: [evidence({ exitCode: null, output })] }),
      [],
      { blobs },
    );
    expect(text.length).toBeLessThan(70_000);
    expect(text).toMatch(/ended by the engine ===\nfirst\n/);
    expect(text).toMatch(/x\nlast\n$/);
    expect(notes).toEqual([
      'of long conversations and outputs, the beginning and the end are read',
    ]);
  });

  it('is as long as its limit at most, whatever there is of it, and holds no zero bytes', async () => {
    const blobs = new MemoryBlobs();
    const limit = 20_000;
    const output = await blobs.put(`${'o\0'.repeat(5000)}`);
    const checks = Array.from({ length: 10 }, (_, index) =>
      evidence({ check: `check\0${index} ${'n'.repeat(300)}`, exitCode: 1, output }),
    );
    const many = Array.from({ length: 300 }, (_, seq) =>
      event({ seq, text: `\0${seq} ${'e'.repeat(500)}`, data: { key: '\0' } }),
    );
    const attempts = [attemptRecord({ evidence: checks })];
    const record = runRecord({
      status: 'failed',
      reason: 'a\0b',
      stories: Array.from({ length: 100 }, (_, index) =>
        storyRecord(`US-${index}`, {
          attempts: index === 0 ? attempts : [],
          reason: 'r\0'.repeat(500),
        }),
      ),
    });
    const { text, notes } = await runStory(record, many, { blobs, limit });
    expect(text.length).toBeLessThanOrEqual(limit);
    expect(text.length).toBeGreaterThan(limit / 2);
    expect(text).not.toContain('\0');
    expect(text).toMatch(/^=== RUN .*\na\uFFFDb\n/);
    expect(text).toContain('run.note \uFFFD0 eee');
    expect(text).toContain('run.note \uFFFD299 eee');
    expect(text).toContain('=== OUTPUT of check check\uFFFD0 ');
    expect(notes).toEqual([
      'of very many stories or events, the beginning and the end are read',
      'of long conversations and outputs, the beginning and the end are read',
    ]);
    const few = await runStory(record, [], { blobs, limit: 3000 });
    expect(few.text.length).toBeLessThanOrEqual(3000);
    expect(few.notes).toContain('some conversations or outputs are left out: there is too much');
  });
});
