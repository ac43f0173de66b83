import { ulid } from 'ulid';
import type { Gateway } from '../../client/index.js';
import {
  InvalidInputError,
  movedSince,
  sessionStanding,
  turnStory,
  type RunRecord,
} from '../../domain/index.js';
import type { OpenGateway, SessionRecord } from '../../runs/index.js';
import { spokenPart } from '../state/commands.js';
import type { Message } from '../state/message.js';
import type { Block, OpenAsk, OpenPrompt } from '../state/view-state.js';
import { note } from '../state/work.js';
import type { TuiOptions } from './ports.js';
import { SessionFollower } from './session-follower.js';

/** Turns of a session that goes on which are shown again. */
const SHOWN_TURNS = 10;

/** What the next message begins with, where it begins a session. */
export interface Choices {
  /** Undefined = as the session or the configuration says. */
  model: string | undefined;
  agent: string | undefined;
}

/** A session, also one that its first message has yet to begin: what was said in it stays in it, whatever the screen shows by then. */
interface Talk {
  /** Null = its next message begins it. */
  runId: string | null;
}

/** The session that a screen shows: says things in it, and tells the screen what happens there. */
export class SessionDesk {
  readonly choices: Choices = { model: undefined, agent: undefined };
  private readonly options: TuiOptions;
  private readonly take: (message: Message) => void;
  private connection: Promise<OpenGateway> | undefined;
  private follower: SessionFollower | undefined;
  /** The one that is shown. */
  private talk: Talk = { runId: null };
  /** One after the other: the session that the first message begins takes the second. */
  private sending: Promise<void> = Promise.resolve();

  constructor(options: TuiOptions, take: (message: Message) => void) {
    this.options = options;
    this.take = take;
  }

  /** Id of the session; null = the next message begins one. */
  get session(): string | null {
    return this.talk.runId;
  }

  /** The gateway, opened when it is needed first. */
  async open(): Promise<OpenGateway> {
    this.connection ??= this.options.connect((text) => this.say(text));
    try {
      return await this.connection;
    } catch (error) {
      this.connection = undefined;
      throw error;
    }
  }

  /** The session's record as it stands. Throws `ERR_SESSION_UNKNOWN`. */
  async record(): Promise<SessionRecord> {
    const { findSession } = await import('../../runs/index.js');
    return findSession(this.options.config, this.required());
  }

  /** Sends a message in the session that is shown now; it is queued behind what is at work there. */
  send(text: string, files: readonly string[]): Promise<void> {
    const { talk } = this;
    const sent = this.sending.then(() => this.sendNow(talk, { text, files }));
    // what could not be sent keeps nothing else from being sent
    this.sending = sent.catch(() => undefined);
    return sent;
  }

  private async sendNow(
    talk: Talk,
    { text, files }: { readonly text: string; readonly files: readonly string[] },
  ): Promise<void> {
    const { config, cwd, environment } = this.options;
    const { assertModelReachable, planPrompt } = await import('../../runs/index.js');
    this.take({ kind: 'sending' });
    let turn: number | null = null;
    const isBegun = talk.runId !== null;
    try {
      const { model, agent } = this.choices;
      const begins = talk.runId === null ? { agent } : { session: talk.runId };
      const flags = { ...begins, model, file: files, isAttended: true };
      const plan = await planPrompt(text, flags, { config, cwd });
      for (const line of plan.notes) this.say(line);
      await assertModelReachable(plan.request.model, config, environment);
      const { gateway, hasSearchAttributes } = await this.open();
      if (talk.runId === null) this.begin(talk, plan.runId, gateway);
      const taken = await gateway.say({ ...plan.input, hasSearchAttributes }, plan.request);
      turn = taken.turn;
      if (talk !== this.talk) this.say(`the message is said in session ${plan.runId}`);
    } finally {
      this.take({ kind: 'sent', session: talk.runId, turn, text: spokenPart(text) });
      // nobody knows a session whose first message was refused
      if (turn === null && !isBegun) this.forget(talk);
    }
  }

  private begin(talk: Talk, runId: string, gateway: Gateway): void {
    talk.runId = runId;
    if (talk !== this.talk) return;
    const agent = this.choices.agent ?? 'chat';
    this.take({ kind: 'session', session: runId, agent, prompts: [] });
    this.follow(runId, gateway, undefined);
  }

  /** What waits to be said in it begins it. */
  private forget(talk: Talk): void {
    talk.runId = null;
    if (talk === this.talk) this.show(talk);
  }

  private follow(runId: string, gateway: Gateway, known: SessionRecord | undefined): void {
    const { config } = this.options;
    const follower: SessionFollower = new SessionFollower({
      config,
      gateway,
      runId,
      known,
      // it may be in the middle of telling something when it is stopped
      take: (message) => {
        if (this.follower === follower) this.take(message);
      },
    });
    this.follower = follower;
    follower.run().catch((error: unknown) => this.fail(error));
  }

