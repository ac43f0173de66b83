import { CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import {
  AGENT_SIGNALS,
  DEFAULT_SUB_AGENTS,
  withinLimits,
  WORKFLOW_TYPES,
  type LeaseRequest,
  type StandstillReport,
} from '../../contracts/index.js';
import {
  addSpending,
  describeBudget,
  formatModelReference,
  markdownCode,
  markdownText,
  runSpending,
  shortLine,
  spendingUse,
  ZERO_SPENDING,
  type AgentInput,
  type AgentProfile,
  type AgentResult,
  type AgentSpending,
  type Budget,
  type BlobRef,
  type RalphOptions,
  type RlmTask,
  type RunRecord,
  type SubtaskBegin,
  type WorkspaceRef,
} from '../../domain/index.js';
import { boundBy, startOrTakeOver, type Child } from '../lib/child.js';
import { LeaseDesk } from '../lib/lease-book.js';
import { OpenCalls } from '../lib/run-steering.js';
import { workflowScope, workflowTime } from '../lib/scope.js';
import type { RunState } from '../lib/run-state.js';
import { ownTimers, type WorkingTime } from './working-time.js';

/** Whoever sends a word by hand may send a long one. */
const LIMIT = 1000;
/** Events that an agent takes to the log for its swarm: the first, so that none is missing between two. */
const MOST_EVENTS = 50;
/** An agent without files works nowhere; no tool of its asks. */
const NOWHERE: WorkspaceRef = { id: 'none', workdir: '.' };

/** What the agents of a run need of its input. */
interface AgentsInput {
  readonly runId: string;
  readonly options: RalphOptions;
  /** Working time of one agent in milliseconds. */
  readonly timeoutMs: number;
  /** The record of the run that goes on; absent = a new run. */
  readonly carried?: RunRecord | undefined;
  /** Of a run whose agents change files: how lanes for those that they start are made. */
  readonly branch?: string;
  readonly author?: ForkFacts['author'];
  readonly setup?: ForkFacts['setup'];
}

type ForkFacts = NonNullable<AgentInput['forks']>;

/** The run that agents work for. */
type AgentsRun = RunState<AgentsInput>;

/** An agent that is about to start. */
export interface AgentStart {
  /** Subtask, or `judge-1`. */
  readonly id: string;
  readonly title: string;
  /** Place below the subtask in the workflow id, for example `1` or `1/merge`. */
  readonly place: string;
  readonly attempt: number;
  readonly profile: AgentProfile;
  /** Absent = it lays out its lane by itself, with `begins`. */
  readonly prompt?: BlobRef;
  readonly begins?: SubtaskBegin;
  readonly workspace: WorkspaceRef | null;
  /** Longest working time; absent = as for all. */
  readonly timeoutMs?: number;
  /** Conversation of an agent that ended, with which this one goes on. */
  readonly goesOn?: AgentInput['goesOn'];
  readonly questions?: AgentInput['questions'];
  /** The question over an input that it answers. */
  readonly rlm?: RlmTask;
  /** What agents of the same attempt spent before this one. */
  readonly spentBefore?: AgentSpending;
  /** Takes what it spent, once, however it ends; default: only its subtask counts it. */
  readonly count?: (spending: AgentSpending) => void;
  /** Commit that its lane was laid out from: what a child of an execution before a reset must have been about to be taken over. */
  readonly basis: string;
}

interface RunningAgent {
  readonly id: string;
  readonly scope: CancellationScope;
  child: Child<AgentResult> | undefined;
  readonly grants: Budget[];
  readonly spentBefore: AgentSpending;
  /** Why it was ended by us; undefined while it was not. */
  stopped: 'stopped' | 'timed-out' | undefined;
  isOver: boolean;
}

/** How an agent ended, and who ended it. */
export interface AgentEnd {
  readonly result: AgentResult;
  readonly stopped: RunningAgent['stopped'];
}

/** The agents of a swarm: their leases, what they tell, how they are spoken to and stopped. */
export class SubtaskAgents {
  readonly desk: LeaseDesk;
  readonly asking = new OpenCalls();
  private readonly state: AgentsRun;
  private readonly sharers: () => number;
  private readonly clock: WorkingTime;
  /** By their workflow id. */
  private readonly running = new Map<string, RunningAgent>();
  private readonly told = new Map<string, AgentSpending>();

  /** `clock` = how working time is watched; default: a timer for each. */
  constructor(
    state: AgentsRun,
    sharers: () => number,
    clock: WorkingTime = ownTimers(state.input.timeoutMs),
  ) {
    this.state = state;
    this.sharers = sharers;
    this.clock = clock;
    this.desk = new LeaseDesk({
      budget: state.input.options.budget,
      active: () => this.running.size,
      grant: (holder, added) => this.grant(holder, added),
      onUsedUp: () => this.pauseForBudget(),
    });
    // Limits are totals of the run: what it used before it went on counts.
    const { carried } = state.input;
    if (carried !== undefined) this.desk.giveBack('before', spendingUse(runSpending(carried)));
  }

  /** Runs an agent until it has ended; one of ours that is cancelled has a result too. Throws what ended it from outside. */
  async run(start: AgentStart): Promise<AgentEnd> {
    const { state } = this;
    const holder = `${workflowInfo().workflowId}/${state.input.runId}/${start.id}/${start.place}`;
    const lease = this.desk.book.take(holder, this.sharers());
    const agent: RunningAgent = {
      id: start.id,
      scope: new CancellationScope(),
      child: undefined,
      grants: [],
      spentBefore: start.spentBefore ?? ZERO_SPENDING,
      stopped: undefined,
      isOver: false,
    };
    this.running.set(holder, agent);
    let spent = ZERO_SPENDING;
    try {
      const result = await agent.scope.run(() => this.follow(agent, { start, holder, lease }));
      spent = result.spending;
      state.events.bring(result.lastEvents ?? []);
      // until the attempt is noted: whatever fails between the two, what was paid counts
      state.noteSpending(start.id, addSpending(agent.spentBefore, result.spending));
      return { result, stopped: agent.stopped };
    } catch (error) {
      spent = this.told.get(holder) ?? ZERO_SPENDING;
      throw error;
    } finally {
      agent.isOver = true;
      this.running.delete(holder);
      this.told.delete(holder);
      state.standstills.forget(holder);
      start.count?.(spent);
      this.desk.giveBack(holder, spendingUse(spent));
      this.desk.leave(holder);
    }
  }

  private async follow(
    agent: RunningAgent,
    { start, holder, lease }: { start: AgentStart; holder: string; lease: Budget | undefined },
  ): Promise<AgentResult> {
    const { state } = this;
    const wasPaused = state.standstills.isPaused;
    const model = formatModelReference(state.input.options.model);
    const child = await startOrTakeOver<AgentResult>(state.steps, {
      type: WORKFLOW_TYPES.agent,
      workflowId: holder,
      input: this.inputOf(start, { holder, lease, isPaused: wasPaused }),
      summary: `${start.id} · ${start.title}`,
      details: [
        markdownText(start.title),
        `**agent** ${markdownText(start.profile.name)}, at most ${start.profile.limits.maxTurns} turns`,
        `**model** ${markdownCode(model)}`,
        `**run** ${markdownCode(state.input.runId)}`,
      ],
      basis: `${workflowScope()} ${start.basis}`,
    });
    agent.child = child;
    const { isPaused } = state.standstills;
    if (isPaused !== wasPaused)
      await child.signal(isPaused ? AGENT_SIGNALS.pause : AGENT_SIGNALS.resume);
    for (const added of agent.grants.splice(0)) this.grant(holder, added);
    this.watchClock(agent, { holder, limitMs: start.timeoutMs });
    return child.result();
  }

  private inputOf(
    start: AgentStart,
    { holder, lease, isPaused }: { holder: string; lease: Budget | undefined; isPaused: boolean },
  ): AgentInput {
    const { runId, options } = this.state.input;
    const limits = options.subAgents ?? DEFAULT_SUB_AGENTS;
    return {
      runId,
      story: start.id,
      attempt: start.attempt,
      model: options.model,
      contextWindow: options.contextWindow,
      ...(start.prompt === undefined ? {} : { prompt: start.prompt }),
      ...this.begunBy(start),
      workspace: start.workspace ?? NOWHERE,
      profile: { ...boundBy(options), ...withinLimits(start.profile, limits) },
      isPaused,
      waitLimitMs: options.waitLimitMs,
      ...(options.limitRule === undefined ? {} : { limitRule: options.limitRule }),
      owner: workflowInfo().workflowId,
      holder,
      ...(lease === undefined ? {} : { lease }),
      subAgents: limits,
      ...this.forksOf(start),
      ...(start.goesOn === undefined ? {} : { goesOn: start.goesOn }),
      ...(start.rlm === undefined ? {} : { rlm: start.rlm }),
      ...(start.questions === undefined ? {} : { questions: start.questions }),
    };
  }

  private begunBy({ begins }: AgentStart): Pick<AgentInput, 'begins'> {
    if (begins === undefined) return {};
    return { begins: { with: begins, events: this.state.events.waiting().slice(0, MOST_EVENTS) } };
  }

  private forksOf({ workspace, profile, basis }: AgentStart): Pick<AgentInput, 'forks'> {
    const { branch, author, setup } = this.state.input;
    const isReader = workspace === null || profile.isReadOnly === true;
    if (isReader || branch === undefined || author === undefined || setup === undefined) return {};
    return { forks: { base: basis, proven: this.state.record.baseCommit, branch, author, setup } };
  }

  /** Ends an agent that works longer than a subtask may; waits for a provider, a person or a budget stop the clock. */
  private watchClock(
    agent: RunningAgent,
    { holder, limitMs }: { readonly holder: string; readonly limitMs: number | undefined },
  ): void {
    const { standstills } = this.state;
    this.clock.watch({
      limitMs,
      get isOver() {
        return agent.isOver;
      },
      stands: () => standstills.isPaused || standstills.isWaiting(holder),
      end() {
        agent.stopped ??= 'timed-out';
        agent.scope.cancel();
      },
    });
  }

  /** Ends the agent of a subtask; false when none works on it. */
  stop(id: string): boolean {
    const agents = this.of(id);
    for (const agent of agents) {
      agent.stopped ??= 'stopped';
      agent.scope.cancel();
    }
    return agents.length > 0;
  }

  /** Tells the agent of a subtask something; false when none works on it. */
  async message(id: string, text: string, call?: string): Promise<boolean> {
    const [agent] = this.of(id);
    if (agent === undefined) return false;
    await condition(() => agent.child !== undefined || agent.isOver);
    if (agent.child === undefined || agent.isOver) return false;
    try {
      const word = call === undefined ? { text } : { text, call };
      await agent.child.signal(AGENT_SIGNALS.message, word);
      return true;
    } catch {
      // it ended while it was told
      return false;
    }
  }

  private of(id: string): RunningAgent[] {
    return [...this.running.values()].filter((agent) => agent.id === id);
  }

  /** Stops or starts every agent at its next model call. */
  setPaused(reason: string | null, at: string): void {
    this.state.standstills.setPaused(reason, at);
    this.state.showStandstill();
    const signal = reason === null ? AGENT_SIGNALS.resume : AGENT_SIGNALS.pause;
    for (const { child } of this.running.values()) child?.signal(signal).catch(() => undefined);
    this.state.wake();
  }

  /** Lets everybody who waits try again at once. */
  tryNow(): void {
    this.state.tryNow();
    for (const { child } of this.running.values())
      child?.signal(AGENT_SIGNALS.tryNow).catch(() => undefined);
  }

  /** An agent needs more of the budget. */
  askForLease({ holder, ...hunger }: LeaseRequest): void {
    if (holder !== undefined && this.running.has(holder)) this.desk.request(holder, hunger);
  }

  /** An agent waits, works again, or tells what it spent. A word that came late belongs to nobody. */
  noteStandstill({ holder, standstill, spending, ...report }: StandstillReport): void {
    const agent = holder === undefined ? undefined : this.running.get(holder);
    if (holder === undefined || agent === undefined) return;
    if (spending !== undefined) {
      this.told.set(holder, spending);
      this.state.noteSpending(agent.id, addSpending(agent.spentBefore, spending));
    }
    this.asking.note(agent.id, report);
    const shown = standstill && { ...standstill, reason: shortLine(standstill.reason, LIMIT) };
    this.state.reportWaiting(holder, shown, agent.id);
  }

  private grant(holder: string, added: Budget): void {
    const agent = this.running.get(holder);
    if (agent?.child === undefined) agent?.grants.push(added);
    agent?.child?.signal(AGENT_SIGNALS.grant, { added }).catch(() => undefined);
  }

  /** Stops the run until somebody raises its budget. */
  pauseForBudget(): void {
    const { state } = this;
    if (state.standstills.isPaused) return;
    const reason = `the budget of ${describeBudget(this.desk.book.limits)} is used up`;
    state.events.add('run.pause', { text: reason });
    this.setPaused(reason, workflowTime());
    state.save().catch(() => undefined);
  }
}
