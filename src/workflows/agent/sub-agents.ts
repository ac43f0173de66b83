import {
  CancellationScope,
  isCancellation,
  workflowInfo,
  type SignalDefinition,
} from '@temporalio/workflow';
import {
  AGENT_SIGNALS,
  DEFAULTS,
  leaseRequestSchema,
  leaseRequestSignal,
  standstillSchema,
  standstillSignal,
  taskProfile,
  WORKFLOW_TYPES,
} from '../../contracts/index.js';
import {
  addBudget,
  budgetLeft,
  budgetSlice,
  markdownText,
  taskCallSchema,
  type AgentInput,
  type AgentProfile,
  type AgentResult,
  type AgentState,
  type BlobRef,
  type Budget,
  type NewMessage,
  type StallObservation,
  type TaskCall,
  type ToolCallSummary,
} from '../../domain/index.js';
import { outsideReason, startOrTakeOver, type Child } from '../lib/child.js';
import { failureFacts } from '../lib/failure.js';
import { takeSignal } from '../lib/handlers.js';
import type { EventBuffer } from '../lib/event-buffer.js';
import { askOwner, type OwnerLink } from '../lib/owner.js';
import { workflowScope } from '../lib/scope.js';
import type { Spender } from '../lib/spender.js';
import type { StepResult, Steps } from '../lib/step.js';

/** What of an agent those that it starts work with. */
export interface TaskOwner {
  readonly input: AgentInput;
  readonly profile: AgentProfile;
  readonly state: AgentState;
  readonly spender: Spender;
  readonly steps: Steps;
  readonly events: EventBuffer;
  readonly link: OwnerLink;
  /** What is to be said before the next model call. */
  readonly notices: NewMessage[][];
  do(what: string): void;
  say(message: NewMessage): void;
}

interface OpenTask {
  readonly child: Child<AgentResult>;
  readonly scope: CancellationScope;
  readonly ended: Promise<void>;
  /** What it may spend of the lease; null = no limit. */
  lent: Budget | null;
}

/** How a task ended, for whoever started it. */
interface TaskEnd {
  readonly isError: boolean;
  /** The agent's last words, or one sentence about why there are none. */
  readonly answer: { readonly ref: BlobRef } | { readonly text: string };
}

const CALL_LIMIT = 120;

/**
 * Agents that an agent starts: each ends to it and to nobody else, works in the same files, may do no more than it may, and spends
 * what it lends them. The agent ends after them.
 */
export class SubAgents {
  private readonly session: TaskOwner;
  /** By their workflow id. */
  private readonly open = new Map<string, OpenTask>();
  /** Those that wait for more of the budget, in the order of asking. */
  private readonly hungry: string[] = [];

  constructor(session: TaskOwner) {
    this.session = session;
  }

  /** True while one of them works: no continue-as-new then, and no end. */
  get isOpen(): boolean {
    return this.open.size > 0;
  }

  /** Takes what they tell and ask. Set before the first await. */
  takeWords(): void {
    takeSignal(leaseRequestSignal, (raw) => {
      const parsed = leaseRequestSchema.safeParse(raw);
      const { holder = '', needed } = parsed.data ?? {};
      if (needed === undefined || !this.open.has(holder)) return;
      this.hungry.push(holder);
      void askOwner(this.session.link, needed).catch(() => undefined);
    });
    takeSignal(standstillSignal, (raw) => {
      const parsed = standstillSchema.safeParse(raw);
      if (parsed.success && this.open.has(parsed.data.holder ?? ''))
        void this.session.spender.tell(parsed.data.standstill);
    });
  }

  /** Hands a grant to the one that asked for it; false when none did. */
  passGrant(added: Budget): boolean {
    const holder = this.hungry.shift();
    const task = holder === undefined ? undefined : this.open.get(holder);
    if (task === undefined) return false;
    task.lent = task.lent === null ? null : addBudget(task.lent, added);
    task.child.signal(AGENT_SIGNALS.grant, { added }).catch(() => undefined);
    return true;
  }

  /** Says something to each of them. */
  tell(signal: SignalDefinition): void {
    for (const { child } of this.open.values()) child.signal(signal).catch(() => undefined);
  }

