import { CancellationScope } from '@temporalio/workflow';
import {
  frozenInto,
  addSpending,
  isWriter,
  outsideTouches,
  type AgentResult,
  type AttemptRecord,
  type StoryStatus,
  type Subtask,
} from '../../domain/index.js';
import { failureFacts } from '../lib/failure.js';
import { workflowTime } from '../lib/scope.js';
import { attemptRecord, type SubtaskEnd } from '../lib/ledger.js';
import {
  beginAttempt,
  mayLayOut,
  ownBegin,
  profileOfSubtask,
  type Attempt,
  type Begun,
} from './begin-attempt.js';
import { keepLane, keepTree, keptOn } from './kept-work.js';
import type { TakenLane } from './lane-desk.js';
import {
  mayStayStale,
  staleLockWords,
  type LandingDesk,
  type SubtaskCandidate,
  type SubtaskLanding,
} from './landing-desk.js';
import type { AgentEnd, SubtaskAgents } from './subtask-agents.js';
import type { SwarmState } from './swarm-state.js';

type Conflict = Extract<SubtaskLanding, { kind: 'conflict' }>;

/** Merges of one subtask: where many add a dependency, each lock file that lands has the others made anew. */
const LANDING_ROUNDS = 20;

/** What becomes of one subtask: its agent, its files on the run's head, its end. */
export class SubtaskWork {
  private readonly state: SwarmState;
  private readonly agents: SubtaskAgents;
  private readonly landing: LandingDesk;
  private readonly left = new Map<string, string>();

  constructor(
    state: SwarmState,
    parts: { readonly agents: SubtaskAgents; readonly landing: LandingDesk },
  ) {
    this.state = state;
    this.agents = parts.agents;
    this.landing = parts.landing;
  }

  /** Works on a subtask; everything that its agent or the merge may end with is an end. Throws for faults around it. */
  async run(
    subtask: Subtask,
    { attempt: number, taken }: { readonly attempt: number; readonly taken: TakenLane | null },
  ): Promise<SubtaskEnd> {
    const title = this.state.entry(subtask.id)?.story.title ?? subtask.id;
    const attempt: Attempt = { subtask, title, number, taken, startedAt: workflowTime() };
    const begins = ownBegin(this.state, attempt);
    const begun =
      begins === undefined
        ? await beginAttempt(this.state, attempt, { base: taken?.base ?? '' })
        : { begins };
    try {
      const end = await this.work(attempt, begun, { place: `${number}` });
      // what lies in a lane that was not laid out is somebody else's
      if (end.result.isUnbegun === true) return this.unfinished(attempt, end);
      if (end.result.outcome !== 'done') return await this.failed(attempt, end);
      if (taken === null || !isWriter(subtask)) return this.done(attempt, end.result, null);
      return await this.land(attempt, { ...candidateOf(attempt, taken), result: end.result });
    } catch (error) {
      const branch = await this.keep(attempt);
      if (branch !== undefined) this.left.set(subtask.id, branch);
      throw error;
    }
  }

  /** Branch with what the last attempt at a subtask left that ended by a fault; undefined when there is none. Once. */
  takeLeft(id: string): string | undefined {
    const branch = this.left.get(id);
    this.left.delete(id);
    return branch;
  }

  private async keep(attempt: Attempt): Promise<string | undefined> {
    const { taken } = attempt;
    return taken === null
      ? undefined
      : keepLane(this.state, { ...candidateOf(attempt, taken), laysOut: mayLayOut(this.state) });
  }

  private work(
    { subtask, title, number, taken }: Attempt,
    { frozen, ...begun }: Begun,
    how: { readonly place: string; readonly goesOn?: AgentResult },
  ): Promise<AgentEnd> {
    const { hasFiles, options } = this.state.input;
    const profile = profileOfSubtask(subtask.agent, { hasFiles, maxTurns: options.maxTurns });
    return this.agents.run({
      id: subtask.id,
      title,
      place: how.place,
      attempt: number,
      profile: frozen === undefined ? profile : frozenInto(profile, frozen),
      ...begun,
      workspace: taken?.lane ?? null,
      basis: taken?.base ?? '',
      ...(subtask.timeoutMs === undefined ? {} : { timeoutMs: subtask.timeoutMs }),
      ...(how.goesOn === undefined ? {} : { spentBefore: how.goesOn.spending }),
      ...goesOnWith(how.goesOn),
    });
  }

