import { CancellationScope } from '@temporalio/workflow';
import {
  InvariantError,
  type AgentResult,
  type Subtask,
  type WorkspaceRef,
} from '../../domain/index.js';
import { workflowTime } from '../lib/scope.js';
import type { StepResult } from '../lib/step.js';
import type { SwarmState } from './swarm-state.js';

/** What an agent left in its lane. */
export interface SubtaskCandidate {
  readonly subtask: Subtask;
  readonly title: string;
  readonly attempt: number;
  readonly lane: WorkspaceRef;
  readonly base: string;
  readonly result: AgentResult;
  /** Files that its agent was to free of conflict marks; absent = none. */
  readonly conflictFiles?: string[];
  /** Lock files that were made anew in its lane; absent = none. */
  readonly renewedLocks?: string[];
  /** Lock files that nobody could make anew and that stay as they landed; absent = none. */
  readonly keptLocks?: string[];
}

/** What became of a candidate. */
export type SubtaskLanding = StepResult<'landSubtasks'>['landed'][number];

interface Waiting {
  readonly candidate: SubtaskCandidate;
  readonly resolve: (landing: SubtaskLanding) => void;
  readonly reject: (error: unknown) => void;
}

/** Candidates of one step: so many commits take about a second. */
const LARGEST_BATCH = 20;

/**
 * Brings work onto the run's head, one batch after the other: whoever comes while one is under way shares the next. A dependent
 * starts after what it depends on has landed, so the order of coming is an order of dependencies.
 */
export class LandingDesk {
  private readonly state: SwarmState;
  private readonly waiting: Waiting[] = [];
  private isWorking = false;

  constructor(state: SwarmState) {
    this.state = state;
  }

  /** Lands a candidate. A cancellation that comes now waits: half a batch is no state. */
  land(candidate: SubtaskCandidate): Promise<SubtaskLanding> {
    const landed = new Promise<SubtaskLanding>((resolve, reject) => {
      this.waiting.push({ candidate, resolve, reject });
    });
    if (!this.isWorking) {
      this.isWorking = true;
      CancellationScope.nonCancellable(() => this.workOff()).catch(() => undefined);
    }
    return landed;
  }

  private async workOff(): Promise<void> {
    // Those who end in the same moment go together.
    await Promise.resolve();
    try {
      while (this.waiting.length > 0) await this.landBatch(this.waiting.splice(0, LARGEST_BATCH));
    } finally {
      this.isWorking = false;
    }
  }

  private async landBatch(batch: readonly Waiting[]): Promise<void> {
    const { state } = this;
    const { repository, author, options } = state.input;
    const ids = batch.map(({ candidate }) => candidate.subtask.id);
    try {
      const { head, landed } = await state.steps.run('landSubtasks', {
        who: 'merge',
        summary: `merge ${ids.join(', ')}`,
        args: {
          repository,
          author,
          head: state.record.headCommit,
          model: options.model,
          committedAt: workflowTime(),
          candidates: batch.map(({ candidate }) => candidateArgs(candidate)),
        },
      });
      state.record = { ...state.record, headCommit: head };
      for (const [index, { resolve, reject }] of batch.entries()) {
        const landing = landed[index];
        if (landing === undefined) reject(endless());
        else resolve(landing);
      }
    } catch (error) {
      // one that cannot be landed takes no other with it; a batch that failed has moved nothing
      if (batch.length > 1) for (const one of batch) await this.landBatch([one]);
      else for (const { reject } of batch) reject(error);
    }
  }
}

function candidateArgs(candidate: SubtaskCandidate) {
  const { subtask, title, attempt, lane, base, result } = candidate;
  const { conflictFiles = [], renewedLocks = [], keptLocks = [] } = candidate;
  const { summary, spending } = result;
  const locks = { renewedLocks, keptLocks };
  return { id: subtask.id, title, attempt, lane, base, summary, spending, conflictFiles, ...locks };
}

function endless(): InvariantError {
  return new InvariantError('ERR_LANDING_MISSING', {
    message: 'a merge answered about fewer subtasks than it was asked about',
    hint: 'this is a defect: report it',
  });
}

/** Why lock files stay as they are: their tool refuses, or its registry does not answer. */
const UNMADE = new Set(['ERR_LOCK_FAILED', 'ERR_SETUP_OFFLINE']);
const NAMES_SHOWN = 5;

/** True where locks that nobody could make anew may land as they are: all of them are whole. `why` = code of what kept them from being made. Pure. */
export function mayStayStale(
  {
    locks,
    stale = [],
  }: { readonly locks: readonly string[]; readonly stale?: readonly string[] | undefined },
  why: string,
): boolean {
  return UNMADE.has(why) && locks.every((lock) => stale.includes(lock));
}

/** What whoever reads the end is told of them. Pure. */
export function staleLockWords(locks: readonly string[]): string {
  return `${locks.slice(0, NAMES_SHOWN).join(', ')} could not be made anew and may lack what the manifest asks for`;
}
