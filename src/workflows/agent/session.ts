import { condition, workflowInfo } from '@temporalio/workflow';
import type { CallModelResult, CompactConversationResult } from '../../activities/index.js';
import {
  addBudget,
  addCost,
  addUsage,
  budgetLeft,
  fittingMessage,
  formatModelReference,
  INITIAL_STALL_STATE,
  spendingUse,
  ZERO_SPENDING,
  type AgentInput,
  type AgentResult,
  type AgentState,
  type BlobRef,
  type Budget,
  type NewMessage,
  type StoryDone,
  type ToolResult,
} from '../../domain/index.js';
import { EventBuffer } from '../lib/event-buffer.js';
import { enduring, Patience, type Waiting } from '../lib/patience.js';
import { workflowScope } from '../lib/scope.js';
import type { LastCall } from '../lib/summary.js';

const SEEN_LIMIT = 200;
const DEFAULT_WAIT_LIMIT_MS = 12 * 60 * 60 * 1000;

/** One agent at work: its state between turns and what the engine adds to it. */
export class AgentSession {
  readonly input: AgentInput;
  readonly state: AgentState;
  readonly events: EventBuffer;
  readonly scope = workflowScope();
  /** Set when the agent said that it is done or blocked. */
  done: StoryDone | undefined;
  last: LastCall | undefined;
  readonly patience: Patience;
  /** How often more budget was granted. */
  grants = 0;
  private paused: boolean;

  constructor(input: AgentInput, report: (waiting: Waiting | null) => void) {
    this.input = input;
    this.paused = input.isPaused ?? false;
    this.patience = new Patience({
      limitMs: input.waitLimitMs ?? DEFAULT_WAIT_LIMIT_MS,
      report,
    });
    this.state = input.carried ?? initialState(input);
    this.events = new EventBuffer(
      { story: input.story, attempt: input.attempt },
      this.state.eventSeq,
    );
  }

  /** The next step number; steps grow by one per decision and never repeat. */
  nextStep(): number {
    this.state.step += 1;
    return this.state.step;
  }

  /** Turn that is going on or comes next, from 1. */
  get turn(): number {
    return this.state.spending.turns + 1;
  }

  /** Stops before the next model call, or goes on. */
  setPaused(isPaused: boolean): void {
    this.paused = isPaused;
  }

  /** True while no model call may be made. */
  get isPaused(): boolean {
    return this.paused;
  }

  /** Passes at once unless the agent is paused. */
  async gate(): Promise<void> {
    if (this.paused) await condition(() => !this.paused);
  }

  /** Runs an activity until it succeeds or waiting does not help; the same call is made again each time. */
  endure<Result>(call: () => Promise<Result>): Promise<Result> {
    return enduring(this.patience, call);
  }

  /** Adds to the lease. */
  grant(added: Budget): void {
    this.grants += 1;
    if (this.state.lease !== undefined && this.state.lease !== null)
      this.state.lease = addBudget(this.state.lease, added);
  }

  /** What is left of the lease; null = no limit. */
  leaseLeft(): Budget | null {
    const { lease, spending } = this.state;
    return lease === undefined || lease === null ? null : budgetLeft(lease, spendingUse(spending));
  }

  /** Takes in a model's reply. */
  accept(reply: CallModelResult): void {
    const { state } = this;
    state.head = reply.head;
    state.depth = reply.depth;
    state.pending = [];
    state.contextTokens = reply.contextTokens;
    state.spending = {
      turns: state.spending.turns + 1,
      modelCalls: state.spending.modelCalls + 1,
      repeatedModelCalls: state.spending.repeatedModelCalls + reply.repeatedCalls,
      usage: addUsage(state.spending.usage, reply.usage),
      costMicroUsd: addCost(state.spending.costMicroUsd, reply.costMicroUsd),
    };
    this.last = { usage: reply.usage, costMicroUsd: reply.costMicroUsd };
    this.noteStandIn(reply);
  }

  /** Says once of each model that it answers in place of the chosen one. */
  private noteStandIn({ answeredBy }: CallModelResult): void {
    const name = answeredBy === undefined ? undefined : formatModelReference(answeredBy);
    const known = this.state.stoodIn ?? [];
    if (name === undefined || known.includes(name)) return;
    this.state.stoodIn = [...known, name];
    const chosen = formatModelReference(this.input.model);
    this.events.add('model.switch', { text: `${name} answers in place of ${chosen}` });
  }

  /** Adds what a compaction cost; it is a model call, but no turn. */
  addCompactionCost(compacted: CompactConversationResult): void {
    const { spending } = this.state;
    this.state.spending = {
      ...spending,
      modelCalls: spending.modelCalls + compacted.modelCalls,
      repeatedModelCalls: spending.repeatedModelCalls + compacted.repeatedCalls,
      usage: addUsage(spending.usage, compacted.usage),
      costMicroUsd: addCost(spending.costMicroUsd, compacted.costMicroUsd),
    };
  }

  /** Queues a message for the next model call. */
  say(message: NewMessage): void {
    this.state.pending.push(fittingMessage(message));
  }

  /** Remembers the file versions that a result showed to the model. */
  remember(result: ToolResult): void {
    if (result.seen.length === 0) return;
    const fresh = new Set(result.seen.map((file) => file.path));
    this.state.seen = [
      ...this.state.seen.filter((file) => !fresh.has(file.path)),
      ...result.seen,
    ].slice(-SEEN_LIMIT);
  }

  /** The state to carry into a continued run. */
  carry(): AgentInput {
    const { isPaused: _isPaused, ...input } = this.input;
    const paused = this.paused ? { isPaused: true } : {};
    return { ...input, ...paused, carried: { ...this.state, eventSeq: this.events.seq } };
  }

  /** Tokens that fit into one request: what the server said when it was overrun, else what the input says. */
  get window(): number {
    return Math.min(this.input.contextWindow, this.state.window ?? Infinity);
  }

  /** The head of the conversation; present after the first reply. */
  get head(): BlobRef | null {
    return this.state.head;
  }

  /** The sentence that tells which limit is reached, or undefined. */
  reachedLimit(): string | undefined {
    const { limits } = this.input;
    const { usage, turns } = this.state.spending;
    if (turns >= limits.maxTurns) return `the limit of ${limits.maxTurns} turns is reached`;
    const tokens = usage.inputTokens + usage.outputTokens;
    if (tokens >= limits.maxTotalTokens)
      return `the limit of ${limits.maxTotalTokens} tokens is reached`;
    return undefined;
  }

  /** True when the history has grown so far that the agent should go on in a fresh run. Only asked between turns. */
  shouldContinueAsNew(): boolean {
    return workflowInfo().continueAsNewSuggested;
  }

  /** The result for the parent. */
  result(outcome: AgentResult['outcome'], reason: string, summary = ''): AgentResult {
    return {
      outcome,
      reason,
      summary: (this.done?.summary ?? summary).slice(0, 1000),
      learnings: this.done?.learnings ?? [],
      blockers: this.done?.blockers ?? [],
      spending: this.state.spending,
      conversation: this.state.head,
      ...(this.state.stoodIn === undefined ? {} : { stoodIn: this.state.stoodIn }),
    };
  }
}

function initialState(input: AgentInput): AgentState {
  return {
    head: null,
    depth: 0,
    step: 0,
    eventSeq: 0,
    pending: [{ kind: 'user-ref', ref: input.prompt }],
    contextTokens: 0,
    todos: [],
    seen: [],
    stall: INITIAL_STALL_STATE,
    spending: ZERO_SPENDING,
    silentEnds: 0,
    lease: input.lease ?? null,
  };
}