  /** Resolves when none works any more. */
  async settled(): Promise<void> {
    while (this.open.size > 0) await Promise.all([...this.open.values()].map(({ ended }) => ended));
  }

  /** Ends them all; resolves when they have ended. */
  async cancelAll(): Promise<void> {
    for (const { scope } of this.open.values()) scope.cancel();
    await CancellationScope.nonCancellable(() => this.settled());
  }

  /** Carries out one call of `task`. Every call gets an answer. */
  async run(call: ToolCallSummary): Promise<StallObservation> {
    const parsed = parseTask(call);
    const refused = 'problem' in parsed ? parsed.problem : this.refusal(parsed);
    if (refused !== undefined || 'problem' in parsed)
      return this.answer(call, { isError: true, answer: { text: refused ?? '' } });
    this.session.do(call.title);
    const { state, steps, events } = this.session;
    state.tasks = (state.tasks ?? 0) + 1;
    const id = `${workflowInfo().workflowId}/task/${state.tasks}`;
    events.add('tool.start', {
      turn: state.spending.turns,
      text: call.title,
      data: { tool: 'task' },
    });
    const begun = await steps.run('beginTask', {
      summary: call.title.slice(0, CALL_LIMIT),
      args: { agent: parsed.agent, prompt: parsed.prompt },
    });
    const { ending } = await this.start(id, parsed, begun);
    if (!parsed.background) return this.answer(call, await ending);
    void ending.then((end) => this.notice(parsed, end)).catch(() => undefined);
    return this.answer(call, {
      isError: false,
      answer: { text: 'Started. Go on; a message says when it has ended.' },
    });
  }

  private refusal({ agent, background }: TaskCall): string | undefined {
    const { profile, state } = this.session;
    // A model may ask for what it was not offered; so no agent starts agents without end.
    if (!profile.tools.includes('task'))
      return 'task is not available to this agent: do the work yourself.';
    if (agent === 'general' && profile.isReadOnly === true)
      return 'This agent only reads, and so do those that it starts: use agent "explore".';
    if (agent === 'general' && background)
      return 'An agent that may change files works while you wait: leave background out, or use agent "explore".';
    if ((state.tasks ?? 0) >= DEFAULTS.maxTasks)
      return `You have started ${DEFAULTS.maxTasks} agents, which is the most: do the rest yourself.`;
    return undefined;
  }

  /** Starts the agent; `ending` resolves when it has ended. */
  private async start(
    id: string,
    task: TaskCall,
    begun: StepResult<'beginTask'>,
  ): Promise<{ readonly ending: Promise<TaskEnd> }> {
    const { session } = this;
    const lent = this.lend(task.background);
    const scope = new CancellationScope();
    const child = await scope.run(() =>
      startOrTakeOver<AgentResult>(session.steps, {
        type: WORKFLOW_TYPES.agent,
        workflowId: id,
        input: this.inputOf(id, { task, begun, lent }),
        summary: `${session.input.story ?? 'task'} · ${task.description}`,
        details: [markdownText(task.description), `**agent** ${task.agent}`],
        basis: workflowScope(),
      }),
    );
    const ending = scope.run(() => this.follow(id, child));
    const ended = ending.then(
      () => undefined,
      () => undefined,
    );
    this.open.set(id, { child, scope, ended, lent });
    return { ending };
  }

  /** All that is left for one that is waited for, a half for one in the background; it is taken off the own lease meanwhile. */
  private lend(isBackground: boolean): Budget | null {
    const { state, spender } = this.session;
    const left = spender.leaseLeft();
    if (left === null || state.lease === undefined || state.lease === null) return null;
    const lent = isBackground ? budgetSlice(left, 2) : left;
    state.lease = budgetLeft(state.lease, used(lent));
    return lent;
  }

  private inputOf(
    id: string,
    given: {
      readonly task: TaskCall;
      readonly begun: StepResult<'beginTask'>;
      readonly lent: Budget | null;
    },
  ): AgentInput {
    const { input, profile, spender } = this.session;
    const { task, begun, lent } = given;
    return {
      runId: input.runId,
      ...(input.story === undefined ? {} : { story: input.story }),
      ...(input.attempt === undefined ? {} : { attempt: input.attempt }),
      model: input.model,
      contextWindow: input.contextWindow,
      prompt: begun.prompt,
      workspace: input.workspace,
      profile: { ...taskProfile(task.agent, profile.limits.maxTurns), ...begun.frozen },
      isPaused: spender.isPaused,
      ...(input.waitLimitMs === undefined ? {} : { waitLimitMs: input.waitLimitMs }),
      owner: workflowInfo().workflowId,
      holder: id,
      ...(lent === null ? {} : { lease: lent }),
    };
  }

