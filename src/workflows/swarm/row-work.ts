import {
  addSpending,
  ZERO_SPENDING,
  type AgentSpending,
  type BlobRef,
  type Subtask,
  type SwarmRows,
} from '../../domain/index.js';
import { workflowTime } from '../lib/scope.js';
import type { StepCall, StepResult } from '../lib/step.js';
import { attemptRecord, type SubtaskEnd } from '../lib/ledger.js';
import { spendingOf, type OwnCalls } from './own-calls.js';
import type { SwarmState } from './swarm-state.js';

type RowCall = Exclude<StepCall<'answerRow'>['args'], () => unknown>;

/** A first call, and one that is told what was wrong with its answer. */
const CALLS = 2;

/** Rows of a table: one question each, whose answer has to fit a schema. */
export class RowWork {
  private readonly state: SwarmState;
  private readonly calls: OwnCalls;
  private readonly sharers: () => number;

  constructor(
    state: SwarmState,
    parts: { readonly calls: OwnCalls; readonly sharers: () => number },
  ) {
    this.state = state;
    this.calls = parts.calls;
    this.sharers = parts.sharers;
  }

  /** Asks about one row until an answer fits. */
  async run(subtask: Subtask, attempt: number): Promise<SubtaskEnd> {
    const startedAt = workflowTime();
    const { rows } = this.state.input;
    let spending: AgentSpending = ZERO_SPENDING;
    let previous: RowCall['previous'] = null;
    for (let call = 1; call <= CALLS && rows !== undefined; call += 1) {
      const reply = await this.ask(subtask, { rows, attempt, call, previous });
      spending = addSpending(spending, spendingOf(reply));
      this.state.noteSpending(subtask.id, spending);
      if (reply.answer !== null) return fits(reply.answer, { attempt, startedAt, spending });
      previous = badAnswer(reply);
    }
    const why = previous?.problems.slice(0, 3).join('; ') ?? 'the run has no table';
    const reason = `the answer does not fit the schema: ${why}`;
    return {
      status: 'failed',
      attempt: attemptRecord({ number: attempt, outcome: 'limit', reason, spending, startedAt }),
    };
  }

  private ask(
    { id }: Subtask,
    asked: {
      readonly rows: SwarmRows;
      readonly attempt: number;
      readonly call: number;
      readonly previous: RowCall['previous'];
    },
  ) {
    const { rows, attempt, call, previous } = asked;
    const { table, template, templateRef, schema } = rows;
    const key = this.state.steps.nextKey();
    return this.calls.pay(`${id}/${attempt}/${call}`, this.sharers(), (budget) =>
      this.state.steps.run('answerRow', {
        who: id,
        key,
        summary: `${id}${call === 1 ? '' : ' · repaired'}`,
        args: {
          model: this.state.input.options.model,
          story: id,
          attempt,
          row: rowOf(id),
          table,
          ...(templateRef === undefined ? { template } : { templateRef }),
          schema,
          previous,
          ...(budget === undefined ? {} : { budget }),
        },
      }),
    );
  }
}

function badAnswer({ said, saidRef, problems }: StepResult<'answerRow'>): RowCall['previous'] {
  return { answer: said, problems, ...(saidRef === undefined ? {} : { answerRef: saidRef }) };
}

function fits(
  answer: BlobRef,
  facts: { readonly attempt: number; readonly startedAt: string; readonly spending: AgentSpending },
): SubtaskEnd {
  const { attempt: number, startedAt, spending } = facts;
  const reason = 'answered';
  return {
    status: 'unverified',
    attempt: {
      ...attemptRecord({ number, outcome: 'unverified', reason, spending, startedAt }),
      conversation: answer,
    },
  };
}

/** `row-17` is row 16, counted from 0. */
export function rowOf(id: string): number {
  return Number(id.slice('row-'.length)) - 1;
}
