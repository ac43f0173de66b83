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
  private brought: RunEvent[] = [];
  private readonly source = workflowScope();
  private lastSeq: number;
  private asked: string | undefined;
  private readonly common: EventFacts;

  constructor(common: EventFacts, lastSeq = 0) {
    this.common = common;
    this.lastSeq = lastSeq;
  }

  /** Number of the newest event. */
  get seq(): number {
    return this.lastSeq;
  }

  /** The call that asked a person last; undefined = none, or it has no name. */
  get lastAsk(): string | undefined {
    return this.asked;
  }

  /** Adds an event. */
  add(type: EventType, facts: EventFacts = {}): void {
    this.lastSeq += 1;
    if (type === 'question.ask' || type === 'permission.ask') {
      const call = facts.data?.['call'];
      this.asked = typeof call === 'string' ? call : undefined;
    }
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

  /** Takes events of another workflow along, in its order: the log knows them by their source. */
  bring(events: readonly RunEvent[]): void {
    this.brought.push(...events);
  }

  /** What waits for delivery, for another workflow to take along; it stays here too, because nobody says what became of it there. */
  waiting(): RunEvent[] {
    return [...this.brought, ...this.pending];
  }

  /** Hands over what waits for delivery: whoever takes it sees to it. */
  handOver(): RunEvent[] {
    const events = this.waiting();
    this.brought = [];
    this.pending = [];
    return events;
  }

  /** Runs an activity that takes the pending events along, and forgets those it delivered. */
  async deliver<Result>(run: (events: RunEvent[]) => Promise<Result>): Promise<Result> {
    const brought = new Set(this.brought);
    const events = [...this.pending];
    const result = await run([...brought, ...events]);
    // By number, not by count: read-only calls run side by side and deliver the same events.
    const delivered = events.at(-1)?.seq ?? 0;
    this.pending = this.pending.filter((event) => event.seq > delivered);
    this.brought = this.brought.filter((event) => !brought.has(event));
    return result;
  }

  /** True when nothing waits for delivery. */
  get isEmpty(): boolean {
    return this.pending.length + this.brought.length === 0;
  }
}
