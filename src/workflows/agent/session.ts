import { workflowInfo } from '@temporalio/workflow';
import type { CallModelResult, CompactConversationResult } from '../../activities/index.js';
import {
  fittingMessage,
  formatModelReference,
  INITIAL_STALL_STATE,
  profileOf,
  unansweredOf,
  ZERO_SPENDING,
  type AgentInput,
  type AgentProfile,
  type AgentResult,
  type AgentState,
  type BlobRef,
  type BudgetUse,
  type HookEvent,
  type ModelReference,
  type NewMessage,
  type OpenQuestion,
  type StepKey,
  type StoryDone,
  type ToolResult,
} from '../../domain/index.js';
import { EventBuffer } from '../lib/event-buffer.js';
import type { HookPlace } from '../hooks/run-moment.js';
import { enduring } from '../lib/patience.js';
import { ReplTurns } from '../rlm/repl-turns.js';
import { Turns, workflowScope } from '../lib/scope.js';
import type { OwnerLink } from '../lib/owner.js';
import { Spender, type CallCost } from '../lib/spender.js';
import { Steps } from '../lib/step.js';
import type { LastCall } from '../lib/summary.js';
import { showAgent } from './agent-details.js';
import { SubAgents } from './sub-agents.js';

const SEEN_LIMIT = 200;
/** Tokens of a message and of the output before it. */
const TURN_TOKENS = 6000;
const DEFAULT_WAIT_LIMIT_MS = 12 * 60 * 60 * 1000;

/** One agent at work: its state between turns and what the engine adds to it. */
export class AgentSession {
  readonly input: AgentInput;
  /** What it is; completed when it lays out its lane by itself. */
  profile: AgentProfile;
  readonly state: AgentState;
  readonly events: EventBuffer;
  readonly spender: Spender;
  readonly steps: Steps;
  readonly scope = workflowScope();
  /** Set when the agent said that it is done or blocked. */
  done: StoryDone | undefined;
  /** Set when it asked what nobody answered, and its work is set aside. */
  parked: OpenQuestion | undefined;
  last: LastCall | undefined;
  /** What it does now, for people. */
  doing = 'begins';
  /** False until its lane is ready. */
  hasBegun: boolean;
  /** Ends when nobody is asked for a yes any more. */
  readonly consents = new Turns();
  /** What people said to it that it has not been told yet: a call that is under way takes no more in. */
  readonly mail: string[] = [];

  constructor(input: AgentInput) {
    this.input = input;
    this.profile = profileOf(input);
    this.state = input.carried ?? initialState(input);
    this.hasBegun = input.begins === undefined || input.carried !== undefined;
    this.events = new EventBuffer(
      { story: input.story, attempt: input.attempt },
      this.state.eventSeq,
    );
    const { owner, story, holder } = input;
    this.link = { owner, story: story ?? '', holder };
    this.subAgents = new SubAgents(this);
    this.spender = new Spender({
      state: this.state,
      link: this.link,
      waitLimitMs: input.waitLimitMs ?? DEFAULT_WAIT_LIMIT_MS,
      limitRule: input.limitRule,
      isPaused: input.isPaused ?? false,
      changed: () => showAgent(this),
      // it says what it found in place of waiting for more
      ...(input.rlm === undefined ? {} : { isFirm: true }),
      line: this.subAgents.lending.line,
      asking: () => this.events.lastAsk,
    });
    this.steps = new Steps({
      runId: input.runId,
      events: this.events,
      endure: (call) => enduring(this.spender.patience, call),
    });
    this.repl = input.rlm === undefined ? undefined : new ReplTurns(this, input.rlm);
  }

  /** The next step number; steps grow by one per decision and never repeat. */
  nextStep(): number {
    this.state.step += 1;
    return this.state.step;
  }

  /** Key of its next step. */
  nextKey(): StepKey {
    return { scope: this.scope, step: this.nextStep(), index: 0 };
  }

  /** True when people defined a command for this moment. */
  hasHook(event: HookEvent): boolean {
    return this.profile.hookEvents?.includes(event) === true;
  }

  /** True when people defined a command for calls of tools. */
  get hasToolHooks(): boolean {
    return this.hasHook('pre_tool') || this.hasHook('post_tool');
  }

  /** Where hooks of its moments run. */
  get hookPlace(): HookPlace {
    const { steps, events, profile } = this;
    return { steps, events, workspace: this.input.workspace, definitions: profile.definitions };
  }

  /** Says what it does now. */
  do(what: string): void {
    this.doing = what;
    showAgent(this);
  }

  /** Turn that is going on or comes next, from 1. */
  get turn(): number {
    return this.state.spending.turns + 1;
  }

  /** Takes in a model's reply. */
  accept(reply: CallModelResult): void {
    const { state } = this;
    state.head = reply.head;
    state.depth = reply.depth;
    state.pending = [];
    state.contextTokens = reply.contextTokens;
    this.spender.charge({ ...reply, turns: 1, modelCalls: 1 });
    this.last = { usage: reply.usage, costMicroUsd: reply.costMicroUsd };
    this.noteStandIn(reply);
  }

