import { boundBy } from '../lib/child.js';
import { condition, isCancellation } from '@temporalio/workflow';
import {
  addUse,
  budgetLeft,
  covers,
  NO_USE,
  parseModelReference,
  type BlobRef,
  type Budget,
  type BudgetUse,
  type ModelReference,
  type ReplErrorCode,
  type ReplRequest,
  type RlmTask,
  type SettledRequest,
  type ToolResult,
} from '../../domain/index.js';
import type { KnownAnswer } from '../../activities/index.js';
import { failureFacts } from '../lib/failure.js';
import { tellHooks, TOOL_HOOKS_MS } from '../hooks/run-moment.js';
import type { StepCall } from '../lib/step.js';
import { Turns } from '../lib/scope.js';
import type { ReplOwner } from './repl-owner.js';
import type { SubRepls } from './sub-repls.js';

/** A first call, and one that is told how its answer does not fit the schema. */
const CALLS = 2;
const MESSAGE_LIMIT = 500;
/** Calls of tools in one REPL, with those of REPLs below that have ended: each is an entry of a history. */
const MOST_TOOL_CALLS = 2000;

/** Failures that belong to one question and not to the whole work, as the code of the cell sees them. */
const QUESTION_FAILURES: Readonly<Record<string, ReplErrorCode>> = {
  ERR_PROVIDER_REFUSAL: 'PROVIDER',
  ERR_PROVIDER_BAD_REQUEST: 'PROVIDER',
  ERR_PROVIDER_UNREADABLE: 'PROVIDER',
  ERR_PROVIDER_CONTEXT_OVERFLOW: 'OVERFLOW',
  ERR_BUDGET_RESERVE: 'BUDGET',
  ERR_WORKSPACE_MISSING: 'TOOL',
};

/**
 * Asks what a cell asks: side by side, never more at once than the window, and never more than the budget covers. What a question may cost
 * is taken out of the budget before it is sent, so that all of them together cannot spend more than there is.
 */
export class QuestionDesk {
  private readonly owner: ReplOwner;
  private readonly task: RlmTask;
  private readonly subRepls: SubRepls;
  private reserved: BudgetUse = NO_USE;
  private readonly turns = new Turns();
  private open = 0;
  private ended = 0;

  constructor(owner: ReplOwner, task: RlmTask, subRepls: SubRepls) {
    this.owner = owner;
    this.task = task;
    this.subRepls = subRepls;
  }

  /**
   * Asks all of them but what is known already, and gives their ends in their order. Throws what concerns the whole work, after all have
   * ended.
   */
  async ask(
    requests: readonly ReplRequest[],
    answers: readonly KnownAnswer[] = [],
  ): Promise<SettledRequest[]> {
    const step = this.owner.nextStep();
    const known = new Map(answers.map((answer) => [answer.id, answer]));
    const ends = await Promise.allSettled(
      requests.map((request, index) =>
        this.answer(request, { step, index, known: known.get(request.id) }),
      ),
    );
    return ends.map((end) => {
      if (end.status === 'rejected') throw end.reason;
      return end.value;
    });
  }

  private async answer(request: ReplRequest, place: QuestionPlace): Promise<SettledRequest> {
    const { id, problem, problemCode = 'INVALID' } = request;
    if (problem !== undefined) return { id, code: problemCode, message: problem };
    const known = settledBefore(id, place.known);
    if (known !== undefined) return known;
    const admitted = await this.admit(request);
    if (!admitted)
      return {
        id,
        code: 'BUDGET',
        message: 'the budget does not cover this question and what the work needs to end',
      };
    try {
      if (request.kind === 'rlm') return await this.subRepls.answer(request, place.step);
      if (request.kind === 'tool') return await this.callTool(request, place);
      return await this.askModel(request, place);
    } catch (error) {
      const { code, message } = failureFacts(error);
      const known = isCancellation(error) ? undefined : codeOf(code, request);
      if (known === undefined) throw error;
      return { id, code: known, message: message.slice(0, MESSAGE_LIMIT) };
    } finally {
      this.release(request);
    }
  }

