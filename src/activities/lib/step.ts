import { Context } from '@temporalio/activity';
import { z } from 'zod';
import {
  runEventSchema,
  stepKeySchema,
  type PlanClaim,
  type RunEvent,
  type StepKey,
} from '../../domain/index.js';
import type { StepIdentity, StepJournal } from '../../platform/index.js';
import { cancellable, toApplicationFailure } from './failure.js';
import { fitResult, resultLimit } from './fit-result.js';
import { startHeartbeat, type Heartbeat } from './heartbeat.js';

/** What comes with every journaled step: its key, its run, and the events that the workflow raised since its last activity. */
export const journaledFields = {
  key: stepKeySchema,
  runId: z.string().min(1),
  events: z.array(runEventSchema),
};

/** What the work of a step needs of its input: all but what the shell sees to; fields with a default may be left out. */
export type StepRequest<
  Schema extends z.ZodObject,
  Defaulted extends keyof z.output<Schema> = never,
> = Omit<z.output<Schema>, 'runId' | 'events' | Defaulted> &
  Partial<Pick<z.output<Schema>, Defaulted>>;

/** What a step works with besides its input. */
export interface StepWork<Dependencies> {
  readonly dependencies: Dependencies;
  readonly heartbeat: Heartbeat;
  /** Aborts when the activity is cancelled or paused; git and child processes obey it by themselves. */
  readonly signal: AbortSignal;
  /** Which try of the activity this is, from 1. */
  readonly attempt: number;
  /** How often it began before and was lost without an outcome; counted for steps with `countsStarts`. */
  readonly earlierStarts: number;
}

/** How the result of a step is kept, so that a retry reads it back instead of doing the work again. */
interface StepMemory<Input, Output> {
  readonly result: z.ZodType<Output>;
  /** What makes the request this one, by name. See `JournaledStep.identity`. */
  readonly identity: (input: Input) => StepIdentity;
  /** Starts are counted where a lost answer costs money. */
  readonly countsStarts?: boolean;
}

/** One activity: what it takes, how it is remembered, what it does. */
export interface StepDefinition<Dependencies, Schema extends z.ZodType, Output> {
  readonly input: Schema;
  /** Absent for steps that are idempotent by themselves. */
  readonly journal?: StepMemory<z.output<Schema>, Output>;
  /** What the caller says that the run's plan decides; a step that claims something else is refused. */
  readonly claim?: (input: z.output<Schema>) => PlanClaim;
  readonly run: (input: z.output<Schema>, work: StepWork<Dependencies>) => Promise<Output>;
  /** What nobody else may work on meanwhile: ids of lanes, or of the run for its refs. Waited for; see `StepStores.hold`. */
  readonly holds?: (input: z.output<Schema>) => readonly string[];
  /** The work obeys the signal by itself, because it has files to put back; by default git and child processes end with it. */
  readonly endsByItself?: true;
  /** Told of each settled result, also of one that was read back. */
  readonly settled?: (
    input: z.output<Schema>,
    result: Output,
    dependencies: Dependencies,
  ) => void | Promise<void>;
  /** Turns a failure into Temporal's. Default: by our error classes. */
  readonly explain?: (error: unknown, input: z.input<Schema>) => unknown;
}

/** The part of the dependencies that the shell itself uses. */
export interface StepStores {
  readonly journal?: StepJournal;
  readonly events?: { append(runId: string, events: readonly RunEvent[]): Promise<void> };
  readonly requirePlan?: (runId: string, claim: PlanClaim) => Promise<void>;
  readonly hold?: Hold;
}

/**
 * Waits until nobody else, in this process or another, holds any of `names`, and gives what lets go of them. Calls of the same
 * `holder` share. Rejects with the reason of `signal`.
 */
export type Hold = (request: {
  readonly names: readonly string[];
  readonly holder: string;
  readonly signal: AbortSignal;
}) => Promise<() => void>;

/** The parts of an input that the run's plan decides. */
export function planned(input: PlanClaim, fields: readonly (keyof PlanClaim)[]): PlanClaim {
  return Object.fromEntries(fields.map((field) => [field, input[field]]));
}

/** A definition as it is; the one way to write an activity, so that its types are inferred. */
export function defineStep<Dependencies>() {
  return <Schema extends z.ZodType, Output>(
    definition: StepDefinition<Dependencies, Schema, Output>,
  ): StepDefinition<Dependencies, Schema, Output> => definition;
}