  private async land(attempt: Attempt, candidate: SubtaskCandidate): Promise<SubtaskEnd> {
    const first = await this.landing.land(candidate);
    if (first.kind !== 'conflict') return this.landed(attempt, candidate.result, first);
    const { state } = this;
    const { id } = attempt.subtask;
    const names = [...first.files, ...first.locks];
    state.events.add('merge.end', {
      story: id,
      text: `conflict in ${names.slice(0, 5).join(', ')}`,
    });
    let conflict: Conflict = first;
    let tried = candidate;
    let hasGoneOn = false;
    for (let round = 0; round < LANDING_ROUNDS; round += 1) {
      if (hasGoneOn && conflict.files.length > 0) break;
      hasGoneOn ||= conflict.files.length > 0;
      const resolved = await this.resolve(attempt, tried, conflict).catch((error: unknown) => {
        // whatever became of its agent, its work is there: it is kept
        state.events.add('run.note', { story: id, text: failureFacts(error).message });
        return undefined;
      });
      if (resolved === undefined) break;
      tried = resolved;
      const next = await this.landing.land(resolved).catch((error: unknown) => {
        state.events.add('run.note', { story: id, text: failureFacts(error).message });
        return undefined;
      });
      if (next === undefined) break;
      if (next.kind !== 'conflict') return this.landed(attempt, resolved.result, next);
      conflict = next;
    }
    // what it made before anybody merged it, on the base where it made it
    return this.giveUp(attempt, { ...candidate, result: tried.result }, first);
  }

  /** The agent goes on, once, on what landed meanwhile; lock files are made anew. Undefined when it is not resolved. */
  private async resolve(
    attempt: Attempt,
    candidate: SubtaskCandidate,
    conflict: Conflict,
  ): Promise<SubtaskCandidate | undefined> {
    const base = this.state.record.headCommit;
    let { result } = candidate;
    if (conflict.files.length > 0) {
      const begun = await beginAttempt(this.state, attempt, {
        base,
        conflict: { tree: conflict.tree, files: conflict.files },
      });
      const how = { place: `${attempt.number}/merge`, goesOn: result };
      const end = await this.work(attempt, begun, how);
      if (end.result.outcome !== 'done') return undefined;
      const spending = addSpending(result.spending, end.result.spending);
      result = { ...end.result, spending, summary: result.summary };
    }
    const next = { ...candidate, base, result, conflictFiles: conflict.files };
    if (conflict.locks.length === 0) return next;
    const isLaidOut = conflict.files.length > 0;
    const why = await this.makeLocks(candidate, { base, conflict, isLaidOut });
    if (why === undefined) return { ...next, renewedLocks: conflict.locks };
    return withStaleLocks(next, conflict, why);
  }

  /** Makes lock files anew; the code of what kept it from that, undefined when they are made. */
  private async makeLocks(
    { subtask, lane }: SubtaskCandidate,
    at: { readonly base: string; readonly conflict: Conflict; readonly isLaidOut: boolean },
  ): Promise<string | undefined> {
    const { branch, author, setup } = this.state.input;
    const { base, conflict, isLaidOut } = at;
    try {
      await this.state.steps.run('regenerateLocks', {
        who: subtask.id,
        summary: `${subtask.id} · ${conflict.locks.join(', ')} anew`,
        args: {
          lane,
          base,
          branch,
          author,
          setup,
          onTop: isLaidOut ? null : conflict.tree,
          locks: conflict.locks,
        },
      });
      return undefined;
    } catch (error) {
      if (CancellationScope.current().consideredCancelled) throw error;
      return failureFacts(error).code;
    }
  }

  /** Work that does not fit stays on a branch of its own, for a person. */
  private async giveUp(
    attempt: Attempt,
    candidate: SubtaskCandidate,
    conflict: Conflict,
  ): Promise<SubtaskEnd> {
    const { state } = this;
    const { subtask, title, base } = candidate;
    const spending = state.entry(subtask.id)?.openSpending ?? candidate.result.spending;
    const result = { ...candidate.result, spending };
    const work = { subtask, title, base, attempt: attempt.number };
    const branch = await keepTree(state, { ...work, tree: conflict.own });
    const names = [...conflict.files, ...conflict.locks].slice(0, 5).join(', ');
    const reason = `its changes conflict with what landed meanwhile (${names}); they are on ${branch}`;
    return {
      ...this.end(attempt, result, { status: 'blocked', outcome: 'merge_failed', reason }),
      branch,
    };
  }

