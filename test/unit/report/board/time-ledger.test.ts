import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventTypeSchema, type RunEvent } from '../../../../src/domain/run/event.js';
import { timeLedger } from '../../../../src/report/board/time-ledger.js';

const START = Date.parse('2026-01-02T03:00:00.000Z');

/** An event so many seconds after the start of the run. */
function event(type: RunEvent['type'], second: number, more: Partial<RunEvent> = {}): RunEvent {
  const at = new Date(START + second * 1000).toISOString();
  return { source: 'run', seq: 1, type, at, ...more };
}

const iso = (second: number): string => new Date(START + second * 1000).toISOString();

/** Seconds of each use of a run of so many seconds. */
function uses(seconds: number, events: readonly RunEvent[]): Record<string, number> {
  const run = { startedAt: iso(0), endedAt: iso(seconds) };
  const { parts } = timeLedger(run, events, new Date(START));
  return Object.fromEntries(parts.map(({ use, ms }) => [use, ms / 1000]));
}

const model = (second: number, seconds: number): RunEvent =>
  event('model.end', second, { story: 'US-001', data: { duration_ms: seconds * 1000 } });

describe('where the time of a run went', () => {
  it('is all between where nothing is known, and nothing where no time went', () => {
    expect(uses(10, [])).toEqual({ between: 10 });
    expect(uses(0, [])).toEqual({});
  });

  it('is model, checks, tools, and work between them', () => {
    const story = { story: 'US-001' };
    const events = [
      event('story.start', 2, story),
      model(10, 5),
      event('tool.end', 13, { ...story, data: { duration_ms: 2000 } }),
      event('check.start', 15, story),
      event('check.end', 19, { ...story, data: { duration_ms: 1000 } }),
      event('story.end', 20, story),
    ];
    expect(uses(25, events)).toEqual({ model: 5, checks: 4, working: 9, between: 7 });
  });

  it('is waiting, by its cause', () => {
    const events = [
      event('question.ask', 1, { story: 'US-001' }),
      event('question.answer', 4, { story: 'US-001' }),
      event('run.pause', 5, { text: 'the budget of $1 is used up' }),
      event('run.resume', 7, { text: 'resumed' }),
      event('run.pause', 8, { text: 'paused by request' }),
      event('run.resume', 12, { text: 'resumed' }),
      event('run.wait', 13, { text: 'US-001 waits until …: 429', data: { who: 'US-001' } }),
      event('run.resume', 18, { text: 'US-001: works again' }),
    ];
    expect(uses(20, events)).toEqual({
      'waiting for an answer': 3,
      'waiting for budget': 2,
      paused: 4,
      'waiting for a service': 5,
      between: 6,
    });
  });

  it('tells a question that is reported as a standstill from a service that does not answer', () => {
    const events = [
      event('run.wait', 1, { text: 'US-001 waits until …: asks: Why?', data: { who: 'US-001' } }),
      event('run.resume', 4, { text: 'US-001: works again' }),
    ];
    expect(uses(5, events)).toEqual({ 'waiting for an answer': 3, between: 2 });
  });

  it('is never waiting while a paid call is in flight', () => {
    const events = [event('run.pause', 0, { text: 'paused by request' }), model(6, 6)];
    expect(uses(10, events)).toEqual({ model: 6, paused: 4 });
  });

  it('counts work side by side once', () => {
    expect(uses(10, [model(6, 6), model(8, 6)])).toEqual({ model: 8, between: 2 });
  });

  it('counts the preparation and the checks of the base', () => {
    const events = [
      event('setup.start', 1),
      event('setup.end', 3),
      event('baseline.start', 3),
      event('baseline.end', 6),
    ];
    expect(uses(6, events)).toEqual({ working: 2, checks: 3, between: 1 });
  });

  it('goes up to now while the run is open, and takes in events in any order', () => {
    const run = { startedAt: iso(0), endedAt: null };
    const events = [
      event('story.end', 8, { story: 'US-001' }),
      event('story.start', 2, { story: 'US-001' }),
    ];
    expect(timeLedger(run, events, new Date(START + 10_000))).toEqual({
      wall_ms: 10_000,
      parts: [
        { use: 'working', ms: 6000 },
        { use: 'between', ms: 4000 },
      ],
    });
  });

  it('never goes below nothing where a clock was set back', () => {
    const run = { startedAt: iso(10), endedAt: null };
    expect(timeLedger(run, [model(20, 5)], new Date(START))).toEqual({ wall_ms: 0, parts: [] });
  });

  it('adds up to the wall time, whatever happened', () => {
    const any = fc
      .record({
        type: fc.constantFrom(...eventTypeSchema.options),
        second: fc.integer({ min: -20, max: 120 }),
        story: fc.option(fc.constantFrom('US-001', 'US-002'), { nil: undefined }),
        text: fc.constantFrom('', 'resumed', 'US-001: works again', 'works again', 'asks: x'),
        data: fc.option(
          fc.record({
            duration_ms: fc.oneof(fc.integer({ min: -5, max: 90_000 }), fc.string()),
            who: fc.constantFrom('US-001', 7),
          }),
          { nil: undefined },
        ),
      })
      .map(({ type, second, story, text, data }) =>
        event(type, second, {
          text,
          ...(story === undefined ? {} : { story }),
          ...(data === undefined ? {} : { data }),
        }),
      );
    fc.assert(
      fc.property(
        fc.array(any, { maxLength: 60 }),
        fc.integer({ min: 0, max: 100 }),
        (events, end) => {
          const run = { startedAt: iso(0), endedAt: iso(end) };
          const { wall_ms: wall, parts } = timeLedger(run, events, new Date(START));
          expect(parts.reduce((sum, { ms }) => sum + ms, 0)).toBe(wall);
          expect(parts.every(({ ms }) => ms > 0)).toBe(true);
          expect(new Set(parts.map(({ use }) => use)).size).toBe(parts.length);
        },
      ),
    );
  });

  it('counts a model call as such whatever else is said of the same time', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.constantFrom(...eventTypeSchema.options), fc.integer({ min: 0, max: 60 })),
        ),
        (others) => {
          const events = others.map(([type, second]) => event(type, second));
          expect(uses(60, [...events, model(40, 20)])['model']).toBeGreaterThanOrEqual(20);
        },
      ),
    );
  });
});
