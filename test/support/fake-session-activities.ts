import { ApplicationFailure } from '@temporalio/common';
import type { SessionActivities } from '../../src/activities/session/session-activities.js';
import type { RunRecord } from '../../src/domain/run/ralph-run.js';
import { fakeRef } from './fake-activities.js';
import { FakeSwarmActivities, type SwarmScript } from './fake-swarm-activities.js';

type Input<Name extends keyof SessionActivities> = Parameters<SessionActivities[Name]>[0];
type Result<Name extends keyof SessionActivities> = Awaited<ReturnType<SessionActivities[Name]>>;

/** What a test of a session decides; everything else has a default. */
export interface SessionScript extends SwarmScript {
  /** Called before a prompt's lane is ready; may throw. */
  readonly beforePrompt?: (turn: number) => void | Promise<void>;
  /** Commit that the run's ref is at; default: that of the record. */
  readonly standsAt?: (turn: number) => string | undefined;
  /** Called before files come back; may wait. */
  readonly beforeRewind?: () => Promise<void>;
}

/** Activities of a session: the record that was saved last is the one on disk. */
export class FakeSessionActivities extends FakeSwarmActivities implements SessionActivities {
  readonly begunPrompts: Input<'beginPrompt'>[] = [];
  readonly rewound: Input<'rewindFiles'>[] = [];
  private readonly sessionScript: SessionScript;

  constructor(script: SessionScript = {}) {
    super(script);
    this.sessionScript = script;
  }

  /** What is on disk. */
  get record(): RunRecord | undefined {
    return this.records.at(-1);
  }

  openSession = async ({ opening }: Input<'openSession'>): Promise<Result<'openSession'>> => {
    this.calls.push('openSession');
    const record = this.record ?? opening;
    if (record !== null && record !== undefined) return record as Result<'openSession'>;
    throw ApplicationFailure.nonRetryable('there is no session', 'ERR_SESSION_UNKNOWN');
  };

  beginPrompt = async (input: Input<'beginPrompt'>): Promise<Result<'beginPrompt'>> => {
    this.calls.push(`beginPrompt ${input.turn}`);
    this.begunPrompts.push(input);
    await this.sessionScript.beforePrompt?.(input.turn);
    return {
      head: this.sessionScript.standsAt?.(input.turn) ?? input.place?.base ?? null,
      prompt: fakeRef(8000 + input.turn),
      frozen: { prompt: fakeRef(6), toolset: fakeRef(7) },
    };
  };

  rewindFiles = async (input: Input<'rewindFiles'>): Promise<Result<'rewindFiles'>> => {
    this.calls.push(`rewindFiles to ${input.to}`);
    this.rewound.push(input);
    await this.sessionScript.beforeRewind?.();
    return { head: `back-to-${input.to}` };
  };
}
