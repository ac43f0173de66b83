import { CancellationScope } from '@temporalio/workflow';
import {
  firstNames,
  InvariantError,
  shortLine,
  turnStory,
  type AgentResult,
  type SessionTurn,
  type WorkspaceRef,
} from '../../domain/index.js';
import { failureFacts } from '../lib/failure.js';
import { workflowTime } from '../lib/scope.js';
import { mayStayStale, staleLockWords } from '../swarm/landing-desk.js';
import type { StepResult } from '../lib/step.js';
import type { PromptEnd } from './prompt-end.js';
import { publishFiles } from './publication.js';
import { factsOf } from './session-record.js';
import type { SessionState } from './session-state.js';

/** Names of changed files that a record keeps of one prompt. */
const NAMES = { most: 50, characters: 2000 };
const REASON_LIMIT = 2000;
/** Times that one prompt's files are brought: lock files that are made anew may make another one wrong. */
const LANDING_ROUNDS = 5;

/** The lane of one prompt. */
export interface PromptLane {
  readonly turn: SessionTurn;
  readonly title: string;
  readonly lane: WorkspaceRef;
  /** Commit that its agent started from. */
  readonly base: string;
}

/** What an agent left in its lane. */
interface LeftWork extends PromptLane {
  readonly result: AgentResult;
}

/** How a prompt ends whose files did not become the session's. */
export interface Unlanded extends Pick<PromptEnd, 'status' | 'outcome' | 'reason'> {
  /** Branch that has them; absent where they could not be kept. */
  readonly branch?: string;
  readonly failure?: SessionTurn['failure'];
}

/** What became of the files of one prompt. */
export interface Landed {
  readonly commit: string | null;
  readonly files: readonly string[];
  /** What a person should know of files that landed; empty = nothing. */
  readonly words: string;
  /** Set when there are changes that did not land. */
  readonly unlanded?: Unlanded;
}

/** Nothing was changed. */
export const NOTHING: Landed = { commit: null, files: [], words: '' };

type Landing = StepResult<'landSubtasks'>['landed'][number];
type Conflict = Extract<Landing, { kind: 'conflict' }>;

interface Locks {
  /** Made anew in the lane. */
  readonly renewed: readonly string[];
  /** Nobody could make them anew; they stay. */
  readonly kept: readonly string[];
}

/**
 * Brings what an agent left in its lane into the files of its session: a commit on the run's ref and on the branch that people have. What
 * cannot land is kept on a branch of its own, and told. Never throws: the answer was paid, whatever becomes of its files.
 */
export class PromptFiles {
  private readonly state: SessionState;

  constructor(state: SessionState) {
    this.state = state;
  }

  /** Commits what the agent left, however it ended: what it changed until then is the person's to keep or to take back. */
  async land(work: LeftWork): Promise<Landed> {
    const landed = await this.landOrKeep(work);
    await publishFiles(this.state);
    return landed;
  }

  /** Keeps what lies in the lane of an agent that broke off, and tells of it; the branch that has it, undefined when there is nothing. */
  async keepBroken(work: PromptLane): Promise<string | undefined> {
    const { branch } = await this.keepLane(work);
    if (branch === undefined) return undefined;
    const text = `what it changed is on ${branch}`;
    this.state.events.add('run.note', { story: turnStory(work.turn.number), text });
    return branch;
  }

  private async landOrKeep(work: LeftWork): Promise<Landed> {
    try {
      return await this.bring(work);
    } catch (error) {
      const { code, message } = failureFacts(error);
      const reason = shortLine(message, REASON_LIMIT);
      return this.told(work, {
        status: 'failed',
        outcome: 'merge_failed',
        reason,
        failure: { code, message: reason },
        ...(await this.keepLane(work)),
      });
    }
  }

  private async bring(work: LeftWork): Promise<Landed> {
    const id = turnStory(work.turn.number);
    let locks: Locks = { renewed: [], kept: [] };
    for (let round = 1; ; round += 1) {
      const one = await this.try(work, locks);
      if (one.kind === 'empty') return NOTHING;
      if (one.kind === 'landed') {
        this.state.events.add('commit.end', { story: id, text: one.commit.slice(0, 10) });
        const words = this.staleWords(id, locks);
        return { commit: one.commit, files: firstNames(one.files, NAMES), words };
      }
      if (one.kind === 'refused') {
        const { reason } = one;
        const kept = await this.keepLane(work);
        return this.told(work, { status: 'failed', outcome: 'checks_failed', reason, ...kept });
      }
      const next = round < LANDING_ROUNDS ? await this.withLocks(work, one, locks) : undefined;
      if (next === undefined) return this.giveUp(work, one);
      locks = next;
    }
  }