/** Activities of definitions: the same names, each with the input that its schema takes. */
export type Activities<Steps> = {
  readonly [Name in keyof Steps]: Steps[Name] extends StepDefinition<
    infer _Dependencies,
    infer Schema,
    infer Output
  >
    ? (input: z.input<Schema>) => Promise<Output>
    : never;
};

/** What all of the steps need together. */
type Needed<Steps> = Steps[keyof Steps] extends {
  readonly run: (input: never, work: StepWork<infer Dependencies>) => unknown;
}
  ? Dependencies
  : never;

/** A definition whose types are erased; the shell only hands values on. */
interface AnyStep {
  readonly input: z.ZodType;
  readonly journal?: StepMemory<never, unknown>;
  readonly claim?: (input: never) => PlanClaim;
  readonly holds?: (input: never) => readonly string[];
  readonly run: (input: never, work: never) => Promise<unknown>;
  readonly endsByItself?: true;
  readonly settled?: (input: never, result: never, dependencies: never) => void | Promise<void>;
  readonly explain?: (error: unknown, input: never) => unknown;
}

/**
 * The one shell around every activity: input parsed, plan compared, events written, heartbeats, cancellation for git and child
 * processes, result journaled and bounded, failures mapped. A cancellation or a pause by an operator reaches Temporal as it is.
 */
export function bindSteps<Steps extends object>(
  dependencies: Needed<Steps> & object,
  steps: Steps,
): Activities<Steps> {
  const stores: StepStores = dependencies;
  const entries = Object.entries(steps).map(([name, step]: [string, AnyStep]) => [
    name,
    (raw: unknown) => runStep(stores, { name, step, raw }),
  ]);
  return Object.fromEntries(entries) as Activities<Steps>;
}

interface Call {
  readonly name: string;
  readonly step: AnyStep;
  readonly raw: unknown;
}

async function runStep(dependencies: StepStores, { name, step, raw }: Call): Promise<unknown> {
  const { cancellationSignal: signal, info } = Context.current();
  const heartbeat = startHeartbeat();
  let letGo = (): void => undefined;
  try {
    const input = step.input.parse(raw) as never;
    const work = { dependencies, heartbeat, signal, attempt: info.attempt };
    await comeWith(dependencies, step, input);
    letGo = await hold(dependencies, step, input);
    const run = (): Promise<unknown> => settle(step, input, work);
    const result = (await (step.endsByItself === true ? run() : cancellable(run))) as never;
    await step.settled?.(input, result, dependencies as never);
    return fitResult(result, resultLimit(name), name);
  } catch (error) {
    // Temporal's own cancellation must reach it unchanged, or a pause would end the activity.
    if (signal.aborted) throw signal.reason;
    throw step.explain?.(error, raw as never) ?? toApplicationFailure(error);
  } finally {
    letGo();
    heartbeat.stop();
  }
}

/**
 * After a workflow was reset or terminated in Temporal, the attempt before still works until its next beat.
 */
async function hold(
  { hold: take }: StepStores,
  { holds }: AnyStep,
  input: never,
): Promise<() => void> {
  const names = holds?.(input) ?? [];
  if (take === undefined || names.length === 0) return () => undefined;
  const { cancellationSignal: signal, info } = Context.current();
  const holder = `${info.workflowExecution?.runId ?? ''}/${info.activityId}/${info.attempt}`;
  return take({ names, holder, signal });
}

/** What is done with what comes along with the work itself. */
async function comeWith(
  dependencies: StepStores,
  step: AnyStep,
  input: Partial<{ readonly runId: string; readonly events: readonly RunEvent[] }>,
): Promise<void> {
  const { runId = '', events = [] } = input;
  if (step.claim !== undefined) await dependencies.requirePlan?.(runId, step.claim(input as never));
  if (events.length > 0) await dependencies.events?.append(runId, events);
}

async function settle(
  step: AnyStep,
  input: never,
  work: Omit<StepWork<StepStores>, 'earlierStarts'>,
): Promise<unknown> {
  const { journal } = step;
  const run = (earlierStarts: number): Promise<unknown> =>
    step.run(input, { ...work, earlierStarts } as never);
  const store = work.dependencies.journal;
  if (journal === undefined || store === undefined) return run(0);
  const settled = await store.settle({
    key: (input as { readonly key: StepKey }).key,
    identity: journal.identity(input),
    execution: Context.current().info.workflowExecution?.runId ?? '',
    parse: (stored) => journal.result.parse(stored),
    run,
    countStarts: journal.countsStarts ?? false,
  });
  return settled.result;
}