  /** Goes on with a session: shows what was said last in it, and what is at work. */
  async resume(record: SessionRecord): Promise<void> {
    const { runId, session } = record;
    const talk: Talk = { runId };
    // what is typed from now on is said in it
    this.show(talk);
    const { gateway } = await this.open().catch((error: unknown) => {
      if (talk === this.talk) this.leave();
      throw error;
    });
    const { openTranscript } = await import('../../runs/index.js');
    const reader = openTranscript(this.options.config);
    const said: Block[] = [];
    const texts: string[] = [];
    for (const turn of sessionStanding(session).path.slice(-SHOWN_TURNS)) {
      const prompt = (await reader.prompt(turn)) ?? '(no longer in the store)';
      texts.push(spokenPart(prompt));
      if (openPromptOf(record, turn.number) !== undefined) continue;
      said.push({ kind: 'prompt', text: spokenPart(prompt) });
      const answer = (await reader.answer(turn)) ?? '';
      if (answer !== '') said.push({ kind: 'answer', part: { kind: 'markdown', text: answer } });
    }
    // the person went on to another one meanwhile
    if (talk !== this.talk) return;
    this.take({ kind: 'blocks', blocks: said });
    this.take({ kind: 'history', history: texts });
    const prompts = sessionStanding(session).all.flatMap(
      ({ number }) => openPromptOf(record, number) ?? [],
    );
    const agent = session.agent ?? 'chat';
    const { standstill } = record;
    const paused = standstill?.kind === 'paused' ? { pausedFor: standstill.reason } : {};
    this.take({ kind: 'session', session: runId, agent, prompts, ...paused });
    this.follow(runId, gateway, record);
    await this.warnOfMoves(record);
  }

  private async warnOfMoves({ session, repository }: SessionRecord): Promise<void> {
    const last = sessionStanding(session).all.at(-1);
    if (last === undefined || last.git === null) return;
    const { gitStateAt } = await import('../../runs/index.js');
    const now = await gitStateAt(repository);
    for (const moved of movedSince(last.git, now)) this.say(`warning: ${moved}`);
  }

  /** The next message begins a new session; what is at work in this one goes on. */
  leave(): void {
    this.show({ runId: null });
  }

  /** Empties the screen for a session of which nothing is known yet. */
  private show(talk: Talk): void {
    this.follower?.stop();
    this.follower = undefined;
    this.talk = talk;
    const agent = this.choices.agent ?? 'chat';
    this.take({ kind: 'session', session: null, agent, prompts: [] });
  }

  /** Tells the agent that is at work something before its next model call. */
  async tell(text: string): Promise<void> {
    const runId = this.required();
    const { gateway } = await this.open();
    const at = working(await this.record());
    // there may be no agent at this moment who would read it
    this.say(await gateway.messageSubtask(runId, at, text));
  }

  /** Answers what an agent asks, and nothing else that may be asked by then. */
  async answer({ story, call }: OpenAsk, text: string): Promise<void> {
    const runId = this.required();
    const { gateway } = await this.open();
    await gateway.answerStory(runId, story, call === '' ? text : { text, call });
  }

  /** Stops what is at work; the session goes on with the next message. */
  async interrupt(): Promise<void> {
    const { gateway } = await this.open();
    await gateway.cancelRun(this.required());
  }

  /** Takes the last message back, with the files of its agent; gives what it said. */
  async undo(): Promise<string> {
    const { gateway, hasSearchAttributes } = await this.open();
    const record = await this.record();
    const { path } = sessionStanding(record.session);
    const last = path.at(-1);
    if (last === undefined)
      throw new InvalidInputError('ERR_SESSION_TURN', {
        message: 'nothing was said that could be taken back',
        hint: 'say something first',
      });
    const said = await gateway.rewindSession(
      { runId: record.runId, opening: null, hasSearchAttributes },
      {
        messageId: ulid().toLowerCase(),
        to: path.at(-2)?.number ?? 0,
        what: record.session.access === 'write' ? 'both' : 'conversation',
      },
    );
    this.say(said);
    const { openTranscript } = await import('../../runs/index.js');
    return (await openTranscript(this.options.config).prompt(last)) ?? '';
  }

  /** Ends the following and the connection; what is at work goes on. */
  async close(): Promise<void> {
    this.follower?.stop();
    const open = await this.connection?.catch(() => undefined);
    await open?.close();
  }

  private required(): string {
    const { runId } = this.talk;
    if (runId !== null) return runId;
    throw new InvalidInputError('ERR_SESSION_UNKNOWN', {
      message: 'there is no session yet',
      hint: 'say something, or go on with one: /sessions',
    });
  }

  private say(text: string): void {
    this.take({ kind: 'blocks', blocks: [note(text)] });
  }

  /** Shows what went wrong. */
  fail(error: unknown): void {
    this.take({ kind: 'blocks', blocks: [note(describe(error), 'bad')] });
  }
}

/** A failure in one line, with what can be done. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? `error[${error.code}]: ` : '';
  const hint = 'hint' in error && typeof error.hint === 'string' ? ` (${error.hint})` : '';
  return `${code}${error.message}${hint}`;
}

function openPromptOf({ stories }: RunRecord, turn: number): OpenPrompt | undefined {
  const entry = stories.find(({ story }) => story.id === turnStory(turn));
  if (entry?.status !== 'running' && entry?.status !== 'pending') return undefined;
  const status = entry.status === 'running' ? 'working' : 'queued';
  return { turn, text: entry.story.title, status };
}

function working({ stories, runId }: RunRecord): string {
  const entry = stories.find(({ status }) => status === 'running');
  if (entry !== undefined) return entry.story.id;
  throw new InvalidInputError('ERR_STORY_NOT_RUNNING', {
    message: `no agent of session ${runId} is at work: nobody would read it`,
    hint: 'send it as a message',
  });
}
