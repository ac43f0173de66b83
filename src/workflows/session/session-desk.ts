import { condition } from '@temporalio/workflow';
import type { z } from 'zod';
import {
  rewindRequestSchema,
  sayRequestSchema,
  SESSION_UPDATES,
  type RewindRequest,
  type TakenPrompt,
} from '../../contracts/index.js';
import {
  entryOfMessage,
  filesBehind,
  MOST_SESSION_TURNS,
  sessionStanding,
  turnOfStory,
} from '../../domain/index.js';
import { failureFacts } from '../lib/failure.js';
import { takeUpdate } from '../lib/handlers.js';
import { refuse } from '../lib/run-steering.js';
import { workflowTime } from '../lib/scope.js';
import { publishFiles } from './publication.js';
import { factsOf, withPrompt, withRewind } from './session-record.js';
import type { SessionState } from './session-state.js';

/**
 * Takes what people ask of a session, from the first moment on: requests wait until its record has been read. A prompt is on disk before
 * whoever sent it hears that it was taken.
 */
export class SessionDesk {
  private state: SessionState | undefined;
  private fault: { readonly error: unknown } | undefined;
  private readonly waiting: number[] = [];
  private isWorking = false;
  private isRewinding = false;

  constructor() {
    takeUpdate(
      SESSION_UPDATES.say,
      (raw) => this.say(raw),
      (raw) => requireValid(sayRequestSchema, raw),
    );
    takeUpdate(
      SESSION_UPDATES.rewind,
      (raw) => this.rewind(rewindRequestSchema.parse(raw)),
      (raw) => requireValid(rewindRequestSchema, raw),
    );
  }

  /** The record has been read: what waited is taken, first the prompts that an execution before left. */
  open(state: SessionState): void {
    for (const { story, status } of state.record.stories) {
      const number = turnOfStory(story.id);
      if (status === 'pending' && number !== undefined) this.waiting.push(number);
    }
    this.state = state;
  }

  /** The record cannot be read: everybody who asks hears why. */
  fail(error: unknown): void {
    this.fault = { error };
  }

  /** True while there is nothing to work off. */
  get isIdle(): boolean {
    return this.waiting.length === 0 && !this.isRewinding;
  }

  /** Number of the prompt to work off now; undefined when there is none. */
  async take(): Promise<number | undefined> {
    this.isWorking = false;
    await condition(() => !this.isRewinding);
    const next = this.waiting.shift();
    this.isWorking = next !== undefined;
    return next;
  }

  private async opened(): Promise<SessionState> {
    await condition(() => this.state !== undefined || this.fault !== undefined);
    if (this.state !== undefined) return this.state;
    const { code, message } = failureFacts(this.fault?.error);
    return refuse(code, message);
  }

  private async say(raw: unknown): Promise<TakenPrompt> {
    const request = sayRequestSchema.parse(raw);
    const state = await this.opened();
    // said behind the rewind: an entry before it would be taken back with it
    while (this.isRewinding) await condition(() => !this.isRewinding);
    const known = entryOfMessage(factsOf(state.record), request.messageId);
    if (known?.kind === 'turn') {
      await state.save();
      return { turn: known.number, isKnown: true };
    }
    const { next, all } = sessionStanding(factsOf(state.record));
    if (known !== undefined) refuse('ERR_REQUEST_INVALID', 'this message id is that of a rewind');
    if (all.length >= MOST_SESSION_TURNS)
      refuse(
        'ERR_SESSION_FULL',
        `the session has ${MOST_SESSION_TURNS} prompts, and takes no more`,
      );
    state.record = withPrompt(state.record, request, workflowTime());
    this.waiting.push(next);
    await state.save();
    return { turn: next, isKnown: false };
  }

  private async rewind(request: RewindRequest): Promise<string> {
    const state = await this.opened();
    if (entryOfMessage(factsOf(state.record), request.messageId) !== undefined)
      return 'taken back already';
    this.requireRewindable(state, request);
    this.isRewinding = true;
    try {
      const head = await bringBack(state, request);
      state.record = withRewind(state.record, request, { at: workflowTime(), head });
      const said = `${WORDS[request.what]} as behind prompt ${request.to}`;
      state.events.add('run.note', { text: said });
      await state.save();
      if (request.what !== 'conversation' && (await publishFiles(state))) await state.save();
      return said;
    } finally {
      this.isRewinding = false;
    }
  }

  private requireRewindable({ record }: SessionState, { to, what }: RewindRequest): void {
    const facts = factsOf(record);
    const { all, path } = sessionStanding(facts);
    if (this.isWorking || this.waiting.length > 0 || this.isRewinding)
      refuse('ERR_SESSION_BUSY', 'a prompt is being worked on');
    const known = what === 'files' ? all : path;
    if (to !== 0 && !known.some(({ number }) => number === to))
      refuse('ERR_SESSION_TURN', `the session has no prompt ${to} to go back to`);
    if (what !== 'conversation' && facts.access !== 'write')
      refuse('ERR_SESSION_NO_FILES', 'the session changes no files');
  }
}

const WORDS = {
  conversation: 'the conversation is',
  files: 'the files are',
  both: 'conversation and files are',
} as const;

/** The commit that the session is at behind a rewind. */
async function bringBack(state: SessionState, { to, what }: RewindRequest): Promise<string> {
  const { record } = state;
  if (what === 'conversation') return record.headCommit;
  const { head } = await state.steps.run('rewindFiles', {
    who: 'files',
    summary: `files as behind prompt ${to}`,
    args: {
      repository: record.repository,
      head: record.headCommit,
      to: filesBehind(factsOf(record), { to, base: record.baseCommit }),
      message: `Files as behind prompt ${to}\n\nCodetether-Run: ${record.runId}\n`,
      author: factsOf(record).author,
      committedAt: workflowTime(),
    },
  });
  return head;
}

function requireValid(schema: z.ZodType, raw: unknown): void {
  const parsed = schema.safeParse(raw);
  if (!parsed.success)
    refuse('ERR_REQUEST_INVALID', parsed.error.issues[0]?.message ?? 'not a valid request');
}
