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
import type { Block, OpenPrompt } from '../state/view-state.js';
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

/** The session that a screen shows: says things in it, and tells the screen what happens there. */
export class SessionDesk {
  readonly choices: Choices = { model: undefined, agent: undefined };
  private readonly options: TuiOptions;
  private readonly take: (message: Message) => void;
  private connection: Promise<OpenGateway> | undefined;
  private follower: SessionFollower | undefined;
  private runId: string | null = null;
  /** One after the other: the session that the first message begins takes the second. */
  private sending: Promise<void> = Promise.resolve();

  constructor(options: TuiOptions, take: (message: Message) => void) {
    this.options = options;
    this.take = take;
  }

  /** Id of the session; null = the next message begins one. */
  get session(): string | null {
    return this.runId;
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

  /** Sends a message; it is queued behind what is at work. */
  send(text: string, files: readonly string[]): Promise<void> {
    const sent = this.sending.then(() => this.sendNow(text, files));
    // what could not be sent keeps nothing else from being sent
    this.sending = sent.catch(() => undefined);
    return sent;
  }

  private async sendNow(text: string, files: readonly string[]): Promise<void> {
    const { config, cwd, environment } = this.options;
    const { assertModelReachable, planPrompt } = await import('../../runs/index.js');
    this.take({ kind: 'sending' });
    let turn: number | null = null;
    const isBegun = this.runId !== null;
    try {
      const { model, agent } = this.choices;
      const begins = this.runId === null ? { agent } : { session: this.runId };
      const flags = { ...begins, model, file: files, isAttended: true };
      const plan = await planPrompt(text, flags, { config, cwd });
      for (const line of plan.notes) this.say(line);
      await assertModelReachable(plan.request.model, config, environment);
      const { gateway, hasSearchAttributes } = await this.open();
      if (this.runId === null) this.begin(plan.runId, gateway);
      const taken = await gateway.say({ ...plan.input, hasSearchAttributes }, plan.request);
      turn = taken.turn;
    } finally {
      this.take({ kind: 'sent', turn, text: spokenPart(text) });
      // nobody knows a session whose first message was refused
      if (turn === null && !isBegun) this.leave();
    }
  }

  private begin(runId: string, gateway: Gateway): void {
    this.runId = runId;
    const agent = this.choices.agent ?? 'chat';
    this.take({ kind: 'session', session: runId, agent, prompts: [] });
    this.follow(runId, gateway, undefined);
  }

  private follow(runId: string, gateway: Gateway, known: SessionRecord | undefined): void {
    const { config } = this.options;
    const follower = new SessionFollower({ config, gateway, runId, known, take: this.take });
    this.follower = follower;
    follower.run().catch((error: unknown) => this.fail(error));
  }

  /** Goes on with a session: shows what was said last in it, and what is at work. */
  async resume(record: SessionRecord): Promise<void> {
    this.leave();
    const { gateway } = await this.open();
    const { runId, session } = record;
    this.runId = runId;
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
    this.take({ kind: 'blocks', blocks: said });
    this.take({ kind: 'history', history: texts });
    const prompts = sessionStanding(session).all.flatMap(
      ({ number }) => openPromptOf(record, number) ?? [],
    );
    const agent = session.agent ?? 'chat';
    this.take({ kind: 'session', session: runId, agent, prompts });
    await this.warnOfMoves(record);
    this.follow(runId, gateway, record);
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
    this.follower?.stop();
    this.follower = undefined;
    this.runId = null;
    const agent = this.choices.agent ?? 'chat';
    this.take({ kind: 'session', session: null, agent, prompts: [] });
  }

  /** Tells the agent of a prompt something before its next model call. */
  async tell(story: string | undefined, text: string): Promise<void> {
    const runId = this.required();
    const { gateway } = await this.open();
    const at = story ?? working(await this.record());
    // the log of the session says what became of it
    await gateway.messageSubtask(runId, at, text);
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
    if (this.runId !== null) return this.runId;
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