  private async follow(id: string, child: Child<AgentResult>): Promise<TaskEnd> {
    try {
      const result = await child.result();
      this.settle(id, result);
      return await this.endOf(result);
    } catch (error) {
      if (isCancellation(error)) throw error;
      const why = outsideReason(error) ?? failureFacts(error).message;
      return { isError: true, answer: { text: `The agent ended without a result: ${why}` } };
    } finally {
      this.settle(id);
    }
  }

  /** What it spent is this agent's; what it did not use comes back. */
  private settle(id: string, result?: AgentResult): void {
    const task = this.open.get(id);
    if (task === undefined) return;
    this.open.delete(id);
    const { state, spender } = this.session;
    if (task.lent !== null && state.lease !== undefined && state.lease !== null)
      state.lease = addBudget(state.lease, task.lent);
    if (result === undefined) return;
    const { usage, costMicroUsd, modelCalls, repeatedModelCalls: repeatedCalls } = result.spending;
    spender.charge({ usage, costMicroUsd, modelCalls, repeatedCalls, turns: 0 });
  }

  private async endOf({ outcome, reason, conversation }: AgentResult): Promise<TaskEnd> {
    if (conversation === null)
      return { isError: true, answer: { text: `The agent ended without a word: ${reason}` } };
    const { ref } = await this.session.steps.run('takeAnswer', {
      summary: 'what the agent answered',
      args: { conversation },
    });
    return { isError: outcome !== 'done', answer: { ref } };
  }

  private answer(call: ToolCallSummary, { isError, answer }: TaskEnd): StallObservation {
    const { session } = this;
    const common = { callId: call.id, name: call.name, isError };
    if ('ref' in answer) session.say({ kind: 'tool', ...common, ref: answer.ref });
    else session.say({ kind: 'tool-text', ...common, text: answer.text });
    session.events.add('tool.end', {
      turn: session.state.spending.turns,
      text: call.title,
      data: { tool: call.name, is_error: isError },
    });
    const result = 'ref' in answer ? answer.ref.digest.slice(0, 16) : answer.text.slice(0, 100);
    return { call: call.digest, result, progress: isError ? [] : [`task ${result}`] };
  }

  /** Tells of one in the background that has ended, before the next model call. */
  private notice({ description }: TaskCall, { isError, answer }: TaskEnd): void {
    const { session } = this;
    const how = isError ? 'ended without success' : 'has ended';
    session.notices.push(
      'ref' in answer
        ? [
            { kind: 'user', text: `The task "${description}" ${how}. Its answer:` },
            { kind: 'user-ref', ref: answer.ref },
          ]
        : [{ kind: 'user', text: `The task "${description}" ${how}: ${answer.text}` }],
    );
  }
}

/** A lease as what is used of another one; no limit is none. */
function used(lent: Budget): { costMicroUsd: number; tokens: number; calls: number } {
  return {
    costMicroUsd: lent.costMicroUsd ?? 0,
    tokens: lent.tokens ?? 0,
    calls: lent.calls ?? 0,
  };
}

/** The arguments of a call, or what is wrong with them. Pure. */
export function parseTask({
  arguments: text,
}: ToolCallSummary): TaskCall | { readonly problem: string } {
  if (text === undefined) return { problem: 'task: the arguments are too long.' };
  try {
    const parsed = taskCallSchema.safeParse(JSON.parse(text === '' ? '{}' : text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    return { problem: `task: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'not valid'}` };
  } catch {
    return { problem: 'task: the arguments are not valid JSON.' };
  }
}

/** True for a call whose agent only reads: several of them may work at once. Pure. */
export function isReadingTask(call: ToolCallSummary): boolean {
  if (call.name !== 'task' || call.execution !== 'workflow') return false;
  const task = parseTask(call);
  return !('problem' in task) && task.agent === 'explore';
}
