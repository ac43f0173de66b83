import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { taskProfile } from '../../contracts/index.js';
import {
  frozenInto,
  InvariantError,
  movedSince,
  sessionStanding,
  shortLine,
  turnStory,
  withTurn,
  type AgentProfile,
  type AgentResult,
  type SessionFacts,
  type SessionTurn,
  type WorkspaceRef,
} from '../../domain/index.js';
import { failureFacts } from '../lib/failure.js';
import { attemptRecord, endAttempt, withStory } from '../lib/ledger.js';
import { stopIfCancelled, workflowTime } from '../lib/scope.js';
import type { StepResult } from '../lib/step.js';
import type { SubtaskAgents } from '../swarm/subtask-agents.js';
import { endOfWork, notesBefore, UNTOLD, type PromptEnd } from './prompt-end.js';
import { NOTHING, PromptFiles, type Landed } from './prompt-files.js';
import { factsOf, withHead } from './session-record.js';
import type { SessionState } from './session-state.js';

/** A clone of a large repository takes its time. */
const LAY_OUT_EXTRA_MS = 50 * 60_000;
const MESSAGE_LIMIT = 2000;
/** What the next prompt is told of files that did not land. */
const NOTE_LIMIT = 300;

/** Works off prompts, one after the other: a lane, an agent that goes on with the conversation, a commit of what it changed. */
export class PromptWork {
  private readonly state: SessionState;
  private readonly agents: SubtaskAgents;
  private readonly files: PromptFiles;
  private lane: WorkspaceRef | undefined;
  /** Branch with what the agent of the present prompt changed before it broke off. */
  private broken: string | undefined;

  constructor(state: SessionState, agents: SubtaskAgents) {
    this.state = state;
    this.files = new PromptFiles(state);
    this.agents = agents;
  }

  /** Works off one prompt; whatever its agent comes to is an end of it. Throws when the session is cancelled. */
  async run(number: number): Promise<void> {
    const { state } = this;
    const story = turnStory(number);
    const turn = this.turn(number);
    const startedAt = workflowTime();
    const title = state.entry(story)?.story.title ?? story;
    state.record = withStory(state.record, story, (entry) => ({ ...entry, status: 'running' }));
    state.events.add('story.start', { story, attempt: 1, text: title });
    for (const text of this.moves(turn)) state.events.add('story.note', { story, text });
    await state.save();
    this.broken = undefined;
    try {
      await this.answer(turn, { title, startedAt });
    } catch (error) {
      if (isCancellation(error)) throw error;
      this.noteFault(turn, { error, startedAt });
    }
    await CancellationScope.nonCancellable(() => state.save());
    stopIfCancelled();
  }

  private turn(number: number): SessionTurn {
    const { all } = sessionStanding(this.facts);
    const turn = all.find((candidate) => candidate.number === number);
    if (turn !== undefined) return turn;
    throw new InvariantError('ERR_SESSION_TURN', {
      message: `the record of the session has no prompt ${number}`,
      hint: 'this is a defect: report it',
    });
  }

  private get facts(): SessionFacts {
    return factsOf(this.state.record);
  }

  private get isWriter(): boolean {
    return this.facts.access === 'write';
  }

  /** The commit that the files are at; null without files of its own. */
  private get headOfFiles(): string | null {
    return this.isWriter ? this.state.record.headCommit : null;
  }

  private moves({ number, git }: SessionTurn): string[] {
    const { all } = sessionStanding(this.facts);
    const before = all.findLast((turn) => turn.number < number && turn.git !== null);
    return movedSince(before?.git ?? null, git);
  }

  private async answer(
    turn: SessionTurn,
    { title, startedAt }: { readonly title: string; readonly startedAt: string },
  ): Promise<void> {
    const lane = await this.layOut();
    const goesOn = this.before(turn);
    const begun = await this.begin(turn, { lane, isFirst: goesOn === undefined });
    const base = this.state.record.headCommit;
    const isWriting = lane !== null && this.isWriter;
    const run = this.agents.run({
      id: turnStory(turn.number),
      title,
      place: '1',
      attempt: 1,
      profile: this.profile(turn, begun),
      prompt: begun.prompt,
      workspace: lane,
      basis: begun.prompt.digest,
      ...(goesOn === undefined ? {} : { goesOn }),
      ...(turn.questions === undefined ? {} : { questions: turn.questions }),
    });
    const place = isWriting ? { turn, title, lane, base } : null;
    const { result } = await run.catch(async (error: unknown) => {
      // the next prompt lays the lane out anew
      this.broken = place === null ? undefined : await this.files.keepBroken(place);
      throw error;
    });
    const landed = place === null ? NOTHING : await this.files.land({ ...place, result });
    this.settle(turn, { result, landed, startedAt });
  }

  /** The conversation that a prompt goes on with: that of the turn before it which no rewind took back. */
  private before({ number }: SessionTurn): NonNullable<SessionTurn['conversation']> | undefined {
    const { path } = sessionStanding(this.facts);
    const last = path.findLast((turn) => turn.number < number && turn.conversation !== null);
    return last?.conversation ?? undefined;
  }

  /** The lane of a session that has files, once an execution. */
  private async layOut(): Promise<WorkspaceRef | null> {
    const { record, steps } = this.state;
    if (this.facts.access === 'chat') return null;
    if (this.lane !== undefined) return this.lane;
    const { repository, workdir = '.', setup, prdPath, baseCommit } = record;
    const prepared = await steps.run('prepareRun', {
      who: 'preparation',
      summary: `clone and lane at ${baseCommit.slice(0, 10)}`,
      extraMs: LAY_OUT_EXTRA_MS,
      args: { repository, workdir, setup, prdPath, baseCommit, lanes: 1 },
    });
    const notes = [...new Set([...record.notes, ...(prepared.notes ?? [])])];
    this.state.record = { ...this.state.record, sandbox: prepared.sandbox, notes };
    this.lane = prepared.lane;
    return prepared.lane;
  }