  /** Waits for a place in the window and for the budget; false when the budget will not do. */
  private async admit({ needed, kind }: ReplRequest): Promise<boolean> {
    const { spender } = this.owner;
    const hasPlace = (): boolean => !spender.isPaused && this.open < this.task.parallel;
    for (;;) {
      // all who wait are woken at once, and one of them takes the place
      while (!hasPlace()) await condition(hasPlace);
      const left = this.left();
      if (
        kind === 'tool' ||
        left === null ||
        (isPriced(needed, left) && covers(left, kind === 'rlm' ? ONE_CALL : needed))
      ) {
        this.open += 1;
        this.reserved = addUse(this.reserved, needed);
        return true;
      }
      // what those under way do not use comes back
      if (this.open === 0) return false;
      const before = this.ended;
      await condition(() => this.ended > before);
    }
  }

  private release({ needed }: ReplRequest): void {
    this.open -= 1;
    this.ended += 1;
    this.reserved = {
      costMicroUsd: (this.reserved.costMicroUsd ?? 0) - (needed.costMicroUsd ?? 0),
      tokens: this.reserved.tokens - needed.tokens,
      calls: this.reserved.calls - needed.calls,
    };
  }

  /** What questions may still use: the asking model keeps enough to say what it found. */
  left(): Budget | null {
    const lease = this.owner.spender.leaseLeft();
    if (lease === null) return null;
    return budgetLeft(budgetLeft(lease, this.reserved), this.owner.nextTurn());
  }

  /** As a call of an agent: once by its step key, on the same files, and nothing that could change them. */
  private async callTool(
    { id, question, tool = '' }: ReplRequest,
    { step, index }: { readonly step: number; readonly index: number },
  ): Promise<SettledRequest> {
    const { owner } = this;
    const { rlm } = owner.state;
    const calls = rlm?.toolCalls ?? 0;
    if (calls >= MOST_TOOL_CALLS)
      return {
        id,
        code: 'BUDGET',
        message: `at most ${MOST_TOOL_CALLS} calls of tools in one REPL`,
      };
    if (rlm !== undefined) rlm.toolCalls = calls + 1;
    const isBound = owner.profile.definitions !== undefined;
    const result = await this.inTurn(isBound, {
      summary: `tool ${tool}`,
      ...(isBound ? { extraMs: TOOL_HOOKS_MS } : { policy: 'localTool' }),
      key: { scope: owner.scope, step, index: index * CALLS },
      args: {
        workspace: owner.input.workspace,
        conversation: question,
        callIndex: 0,
        seen: [],
        isReadOnly: true,
        ...boundBy(owner.profile),
      },
    });
    tellHooks(owner.events, result.hooks ?? []);
    if (result.isError)
      return { id, code: 'TOOL', message: result.preview.slice(0, MESSAGE_LIMIT) };
    return { id, ref: result.ref, isText: true };
  }

  /** One after the other where commands of people may run around calls: they may change files. */
  private inTurn(isAlone: boolean, call: StepCall<'executeTool'>): Promise<ToolResult> {
    const make = (): Promise<ToolResult> => this.owner.steps.run('executeTool', call);
    return isAlone ? this.turns.run(make) : make();
  }

  private async askModel(
    request: ReplRequest,
    { step, index, known }: QuestionPlace,
  ): Promise<SettledRequest> {
    const { id, question, needed } = request;
    const model = modelOf(request, this.task.subModel);
    if (model === undefined)
      return { id, code: 'PROVIDER', message: `${request.model ?? ''} is no PROVIDER/MODEL` };
    const before = misfitBefore(known);
    let { previous } = before;
    if (previous !== null && !(await this.mayRepair(needed))) return misfit(id, previous.problems);
    for (let { call } = before; ; call += 1) {
      const most = call === 1 ? needed : repaired(needed);
      const reply = await this.callOnce({ id, model, question, previous, most, call, step, index });
      if (reply.answer !== null) return { id, ref: reply.answer };
      if (call === CALLS || reply.said === null || !(await this.mayRepair(needed)))
        return misfit(id, reply.problems);
      previous = { answer: reply.said, problems: reply.problems };
    }
  }

  /** What the first call was held to stays reserved until the question has ended: the second is taken out as well. */
  private async mayRepair(needed: BudgetUse): Promise<boolean> {
    const { spender } = this.owner;
    while (spender.isPaused) await condition(() => !spender.isPaused);
    const left = this.left();
    return left === null || covers(left, repaired(needed));
  }