  private landed(
    attempt: Attempt,
    result: AgentResult,
    landing: Exclude<SubtaskLanding, Conflict>,
  ): SubtaskEnd {
    if (landing.kind === 'empty') return this.done(attempt, result, null);
    if (landing.kind === 'refused')
      return this.end(attempt, result, {
        status: 'failed',
        outcome: 'checks_failed',
        reason: landing.reason,
      });
    const { state } = this;
    const { id } = attempt.subtask;
    state.events.add('commit.end', { story: id, text: landing.commit.slice(0, 10) });
    return this.done(attempt, result, landing);
  }

  private done(
    attempt: Attempt,
    result: AgentResult,
    landing: { readonly commit: string; readonly files: string[] } | null,
  ): SubtaskEnd {
    const outside = outsideTouches(attempt.subtask, landing?.files ?? []);
    const shown = outside.slice(0, 5).join(', ');
    const more = outside.length > 5 ? ` and ${outside.length - 5} more` : '';
    const flag = outside.length === 0 ? '' : `; wrote outside of what it touches: ${shown}${more}`;
    const end = this.end(attempt, result, {
      status: 'unverified',
      outcome: 'unverified',
      reason: `${result.reason}${flag}`,
      changedFiles: landing?.files ?? [],
    });
    return landing === null ? end : { ...end, commit: landing.commit };
  }

  /** An agent that was not done; what it changed until then is kept. */
  private async failed(attempt: Attempt, end: AgentEnd): Promise<SubtaskEnd> {
    const ended = this.unfinished(attempt, end);
    const branch = await this.keep(attempt);
    return branch === undefined ? ended : { ...ended, ...keptOn(branch, ended.attempt) };
  }

  private unfinished(attempt: Attempt, { result, stopped }: AgentEnd): SubtaskEnd {
    const { timeoutMs } = this.state.input;
    if (stopped === 'timed-out')
      return this.end(attempt, result, {
        status: 'failed',
        outcome: 'limit',
        reason: `it did not end within ${Math.round(timeoutMs / 1000)} s of work`,
      });
    if (result.outcome === 'cancelled') {
      const isEnding = CancellationScope.current().consideredCancelled;
      const others = isEnding ? 'cancelled' : 'cancelled by Temporal operator';
      return this.end(attempt, result, {
        status: 'skipped',
        outcome: 'cancelled',
        reason: stopped === 'stopped' ? 'stopped by request' : others,
      });
    }
    const status = result.outcome === 'blocked' ? 'blocked' : 'failed';
    const outcome =
      result.outcome === 'done' || result.outcome === 'silent' ? 'limit' : result.outcome;
    return this.end(attempt, result, { status, outcome, reason: result.reason });
  }

  private end(
    attempt: Attempt,
    result: AgentResult,
    how: {
      readonly status: StoryStatus;
      readonly outcome: AttemptRecord['outcome'];
      readonly reason: string;
      readonly changedFiles?: string[];
    },
  ): SubtaskEnd {
    const { status, ...facts } = how;
    const { summary, spending, conversation } = result;
    return {
      status,
      attempt: attemptRecord({
        ...facts,
        number: attempt.number,
        summary,
        spending,
        startedAt: attempt.startedAt,
        ...(conversation === null ? {} : { conversation }),
      }),
    };
  }
}

/** Whole locks that nobody could make anew stay, and whoever reads the end is told; undefined when one of them is no lock any more. */
function withStaleLocks(
  candidate: SubtaskCandidate,
  conflict: Conflict,
  why: string,
): SubtaskCandidate | undefined {
  if (!mayStayStale(conflict, why)) return undefined;
  const { result } = candidate;
  const { locks } = conflict;
  const words = staleLockWords(locks);
  const keptLocks = [...new Set([...(candidate.keptLocks ?? []), ...locks])];
  return { ...candidate, keptLocks, result: { ...result, reason: `${result.reason}; ${words}` } };
}

function candidateOf(
  { subtask, title, number }: Attempt,
  { lane, base }: TakenLane,
): Omit<SubtaskCandidate, 'result'> {
  return { subtask, title, attempt: number, lane, base };
}

function goesOnWith(before: AgentResult | undefined): {
  goesOn?: { head: NonNullable<AgentResult['conversation']>; depth: number; contextTokens: number };
} {
  if (before?.conversation === undefined || before.conversation === null) return {};
  const { conversation: head, depth, contextTokens } = before;
  return depth === undefined ? {} : { goesOn: { head, depth, contextTokens: contextTokens ?? 0 } };
}
