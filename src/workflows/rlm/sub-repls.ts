import {
  condition,
  isCancellation,
  patched,
  workflowInfo,
  type SignalDefinition,
} from '@temporalio/workflow';
import { rlmProfile, WORKFLOW_TYPES } from '../../contracts/index.js';
import {
  addBudget,
  budgetLeft,
  budgetSlice,
  type AgentInput,
  type AgentResult,
  type Budget,
  type ReplRequest,
  type RlmTask,
  type SettledRequest,
} from '../../domain/index.js';
import { boundBy, inherited, outsideReason, startOrTakeOver, type Child } from '../lib/child.js';
import { workflowScope } from '../lib/scope.js';
import type { StepResult } from '../lib/step.js';
import type { ReplOwner } from './repl-owner.js';

/** REPLs of one cell at once: each is a workflow with a thread. */
const MOST_AT_ONCE = 6;

interface SubStart {
  readonly begun: StepResult<'beginSubRlm'>;
  readonly lent: Budget | null;
  readonly place: string | undefined;
}

/** REPLs that a REPL asks: each answers one question over an input of its own, on a part of the budget. */
export class SubRepls {
  private readonly owner: ReplOwner;
  private readonly task: RlmTask;
  private readonly open = new Set<Child<AgentResult>>();
  private readonly left: () => Budget | null;
  private running = 0;

  /** `left` = what questions may still use; null = no limit. */
  constructor(owner: ReplOwner, task: RlmTask, left: () => Budget | null) {
    this.owner = owner;
    this.task = task;
    this.left = left;
  }

  /** Says something to each of them. */
  tell(signal: SignalDefinition): void {
    for (const child of this.open) child.signal(signal).catch(() => undefined);
  }

  /** Has a question answered. An end without an answer is an error that the cell can catch. */
  async answer(request: ReplRequest, step: number): Promise<SettledRequest> {
    const { id, question } = request;
    const { owner, task } = this;
    while (this.running >= MOST_AT_ONCE) await condition(() => this.running < MOST_AT_ONCE);
    this.running += 1;
    const lent = this.lend();
    try {
      const begun = await owner.steps.run('beginSubRlm', {
        summary: `question ${id} for a REPL of its own`,
        args: { question, task },
      });
      const result = await this.follow(`${step}-${id}`, { begun, lent, place: this.placeOf(id) });
      this.settle(lent, result);
      const end = result.rlm;
      const state = owner.state.rlm;
      if (state !== undefined && end !== undefined)
        state.depth = Math.max(state.depth, end.depth + 1);
      const answer = end?.status === 'answered' ? end.answer : null;
      if (answer !== null) return { id, ref: answer.json };
      return { id, code: 'EXHAUSTED', message: (end?.reason ?? result.reason).slice(0, 500) };
    } catch (error) {
      if (isCancellation(error)) throw error;
      this.settle(lent);
      await this.countLost(`${step}-${id}`);
      const why = outsideReason(error);
      if (why === undefined) throw error;
      return { id, code: 'EXHAUSTED', message: why.slice(0, 500) };
    } finally {
      this.running -= 1;
    }
  }

  /** The same in every attempt that comes to the same question: it is named by what had happened before it. */
  private placeOf(id: number): string | undefined {
    const { place } = this.task;
    const journal = this.owner.state.rlm?.journal?.digest;
    return place === undefined || journal === undefined
      ? undefined
      : `${place}/${journal.slice(0, 16)}.${id}`;
  }

  private async follow(place: string, given: SubStart): Promise<AgentResult> {
    const { owner } = this;
    const child = await startOrTakeOver<AgentResult>(owner.steps, {
      type: WORKFLOW_TYPES.agent,
      // a cell that was killed leaves its numbers to the next one
      workflowId: idOf(place),
      input: this.inputOf(given),
      summary: `question ${place} · depth ${this.task.depth + 1}`,
      details: ['a question that a REPL asked'],
      basis: workflowScope(),
    });
    this.open.add(child);
    try {
      return await child.result();
    } finally {
      this.open.delete(child);
    }
  }

  private inputOf({ begun, lent, place }: SubStart): AgentInput {
    const { input, profile, spender } = this.owner;
    // what the asking code may call is not passed on by itself
    const { tools: _own, ...task } = this.task;
    const { tools } = begun;
    return {
      ...inherited(input, spender),
      model: task.subModel,
      contextWindow: task.subWindow,
      prompt: begun.prompt,
      profile: { ...rlmProfile(task.maxIterations), ...begun.frozen, ...boundBy(profile) },
      ...(lent === null ? {} : { lease: lent }),
      rlm: {
        ...task,
        context: begun.context,
        depth: task.depth + 1,
        schema: begun.schema,
        journal: null,
        ...(tools === undefined ? {} : { tools }),
        ...(place === undefined ? {} : { place }),
      },
    };
  }

  /** What one has spent that ended without a result is this agent's as well. */
  private async countLost(place: string): Promise<void> {
    const { owner } = this;
    // Histories of before 'repl-spending' counted nothing of it.
    if (!patched('repl-spending')) return;
    const { usage, costMicroUsd, modelCalls, repeatedModelCalls } = await owner.steps.run(
      'spentBelow',
      { summary: `what question ${place} had spent`, args: { workflowId: idOf(place) } },
    );
    owner.charge({ usage, costMicroUsd, modelCalls, repeatedCalls: repeatedModelCalls, turns: 0 });
  }

  /** A part of what is left, taken off the own lease meanwhile; null = no limit. */
  private lend(): Budget | null {
    const { state } = this.owner;
    const left = this.left();
    if (left === null || state.lease === undefined || state.lease === null) return null;
    const lent = budgetSlice(left, 2);
    state.lease = budgetLeft(state.lease, {
      costMicroUsd: lent.costMicroUsd ?? 0,
      tokens: lent.tokens ?? 0,
      calls: lent.calls ?? 0,
    });
    return lent;
  }

  /** What it spent is this agent's; what it did not use comes back. */
  private settle(lent: Budget | null, result?: AgentResult): void {
    const { owner } = this;
    const { state } = owner;
    if (lent !== null && state.lease !== undefined && state.lease !== null)
      state.lease = addBudget(state.lease, lent);
    if (result === undefined) return;
    const { usage, costMicroUsd, modelCalls, repeatedModelCalls: repeatedCalls } = result.spending;
    owner.charge({ usage, costMicroUsd, modelCalls, repeatedCalls, turns: 0 });
    const { subQueries = 0, toolCalls = 0 } = result.rlm ?? {};
    if (state.rlm === undefined) return;
    state.rlm.subQueries += subQueries;
    if (toolCalls > 0) state.rlm.toolCalls = (state.rlm.toolCalls ?? 0) + toolCalls;
  }
}

function idOf(place: string): string {
  return `${workflowInfo().workflowId}/rlm/${place}`;
}
