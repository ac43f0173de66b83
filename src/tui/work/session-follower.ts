import type { Gateway } from '../../client/index.js';
import type { Config } from '../../config/index.js';
import { sessionStanding, turnOfStory, type RunEvent, type RunRecord } from '../../domain/index.js';
import type { Delta, SessionRecord, TranscriptReader } from '../../runs/index.js';
import { spokenPart } from '../state/commands.js';
import type { Message } from '../state/message.js';

/** What a {@link SessionFollower} works with. */
interface Following {
  readonly config: Config;
  readonly gateway: Gateway;
  readonly runId: string;
  /** The session as it stood when it was opened; undefined = it begins now. */
  readonly known: SessionRecord | undefined;
  readonly take: (message: Message) => void;
}

/** Deltas that are kept of prompts whose beginning the log has not told yet. */
const MOST_HELD = 2000;
const GONE = 'the service does not answer; what is at work goes on when it is back';
const ENDED = 'the session was ended from outside: say it again';

/** Tells a screen what happens in a session, from any terminal, in the order in which it happened. */
export class SessionFollower {
  private readonly following: Following;
  private transcript: TranscriptReader | undefined;
  private readonly abort = new AbortController();
  /** Prompts that had ended before the session was opened. */
  private readonly past: ReadonlySet<string>;
  private readonly openedAt = Date.now();
  private readonly begun = new Set<string>();
  private readonly ended = new Set<string>();
  private events: RunEvent[] = [];
  private held: Delta[] = [];
  private record: RunRecord | undefined;
  private closedSeen = 0;
  private trouble: string | null = null;

  constructor(following: Following) {
    this.following = following;
    const stories = following.known?.stories ?? [];
    this.past = new Set(
      stories
        .filter(({ status }) => status !== 'running' && status !== 'pending')
        .map(({ story }) => story.id),
    );
  }

  /** Follows until {@link stop}. */
  async run(): Promise<void> {
    const { config, gateway, runId } = this.following;
    const { followSession, sessionWorkflowId } = await import('../../client/index.js');
    const { listenToRun, openTranscript } = await import('../../runs/index.js');
    this.transcript = openTranscript(config);
    const listener = await listenToRun(config, runId);
    try {
      await followSession(gateway, {
        runId,
        workflowId: sessionWorkflowId(runId),
        signal: this.abort.signal,
        onEvent: (event) => {
          if (this.isNew(event)) this.events.push(event);
        },
        onLook: async (record) => {
          this.record = record;
          await this.tellEvents();
          this.tellDeltas(await listener.read());
        },
        onCondition: (condition) => this.noteCondition(condition),
      });
    } finally {
      await listener.close();
    }
  }

  /** Follows no longer; what is at work goes on. */
  stop(): void {
    this.abort.abort();
  }

  private isNew({ story, at }: RunEvent): boolean {
    return story === undefined ? Date.parse(at) >= this.openedAt : !this.past.has(story);
  }

  /** The answer of a prompt stands before its end, which waits until the record has it. */
  private async tellEvents(): Promise<void> {
    while (!this.abort.signal.aborted) {
      const [event] = this.events;
      if (event === undefined) return;
      const turn = turnOfStory(event.story ?? '');
      if (event.type === 'story.end' && turn !== undefined) {
        const answer = await this.answerOf(turn);
        if (answer === undefined) return;
        this.following.take({ kind: 'answered', text: answer });
        this.ended.add(event.story ?? '');
      }
      if (event.type === 'story.start') this.begun.add(event.story ?? '');
      this.following.take({ kind: 'event', event: await this.withWords(event) });
      this.events = this.events.slice(1);
    }
  }

  /** The log has the first line of what was said; the screen shows all of it. */
  private async withWords(event: RunEvent): Promise<RunEvent> {
    const turn = turnOfStory(event.story ?? '');
    if (event.type !== 'story.start' || turn === undefined) return event;
    const { all } = sessionStanding(this.record?.session ?? { entries: [] });
    const said = all.find(({ number }) => number === turn);
    const text = said === undefined ? null : await this.transcript?.prompt(said);
    return text === null || text === undefined ? event : { ...event, text: spokenPart(text) };
  }

  /** Undefined while the record does not have it. */
  private async answerOf(turn: number): Promise<string | undefined> {
    const { record } = this;
    const entry = record?.stories.find(({ story }) => turnOfStory(story.id) === turn);
    const isOpen = entry === undefined || entry.status === 'running' || entry.status === 'pending';
    if (isOpen) return undefined;
    const { all } = sessionStanding(record?.session ?? { entries: [] });
    const said = all.find(({ number }) => number === turn);
    return said === undefined ? '' : ((await this.transcript?.answer(said)) ?? '');
  }

  private tellDeltas(deltas: readonly Delta[]): void {
    const all = [...this.held, ...deltas].filter(({ story }) => !this.ended.has(story));
    this.held = all.filter(({ story }) => !this.begun.has(story)).slice(-MOST_HELD);
    const told = all.filter(({ story }) => this.begun.has(story));
    if (told.length > 0) this.following.take({ kind: 'deltas', deltas: told });
  }

  private noteCondition(condition: 'open' | 'closed' | 'unknown'): void {
    this.closedSeen = condition === 'closed' ? this.closedSeen + 1 : 0;
    const isOpen = this.record !== undefined && this.record.endedAt === null;
    const trouble = condition === 'unknown' ? GONE : this.closedSeen > 1 && isOpen ? ENDED : null;
    if (trouble === this.trouble) return;
    this.trouble = trouble;
    this.following.take({ kind: 'trouble', text: trouble });
  }
}