  private async callOnce(asked: {
    readonly id: number;
    readonly model: ModelReference;
    readonly question: BlobRef;
    readonly previous: { answer: BlobRef; problems: string[] } | null;
    readonly most: BudgetUse;
    readonly call: number;
    readonly step: number;
    readonly index: number;
  }) {
    const { owner } = this;
    const { id, call, step, index, model, question, previous, most } = asked;
    const { story, attempt } = owner.input;
    const isBounded = owner.spender.leaseLeft() !== null;
    const reply = await owner.steps.run('askQuestion', {
      summary: `question ${index + 1}${call === 1 ? '' : ' · repaired'}`,
      // two calls of one question have keys of their own
      key: { scope: owner.scope, step, index: index * CALLS + call - 1 },
      args: {
        ...(story === undefined ? {} : { story }),
        ...(attempt === undefined ? {} : { attempt }),
        model,
        question,
        previous,
        ...(isBounded ? { budget: { ...most, calls: 1 } } : {}),
        ...this.markOf(id, call),
      },
    });
    owner.charge({ ...reply, turns: 0, modelCalls: 1 });
    return reply;
  }

  /** Which question of which REPL it is, for those who keep the answer; nothing where nobody does. */
  private markOf(id: number, call: number) {
    const { place, attempt = 1 } = this.task;
    const wave = this.owner.state.rlm?.journal?.digest;
    return place === undefined || wave === undefined
      ? {}
      : { mark: { place, attempt, wave, id, call } };
  }
}

interface QuestionPlace {
  readonly step: number;
  readonly index: number;
  /** How an earlier attempt was answered; undefined = it was not. */
  readonly known: KnownAnswer | undefined;
}

/** The end that an earlier attempt had come to; undefined = it goes on, or begins. */
function settledBefore(id: number, known: KnownAnswer | undefined): SettledRequest | undefined {
  if (known === undefined) return undefined;
  if ('answer' in known) return { id, ref: known.answer };
  return known.calls >= CALLS ? misfit(id, known.problems) : undefined;
}

/** With which call it goes on, and what it was answered before. */
function misfitBefore(known: KnownAnswer | undefined): {
  readonly call: number;
  readonly previous: { readonly answer: BlobRef; readonly problems: string[] } | null;
} {
  if (known === undefined || 'answer' in known) return { call: 1, previous: null };
  const { said, problems, calls } = known;
  return { call: calls + 1, previous: { answer: said, problems } };
}

function misfit(id: number, problems: readonly string[]): SettledRequest {
  const message = `the answer does not fit the schema: ${problems.slice(0, 3).join('; ')}`;
  return { id, code: 'SCHEMA', message: message.slice(0, MESSAGE_LIMIT) };
}

const ONE_CALL: BudgetUse = { costMicroUsd: 0, tokens: 1, calls: 1 };

/** A repaired question holds the answer before as well: it may need half as much again. */
const REPAIR_ROOM = 1.5;

function repaired({ costMicroUsd, tokens, calls }: BudgetUse): BudgetUse {
  return {
    costMicroUsd: costMicroUsd === null ? null : Math.ceil(costMicroUsd * REPAIR_ROOM),
    tokens: Math.ceil(tokens * REPAIR_ROOM),
    calls,
  };
}

/** A call whose price nobody knows cannot be held to a budget in money. */
function isPriced({ costMicroUsd }: BudgetUse, { costMicroUsd: limit }: Budget): boolean {
  return limit === null || costMicroUsd !== null;
}

/** A model that only the code named is its own affair, whatever is wrong with it. */
function codeOf(code: string, { model }: ReplRequest): ReplErrorCode | undefined {
  const isOfModel = /^ERR_(?:PROVIDER|MODEL|BUDGET_PRICE|VAULT)/.test(code);
  return QUESTION_FAILURES[code] ?? (model !== null && isOfModel ? 'PROVIDER' : undefined);
}

function modelOf({ model }: ReplRequest, subModel: ModelReference): ModelReference | undefined {
  if (model === null) return subModel;
  try {
    return parseModelReference(model);
  } catch {
    return undefined;
  }
}
