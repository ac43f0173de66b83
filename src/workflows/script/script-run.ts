import { CancellationScope, condition, isCancellation, sleep } from '@temporalio/workflow';
import {
  isSatisfied,
  runSpending,
  ZERO_SPENDING,
  type BlobRef,
  type ScriptFacts,
  type ScriptTask,
  type Subtask,
} from '../../domain/index.js';
import type { SubtaskEnd } from '../lib/ledger.js';
import { workflowScope } from '../lib/scope.js';
import type { StepResult } from '../lib/step.js';
import type { Coordinator, GrowingPlan } from '../swarm/coordinator.js';
import { spendingOf } from '../swarm/own-calls.js';
import type { SwarmState } from '../swarm/swarm-state.js';
import type { ScriptQuestions } from './script-questions.js';
import {
  ENDS_TOLD,
  REASON_LIMIT,
  type AgentCall,
  type AskedCall,
  type Ending,
  type GivenEnd,
} from './script-words.js';

const LINES_KEPT = 50;
const MOST_PHASES = 100;

/** An agent that a script waits for. */
interface Awaited {
  readonly id: number;
  readonly schema: BlobRef | null;
}

/**
 * The program of a run: evaluated until it only waits, told how what it asked for has ended, and so on to its end. Agents are subtasks of the
 * run; pauses, budgets, files and words of people are as for those of any swarm.
 */
export class ScriptRun implements GrowingPlan {
  /** False once the script has ended: nothing more is asked for. */
  isOpen = true;
  /** Why it could not be carried on; undefined while it can. */
  fault: unknown;
  private readonly state: SwarmState;
  private readonly swarm: Coordinator;
  private readonly task: ScriptTask;
  private readonly questions: ScriptQuestions;
  private readonly openLanes: () => Promise<void>;
  private readonly awaited = new Map<string, Awaited>();
  private readonly scope = new CancellationScope();
  private ends: GivenEnd[] = [];
  private journal: BlobRef | null = null;
  private agents: number;
  /** Laid out once: whoever works in one goes on in it, and a script that goes on has agents before its first. */
  private hasLanes = false;

  constructor(
    state: SwarmState,
    parts: {
      readonly swarm: Coordinator;
      readonly questions: ScriptQuestions;
      readonly task: ScriptTask;
      /** Lays out the lanes; asked once, before the first agent. */
      readonly openLanes: () => Promise<void>;
    },
  ) {
    this.state = state;
    this.swarm = parts.swarm;
    this.task = parts.task;
    this.questions = parts.questions;
    this.openLanes = parts.openLanes;
    this.agents = state.record.stories.length;
  }

  /** Runs the script to its end. Never rejects: see {@link fault}. */
  async run(): Promise<void> {
    try {
      await this.scope.run(() => this.turns());
    } catch (error) {
      this.fault = error;
    }
    this.isOpen = false;
    this.scope.cancel();
    this.stopRest();
    this.state.wake();
  }

  /** Takes in how an agent has ended. */
  ended(id: string, end: SubtaskEnd): void {
    const call = this.awaited.get(id);
    this.awaited.delete(id);
    if (call !== undefined) this.tell(call.id, endingOf(end, call.schema));
  }

  private async turns(): Promise<void> {
    let step = await this.step();
    for (;;) {
      await this.take(step);
      if (step.state !== 'waiting') return;
      if (!step.hasMore) await condition(() => this.ends.length > 0);
      step = await this.step();
    }
  }

  private async step(): Promise<StepResult<'stepScript'>> {
    const ends = this.ends.splice(0, ENDS_TOLD);
    const step = await this.state.steps.run('stepScript', {
      who: 'script',
      summary: `script · ${ends.length === 0 ? 'goes on' : `${ends.length} calls have ended`}`,
      args: {
        node: workflowScope(),
        task: this.task,
        journal: this.journal,
        ends,
      },
    });
    this.journal = step.journal;
    return step;
  }

  private async take(step: StepResult<'stepScript'>): Promise<void> {
    this.note(step);
    for (const { id, problems } of step.misfits) void this.repair(id, problems);
    const agents = step.calls.filter((call) => call.kind === 'agent');
    if (agents.length > 0) await this.launch(agents);
    for (const call of step.calls) this.carryOut(call);
    this.state.noteProgress();
  }

