import { condition } from '@temporalio/workflow';
import {
  questionLine,
  shortLine,
  type OpenQuestion,
  type StoryRecord,
} from '../../domain/index.js';
import type { RunState } from './run-state.js';

/** Under this name the run waits for people. */
const WAITING = 'questions';
const LINE_LIMIT = 300;

/** Stories that were set aside with a question: the run stays open for the answers, without a slot of any queue. */
export class ParkedStories {
  private readonly state: RunState;
  /** Since when nothing but answers could move the run, in milliseconds since 1970; undefined = something else can. */
  private since: number | undefined;

  constructor(state: RunState) {
    this.state = state;
  }

  /** True while somebody may still answer; asked when the run has nothing else to do. The run shows what it waits for. */
  isWaiting(): boolean {
    const [first, ...more] = this.state.record.stories.filter(isParked);
    const question = first === undefined ? undefined : questionOf(first);
    this.since ??= Date.now();
    const until = this.since + this.state.input.options.waitLimitMs;
    if (first === undefined || question === undefined || Date.now() >= until) {
      this.over();
      return false;
    }
    const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
    const reason = `${first.story.id} asks: ${shortLine(questionLine(question), LINE_LIMIT)}${others}`;
    const isNew = !this.state.standstills.isWaiting(WAITING);
    if (isNew)
      this.state.reportWaiting(
        WAITING,
        { reason, until: new Date(until).toISOString() },
        'the run',
      );
    return true;
  }

  /** Something moves again. */
  over(): void {
    this.since = undefined;
    if (this.state.standstills.isWaiting(WAITING))
      this.state.reportWaiting(WAITING, null, 'the run');
  }

  /** Resolves with the next news, or when nobody has answered for as long as the run waits at most. */
  async news(): Promise<void> {
    const { state, since } = this;
    const isAwake = (): boolean => state.isAwake;
    if (since === undefined) await condition(isAwake);
    else
      await condition(isAwake, Math.max(1, since + state.input.options.waitLimitMs - Date.now()));
  }
}

function isParked(entry: StoryRecord): boolean {
  return entry.status === 'blocked' && questionOf(entry) !== undefined;
}

/** What a story's last agent asked. */
export function questionOf({ attempts }: StoryRecord): OpenQuestion | undefined {
  return attempts.at(-1)?.question;
}
