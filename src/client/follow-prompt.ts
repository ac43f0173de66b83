import {
  InfrastructureError,
  isEnded,
  turnStory,
  type RunEvent,
  type RunRecord,
  type StoryRecord,
} from '../domain/index.js';
import { followFiles } from './follow-files.js';
import type { Gateway } from './gateway.js';

/** How {@link followPrompt} reports and ends. */
export interface FollowPromptOptions {
  readonly runId: string;
  readonly workflowId: string;
  /** Number of the prompt's turn. */
  readonly turn: number;
  /** Called for every event of the prompt, in order, from its beginning; also for what the session tells meanwhile. */
  readonly onEvent: (event: RunEvent) => void;
  /** Called each time when files were looked at. */
  readonly onLook?: (() => Promise<void>) | undefined;
  /** Aborts the following, never the prompt. */
  readonly signal: AbortSignal;
  /** How often files are looked at; default 100 ms. */
  readonly pollMs?: number;
}

/**
 * Follows one prompt of a session until it has ended and gives the session's record; undefined when `signal` aborted. Reads the durable
 * files, so it goes on through restarts of server and worker, and as many may follow as like. Throws `ERR_RUN_LOST` when the workflow closed
 * without an end of the prompt.
 */
export async function followPrompt(
  gateway: Pick<Gateway, 'events' | 'records' | 'condition'>,
  options: FollowPromptOptions,
): Promise<RunRecord | undefined> {
  const told = new Telling(options);
  return followFiles(gateway, {
    ...options,
    pollMs: options.pollMs ?? 100,
    take: (event) => told.take(event),
    onLook: () => options.onLook?.(),
    isOver: (record) => isOver(record, options),
    lost: () => promptLost(options),
  });
}

/** Tells what happens from the beginning of one prompt to its end. */
class Telling {
  private readonly story: string;
  private readonly onEvent: (event: RunEvent) => void;
  private hasBegun = false;
  private isOver = false;

  constructor({ turn, onEvent }: FollowPromptOptions) {
    this.story = turnStory(turn);
    this.onEvent = onEvent;
  }

  take(event: RunEvent): void {
    const isOwn = event.story === this.story;
    if (isOwn && event.type === 'story.start') this.hasBegun = true;
    if (!this.hasBegun || this.isOver) return;
    // what has another story belongs to another prompt; what has none is about the session
    if (isOwn || event.story === undefined) this.onEvent(event);
    if (isOwn && event.type === 'story.end') this.isOver = true;
  }
}

/** The prompt of a turn among the stories of its session; undefined before it was taken. Pure. */
export function storyOfTurn(record: RunRecord, turn: number): StoryRecord | undefined {
  return record.stories.find(({ story }) => story.id === turnStory(turn));
}

/** Left out counts too: a session that was cancelled begins nothing any more. */
function isOver(record: RunRecord, { turn }: FollowPromptOptions): boolean {
  const entry = storyOfTurn(record, turn);
  if (entry === undefined) return false;
  if (entry.status === 'running' || entry.status === 'pending') return false;
  // the one whose agent told its end; without an attempt it was left out, which the end of the session says
  return entry.attempts.length > 0 || isEnded(record.status);
}

function promptLost({ workflowId, runId }: FollowPromptOptions): InfrastructureError {
  return new InfrastructureError('ERR_RUN_LOST', {
    message: `session ${runId} was ended from outside (terminated or deleted)`,
    hint: `look at workflow ${workflowId} in the Temporal UI; say it again with codetether run -s ${runId}`,
    isRetryable: false,
  });
}