  /** A lane at the session's files, which are where the run's ref is: an execution that was ended may have left it ahead of the record. */
  private async begin(
    turn: SessionTurn,
    { lane, isFirst }: { readonly lane: WorkspaceRef | null; readonly isFirst: boolean },
  ): Promise<StepResult<'beginPrompt'>> {
    const { record, steps } = this.state;
    const { author } = this.facts;
    const { definitions } = record.options;
    const { branch, headCommit: base } = record;
    const place = { base, proven: record.baseCommit, branch, author };
    const begun = await steps.run('beginPrompt', {
      who: turnStory(turn.number),
      summary: `${turnStory(turn.number)} · lane`,
      extraMs: LAY_OUT_EXTRA_MS,
      args: {
        turn: turn.number,
        prompt: turn.prompt,
        isFirst,
        ...this.agent,
        ...(definitions === undefined ? {} : { definitions }),
        place: lane === null ? null : { lane, ...place },
        ...(record.setup === undefined ? {} : { setup: record.setup }),
        notes: notesBefore(this.facts, turn.number),
      },
    });
    if (begun.head !== null && begun.head !== base) this.goOnFrom(turn, begun.head);
    return begun;
  }

  private goOnFrom(turn: SessionTurn, head: string): void {
    const { state } = this;
    const was = state.record.headCommit.slice(0, 10);
    const text = `goes on with ${head.slice(0, 10)}, not with ${was}: what made it was ended from outside before it could say so`;
    state.events.add('run.note', { story: turnStory(turn.number), text });
    state.record = withHead(state.record, { head, before: turn.number });
  }

  /** The kind of agent that answers, and its name where a person wrote it. */
  private get agent(): { kind: 'chat' | 'build' | 'plan' | 'explore'; named?: string } {
    const { access, agent } = this.facts;
    if (access === 'chat' || agent === null) return { kind: 'chat' };
    if (agent === 'build' || agent === 'plan' || agent === 'explore') return { kind: agent };
    return { kind: access === 'read' ? 'explore' : 'build', named: agent };
  }

  private profile(turn: SessionTurn, { frozen }: StepResult<'beginPrompt'>): AgentProfile {
    const { maxTurns } = this.state.record.options;
    const { model, contextWindow } = turn;
    return frozenInto({ ...taskProfile(this.agent.kind, maxTurns), model, contextWindow }, frozen);
  }

  private settle(
    turn: SessionTurn,
    {
      result,
      landed,
      startedAt,
    }: { readonly result: AgentResult; readonly landed: Landed; readonly startedAt: string },
  ): void {
    const { conversation: head, depth = 0, contextTokens = 0 } = result;
    const { commit, words, unlanded } = landed;
    const reasons = [result.reason, words, unlanded?.reason ?? ''];
    this.close(turn, {
      ...endOfWork(result, unlanded),
      reason: reasons.filter((part) => part !== '').join('; '),
      summary: result.summary,
      spending: result.spending,
      startedAt,
      changedFiles: [...landed.files],
      ...(head === null ? {} : { conversation: head }),
      commit,
      ...(unlanded?.branch === undefined ? {} : { branch: unlanded.branch }),
      change: {
        conversation: head === null ? null : { head, depth, contextTokens },
        commit: this.headOfFiles,
        ...(unlanded === undefined ? {} : { unlanded: shortLine(unlanded.reason, NOTE_LIMIT) }),
        ...(unlanded?.failure === undefined ? {} : { failure: unlanded.failure }),
      },
    });
  }

  /** What ended a prompt from outside: the session goes on, and the next prompt may fare better. */
  private noteFault(
    turn: SessionTurn,
    { error, startedAt }: { readonly error: unknown; readonly startedAt: string },
  ): void {
    const { code, message } = failureFacts(error);
    const { openSpending } = this.state.entry(turnStory(turn.number)) ?? {};
    const branch = this.broken;
    const kept = branch === undefined ? '' : `; what it changed is on ${branch}`;
    this.close(turn, {
      status: 'failed',
      outcome: 'blocked',
      reason: `${shortLine(message, MESSAGE_LIMIT)}${kept}`,
      ...(branch === undefined ? {} : { branch }),
      ...(openSpending === undefined ? {} : { spending: openSpending }),
      startedAt,
      change: {
        commit: this.headOfFiles,
        ...(branch === undefined ? {} : { unlanded: shortLine(`it broke off${kept}`, NOTE_LIMIT) }),
        failure: {
          code,
          message: message.slice(0, MESSAGE_LIMIT),
          ...(code === 'ERR_SETUP_FAILED' ? { exitCode: 2 } : {}),
        },
      },
    });
  }

  private close(turn: SessionTurn, end: PromptEnd): void {
    const { state } = this;
    const story = turnStory(turn.number);
    const { status, commit = null, branch, change, spending = UNTOLD, ...facts } = end;
    state.noteSpending(story, null);
    const attempt = attemptRecord({ number: 1, spending, ...facts });
    const kept = branch === undefined ? {} : { branch };
    state.record = endAttempt(state.record, story, { status, commit, attempt, ...kept });
    state.record = { ...state.record, session: withTurn(this.facts, turn.number, change) };
    state.events.add('story.end', {
      story,
      text: `${status}: ${end.reason}`,
      data: { status, turn: turn.number },
    });
  }
}