  /** Says once of each model that it answers in place of the chosen one. */
  private noteStandIn({ answeredBy }: CallModelResult): void {
    const name = answeredBy === undefined ? undefined : formatModelReference(answeredBy);
    const known = this.state.stoodIn ?? [];
    if (name === undefined || known.includes(name)) return;
    this.state.stoodIn = [...known, name];
    const chosen = formatModelReference(this.model);
    this.events.add('model.switch', { text: `${name} answers in place of ${chosen}` });
  }

  /** Takes in a shortened conversation; it is a model call, but no turn. */
  acceptCompaction(compacted: CompactConversationResult): void {
    this.state.head = compacted.head;
    this.state.depth = compacted.depth;
    this.state.contextTokens = compacted.contextTokens;
    this.spender.charge({ ...compacted, turns: 0 });
  }

  /** What is to be said of agents in the background that have ended. */
  readonly notices: NewMessage[][] = [];
  readonly subAgents: SubAgents;
  /** Its REPL over an input; undefined for agents that work otherwise. */
  readonly repl: ReplTurns | undefined;
  /** Whom it reports to. */
  readonly link: OwnerLink;

  /** Puts what people said behind what the agent is told next; true when there was something. */
  readMail(): boolean {
    const letters = this.mail.splice(0);
    for (const text of letters)
      this.say({ kind: 'user', text: `A word of the person who owns this work: ${text}` });
    const told = this.notices.splice(0);
    for (const message of told.flat()) this.say(message);
    return letters.length > 0 || told.length > 0;
  }

  /** Writes its events so far, for those who look on. */
  async flushEvents(summary = 'last events'): Promise<void> {
    if (!this.events.isEmpty) await this.steps.run('appendEvents', { summary, args: {} });
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
    const paused = this.spender.isPaused ? { isPaused: true } : {};
    const own = input.begins === undefined ? {} : { profile: this.profile };
    return { ...input, ...own, ...paused, carried: { ...this.state, eventSeq: this.events.seq } };
  }

  /** Tokens that fit into one request: what the server said when it was overrun, else what the input says. */
  get window(): number {
    const own = this.profile.contextWindow ?? this.input.contextWindow;
    return Math.min(own, this.state.window ?? Infinity);
  }

  /** The model that it asks. */
  get model(): ModelReference {
    return this.profile.model ?? this.input.model;
  }

  /** The head of the conversation; present after the first reply. */
  get head(): BlobRef | null {
    return this.state.head;
  }

  /** The sentence that tells which limit is reached, or undefined. */
  reachedLimit(): string | undefined {
    const { limits } = this.profile;
    const { usage, turns } = this.state.spending;
    if (turns >= limits.maxTurns) return `the limit of ${limits.maxTurns} turns is reached`;
    const tokens = usage.inputTokens + usage.outputTokens;
    if (tokens >= limits.maxTotalTokens)
      return `the limit of ${limits.maxTotalTokens} tokens is reached`;
    return undefined;
  }

  /** True when the history has grown so far that the agent should go on in a fresh run. Only asked between turns. */
  shouldContinueAsNew(): boolean {
    return workflowInfo().continueAsNewSuggested && !this.subAgents.isOpen;
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
      depth: this.state.depth,
      contextTokens: this.state.contextTokens,
      ...(this.state.stoodIn === undefined ? {} : { stoodIn: this.state.stoodIn }),
      ...(this.repl === undefined
        ? {}
        : { rlm: (this.repl.end ?? this.repl.exhausted(reason)).rlm }),
      ...(this.hasBegun ? {} : { isUnbegun: true }),
      ...tasksOf(this.state),
      ...unansweredOf({
        question: this.parked,
        assumptions: this.state.assumptions,
        denials: this.state.denials,
        reaches: this.state.reaches,
      }),
    };
  }

  /** Counts what a call cost that its REPL made. */
  charge(cost: CallCost): void {
    this.spender.charge(cost);
  }

  /** What its next own call may need: what it read the last time, and an answer. */
  nextTurn(): BudgetUse {
    const costMicroUsd = (this.last?.costMicroUsd ?? 0) * 2;
    return { costMicroUsd, tokens: this.state.contextTokens + TURN_TOKENS, calls: 1 };
  }
}

/** Agents below it, for whoever counts them. */
function tasksOf({ tasks = 0, tasksBelow = 0, recalls = 0 }: AgentState): { tasks?: number } {
  const all = tasks - recalls + tasksBelow;
  return all === 0 ? {} : { tasks: all };
}

function initialState(input: AgentInput): AgentState {
  return {
    head: input.goesOn?.head ?? null,
    depth: input.goesOn?.depth ?? 0,
    step: 0,
    eventSeq: 0,
    pending: input.prompt === undefined ? [] : [{ kind: 'user-ref', ref: input.prompt }],
    contextTokens: input.goesOn?.contextTokens ?? 0,
    todos: [],
    seen: [],
    stall: INITIAL_STALL_STATE,
    spending: ZERO_SPENDING,
    silentEnds: 0,
    lease: input.lease ?? null,
  };
}