  /** A cancellation that comes now waits: half a landing is no state. */
  private async try(
    { turn, title, lane, base, result }: LeftWork,
    { renewed, kept }: Locks,
  ): Promise<Landing> {
    const { state } = this;
    const { summary, spending } = result;
    const id = turnStory(turn.number);
    const candidate = { id, title, attempt: 1, lane, base, summary, spending };
    const { head, landed } = await CancellationScope.nonCancellable(() =>
      state.steps.run('landSubtasks', {
        who: 'commit',
        summary: `${id} · commit`,
        args: {
          repository: state.record.repository,
          head: state.record.headCommit,
          model: turn.model,
          author: factsOf(state.record).author,
          committedAt: workflowTime(),
          candidates: [{ ...candidate, renewedLocks: [...renewed], keptLocks: [...kept] }],
        },
      }),
    );
    state.record = { ...state.record, headCommit: head };
    const [one] = landed;
    if (one !== undefined) return one;
    throw new InvariantError('ERR_LANDING_MISSING', {
      message: 'a commit was asked for, and nothing was said of it',
      hint: 'this is a defect: report it',
    });
  }

  /** Lock files that lack what a manifest asks for are made anew; undefined where that does not help. */
  private async withLocks(
    work: LeftWork,
    conflict: Conflict,
    { renewed, kept }: Locks,
  ): Promise<Locks | undefined> {
    const { files, locks } = conflict;
    if (files.length > 0 || locks.length === 0) return undefined;
    const why = await this.makeLocks(work, conflict);
    if (why === undefined) return { renewed: [...new Set([...renewed, ...locks])], kept };
    // a whole lock that nobody could make anew stays; one that is no lock any more may not land
    if (!mayStayStale(conflict, why)) return undefined;
    return { renewed, kept: [...new Set([...kept, ...locks])] };
  }

  /** The code of what kept them from being made, undefined when they are. Whoever cancels does not wait for a registry. */
  private async makeLocks(
    { turn, lane, base }: LeftWork,
    { tree, locks }: Conflict,
  ): Promise<string | undefined> {
    const { record, steps } = this.state;
    const id = turnStory(turn.number);
    try {
      await steps.run('regenerateLocks', {
        who: id,
        summary: `${id} · ${locks.join(', ')} anew`,
        args: {
          lane,
          base,
          branch: record.branch,
          author: factsOf(record).author,
          ...(record.setup === undefined ? {} : { setup: record.setup }),
          onTop: tree,
          locks,
        },
      });
      return undefined;
    } catch (error) {
      return failureFacts(error).code;
    }
  }

  private staleWords(story: string, { kept }: Locks): string {
    if (kept.length === 0) return '';
    const words = staleLockWords(kept);
    this.state.events.add('run.note', { story, text: words });
    return words;
  }

  private async giveUp(work: LeftWork, { own, files, locks }: Conflict): Promise<Landed> {
    const names = [...files, ...locks].slice(0, 5).join(', ');
    const reason = `its changes do not fit (${names})`;
    const call = { summary: 'kept on a branch', args: { ...this.place(work), tree: own } };
    const { branch } = await CancellationScope.nonCancellable(() =>
      this.state.steps.run('keepSubtask', { who: 'commit', ...call }),
    );
    return this.told(work, { status: 'blocked', outcome: 'merge_failed', reason, branch });
  }

  /** What lies in the lane goes with the next prompt: until then it is on a branch of its own. */
  private async keepLane(work: PromptLane): Promise<{ branch?: string }> {
    const { steps, events } = this.state;
    const call = {
      who: 'commit',
      summary: 'what it left, on a branch',
      args: { ...this.place(work), lane: work.lane },
    };
    try {
      const { branch } = await CancellationScope.nonCancellable(() =>
        steps.once('keepUnlanded', call),
      );
      return branch === null ? {} : { branch };
    } catch (error) {
      const text = `what it left is not kept: ${failureFacts(error).message}`;
      events.add('run.note', { story: turnStory(work.turn.number), text });
      return {};
    }
  }

  private place({ turn, title, base }: PromptLane) {
    const { record } = this.state;
    const subtask = turnStory(turn.number);
    return {
      repository: record.repository,
      branch: record.branch,
      author: factsOf(record).author,
      subtask,
      attempt: 1,
      base,
      message: `${subtask}: ${title}\n`,
      committedAt: workflowTime(),
    };
  }

  private told({ turn }: PromptLane, end: Unlanded): Landed {
    const where =
      end.branch === undefined
        ? 'what it changed is in no commit'
        : `what it changed is on ${end.branch}`;
    const reason = `its files did not become the session's: ${end.reason}; ${where}`;
    this.state.events.add('run.note', { story: turnStory(turn.number), text: reason });
    return { ...NOTHING, unlanded: { ...end, reason } };
  }
}
