import { patched } from '@temporalio/workflow';
import { EventBuffer } from './event-buffer.js';
import { enduring, Patience, type Waiting } from './patience.js';
import { shielded, workflowTime } from './scope.js';
import { Steps } from './step.js';
import {
  boundedRecord,
  type AgentSpending,
  type NotifyEvent,
  type RunRecord,
  type StoryRecord,
  type LimitRule,
} from '../../domain/index.js';
import { withStory } from './ledger.js';
import { Standstills } from './standstills.js';

/** What the record keeper needs of a run's input. */
interface RunBasics {
  readonly runId: string;
  readonly options: {
    readonly waitLimitMs: number;
    readonly limitRule?: LimitRule | undefined;
  };
  readonly notify?: readonly NotifyEvent[] | undefined;
  /** Numbers given before, of a run that goes on by continue-as-new; absent = none. */
  readonly continued?: { readonly steps: number; readonly events: number } | undefined;
}

/** What the parts of a run share: its record, its events, and how both reach the disk. */
export class RunState<Input extends RunBasics> {
  readonly input: Input;
  readonly events: EventBuffer;
  readonly standstills: Standstills;
  readonly steps: Steps;
  /** True once a command of ours said that it cancels the run. */
  isStopWanted = false;
  private newest: RunRecord;
  private isDirty = false;
  private saving: Promise<void> | undefined;
  private hasNews = false;
  private isHeld = false;
  private readonly patiences = new Set<Patience>();

  private readonly show: (record: RunRecord) => void;

  constructor(input: Input, record: RunRecord, show: (record: RunRecord) => void) {
    this.input = input;
    this.newest = record;
    this.show = show;
    show(record);
    this.standstills = new Standstills();
    const { runId, continued } = input;
    this.events = new EventBuffer({}, continued?.events);
    this.steps = new Steps(
      {
        runId,
        events: this.events,
        endure: (call, who) => this.endure(who, call),
      },
      continued?.steps,
    );
  }

  /** The record as it is now. */
  get record(): RunRecord {
    return this.newest;
  }

  /** Every change shows in Temporal's web interface at once. */
  set record(record: RunRecord) {
    this.newest = record;
    this.show(record);
  }

  /** The entry of a story; undefined when the run has no such story. */
  entry(id: string): StoryRecord | undefined {
    return this.record.stories.find((candidate) => candidate.story.id === id);
  }

  /** Wakes the scheduler: a story ended, or somebody asked for something. */
  wake(): void {
    if (!this.isHeld) this.hasNews = true;
  }

  /** Begins something without waking the scheduler by it; whoever calls it wakes it afterwards. */
  unwoken<Result>(work: () => Result): Result {
    this.isHeld = true;
    try {
      return work();
    } finally {
      this.isHeld = false;
    }
  }

  /** True once after each {@link wake}. */
  takeNews(): boolean {
    const had = this.hasNews;
    this.hasNews = false;
    return had;
  }

  /** True while nobody has taken the news. */
  get isAwake(): boolean {
    return this.hasNews;
  }

  /** Runs the run's own work until it succeeds or waiting does not help; the run shows as waiting meanwhile. */
  private async endure<Result>(name: string, call: () => Promise<Result>): Promise<Result> {
    const patience = new Patience({
      limitMs: this.input.options.waitLimitMs,
      limitRule: this.input.options.limitRule,
      report: (waiting) => this.reportWaiting(name, waiting),
    });
    this.patiences.add(patience);
    try {
      return await enduring(patience, call);
    } finally {
      this.patiences.delete(patience);
    }
  }

  /** Lets the run's own work that waits try again at once. */
  tryNow(): void {
    for (const patience of this.patiences) patience.tryNow();
  }

  /** Takes in that somebody waits (a child by its workflow id, the run's own work by a name), or works again; `who` is its name for people. */
  reportWaiting(key: string, waiting: Waiting | null, who = key): void {
    const changed = this.standstills.report(key, waiting, workflowTime());
    if (!changed) return;
    if (waiting === null) this.events.add('run.resume', { text: `${who}: works again` });
    else
      this.events.add('run.wait', {
        text: `${who} waits ${waiting.until === null ? 'for a resume' : `until ${waiting.until}`}: ${waiting.reason}`,
        data: { who, until: waiting.until, code: waiting.code ?? null },
      });
    this.showStandstill();
    // Whoever reported does not wait for the disk.
    this.save().catch(() => undefined);
  }

  /** Takes in what a story's open attempt has spent so far; null = it ended, and its record says it. */
  noteSpending(id: string, spending: AgentSpending | null): void {
    this.record = withStory(this.record, id, ({ openSpending: _before, ...entry }) =>
      // A word that comes late is in the attempt's record already.
      spending === null || entry.status !== 'running'
        ? entry
        : { ...entry, openSpending: spending },
    );
  }

  /** Puts the present standstill into the record. */
  showStandstill(): void {
    if (this.record.endedAt !== null) return;
    const active = this.record.stories.filter((entry) => entry.status === 'running').length;
    const before = this.record.standstill?.kind;
    this.record = { ...this.record, ...this.standstills.show(active) };
    const now = this.record.standstill?.kind;
    // Nobody waits for the message.
    if (now !== undefined && now !== before) this.notify(now).catch(() => undefined);
  }

  /** Tells whoever wants to know outside; a message that cannot be delivered becomes a note, never a failure. */
  async notify(event: NotifyEvent): Promise<void> {
    if (this.input.notify?.includes(event) !== true) return;
    const record = boundedRecord(this.record);
    const { note } = await this.steps.once('notifyRun', {
      summary: `tell about: ${event}`,
      args: { record, event },
    });
    if (note === null || this.record.notes.includes(note)) return;
    this.record = { ...this.record, notes: [...this.record.notes, note] };
    await this.save();
  }

  /**
   * Saves the record with the events so far. One write at a time, always of the newest state: an older one that comes late
   * would undo a newer one. A write ends also when whoever asked for it first is cancelled: the others ask for it too.
   */
  save(): Promise<void> {
    this.isDirty = true;
    this.saving ??= this.drain();
    return this.saving;
  }

  private async drain(): Promise<void> {
    try {
      while (this.isDirty) {
        this.isDirty = false;
        // However long the disk stays full: a run whose record cannot be written is not over. Histories of before 'whole-save'
        // lost the write with the story that asked for it.
        await shielded(
          () =>
            this.steps.run('saveRun', {
              who: 'record',
              summary: `record: ${this.record.status}`,
              args: () => ({ record: this.record }),
            }),
          () => patched('whole-save'),
        );
      }
    } finally {
      this.saving = undefined;
    }
  }
}
