import { visibleLine, type EventType, type RunEvent } from '../../domain/index.js';
import { workflowScope, workflowTime } from './scope.js';

/** Facts of one event besides its type. */
export type EventFacts = Partial<Pick<RunEvent, 'story' | 'attempt' | 'turn' | 'text' | 'data'>>;

/**
 * Numbers events and hands them to the next activity. Events stay in the buffer until that activity succeeded; the log
 * drops numbers it knows, so handing them in twice does no harm.
 */
export class EventBuffer {
  private pending: RunEvent[] = [];
  private readonly source = workflowScope();
  private lastSeq: number;
  private readonly common: EventFacts;

  constructor(common: EventFacts, lastSeq = 0) {
    this.common = common;
    this.lastSeq = lastSeq;
  }

  /** Number of the newest event. */
  get seq(): number {
    return this.lastSeq;
  }

  /** Adds an event. */
  add(type: EventType, facts: EventFacts = {}): void {
    this.lastSeq += 1;
    this.pending.push({
      ...this.common,
      ...facts,
      ...(facts.text === undefined ? {} : { text: visibleLine(facts.text) }),
      source: this.source,
      seq: this.lastSeq,
      type,
      at: workflowTime(),
    });
  }

  /** Runs an activity that takes the pending events along, and forgets those it delivered. */
  async deliver<Result>(run: (events: RunEvent[]) => Promise<Result>): Promise<Result> {
    const events = [...this.pending];
    const result = await run(events);
    // By number, not by count: read-only calls run side by side and deliver the same events.
    const delivered = events.at(-1)?.seq ?? 0;
    this.pending = this.pending.filter((event) => event.seq > delivered);
    return result;
  }

  /** True when nothing waits for delivery. */
  get isEmpty(): boolean {
    return this.pending.length === 0;
  }
}