  private async launch(calls: readonly AgentCall[]): Promise<void> {
    if (!this.hasLanes) {
      this.hasLanes = true;
      await this.openLanes();
    }
    const subtasks = calls.map((call): Subtask => {
      this.agents += 1;
      const id = `a${this.agents}`;
      this.awaited.set(id, { id: call.id, schema: call.schema });
      const { title, instruction, instructionRef, agent, named, touches, phase } = call;
      const { model, contextWindow, timeoutMs } = call;
      return {
        id,
        title,
        instruction,
        instructionRef,
        agent,
        touches,
        dependsOn: [],
        priority: 1,
        ...(named === undefined ? {} : { named }),
        ...(phase === null ? {} : { phase }),
        ...(model === undefined ? {} : { model }),
        ...(contextWindow === undefined ? {} : { contextWindow }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      };
    });
    this.state.add(subtasks);
    this.state.wake();
  }

  private carryOut(call: AskedCall): void {
    if (call.kind === 'refused') this.tell(call.id, { code: call.code, message: call.message });
    if (call.kind === 'sleep')
      void this.inScope(async () => {
        await sleep(Math.max(1, call.milliseconds));
        this.tell(call.id, { value: 'null' });
      });
    if (call.kind === 'ask') void this.inScope(() => this.ask(call));
  }

  /** What goes on beside the script ends with it. */
  private async inScope(work: () => Promise<void>): Promise<void> {
    try {
      await this.scope.run(work);
    } catch (error) {
      if (isCancellation(error)) return;
      this.fault ??= error;
      // nothing else may be under way that would end the run with it
      this.state.wake();
    }
  }

  private async ask(call: Extract<AskedCall, { kind: 'ask' }>): Promise<void> {
    const { question, options, otherwise, id } = call;
    const answer = await this.questions.ask({ question, options });
    // nobody's answer is asked for again by a run that goes on
    this.tell(
      id,
      answer === undefined ? { ...otherwise, again: true } : { value: JSON.stringify(answer) },
    );
  }

  /** The answer of an agent that fits no schema is put right by one call. */
  private async repair(call: number, problems: readonly string[]): Promise<void> {
    await this.inScope(async () => {
      const conversation = this.misfit.get(call);
      const given = this.schemas.get(call);
      if (conversation === undefined || given === undefined) return;
      const key = this.state.steps.nextKey();
      const reply = await this.swarm.calls.pay(`repair/${call}`, this.swarm.sharers(), (budget) =>
        this.state.steps.run('repairAnswer', {
          who: 'script',
          key,
          summary: 'an answer, put right',
          args: {
            model: this.state.input.options.model,
            conversation,
            schema: given,
            problems: [...problems],
            ...(budget === undefined ? {} : { budget }),
          },
        }),
      );
      this.state.addOverhead(spendingOf(reply));
      this.tell(
        call,
        reply.answer === null
          ? { code: 'SchemaError', message: reply.problems.join('; ').slice(0, REASON_LIMIT) }
          : { ref: reply.answer },
      );
    });
  }

  /** Conversations and schemas of answers that were handed over, until the script has them. */
  private readonly misfit = new Map<number, BlobRef>();
  private readonly schemas = new Map<number, BlobRef>();

  private tell(id: number, ending: Ending): void {
    if ('conversation' in ending && ending.schema !== null) {
      this.misfit.set(id, ending.conversation);
      this.schemas.set(id, ending.schema);
    }
    this.ends.push({ id, spent: this.spent(), ...ending } as GivenEnd);
  }

  /** Tokens of the whole run until now. */
  private spent(): number {
    const { usage } = runSpending(this.state.record) ?? ZERO_SPENDING;
    return usage.inputTokens + usage.outputTokens;
  }

  /** Agents that nobody waits for any more. */
  private stopRest(): void {
    for (const id of this.awaited.keys()) {
      const entry = this.state.entry(id);
      if (entry !== undefined && (entry.status === 'pending' || entry.status === 'running'))
        this.swarm.stop(entry);
    }
  }

  private note(step: StepResult<'stepScript'>): void {
    const before = this.state.record.swarm?.script;
    if (before === undefined) return;
    const { state, lines, calls, taken, error, value } = step;
    for (const { level, text } of lines)
      this.state.events.add('run.note', { text: level === 'phase' ? `phase: ${text}` : text });
    if (taken > 0)
      this.state.events.add('run.note', { text: `${taken} calls had ended in the run before` });
    const entered = lines.flatMap(({ level, text }) =>
      level === 'phase' ? [text.slice(0, 200)] : [],
    );
    const said = lines.flatMap(({ level, text }) =>
      level === 'phase' ? [] : [text.slice(0, 500)],
    );
    const script: ScriptFacts = {
      ...before,
      state: state === 'waiting' ? 'running' : state,
      journal: step.journal,
      hash: step.hash,
      phase: entered.at(-1) ?? before.phase,
      phases: [...new Set([...before.phases, ...entered])].slice(0, MOST_PHASES),
      lines: [...before.lines, ...said].slice(-LINES_KEPT),
      calls: before.calls + calls.length + taken,
      taken: before.taken + taken,
      error,
    };
    this.state.set({ script, ...(value === null ? {} : { answer: value }) });
  }
}

function endingOf({ status, attempt, reason }: SubtaskEnd, schema: BlobRef | null): Ending {
  const why = (reason ?? attempt.reason).slice(0, REASON_LIMIT);
  if (!isSatisfied(status ?? 'failed')) {
    const code =
      status === 'skipped' ? 'StoppedError' : status === 'blocked' ? 'ConflictError' : 'AgentError';
    return { code, message: why };
  }
  const { conversation } = attempt;
  return conversation === undefined ? { value: '""' } : { conversation, schema };
}
