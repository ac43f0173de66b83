import {
  ActivityCancellationType,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type {
  ChildActivities,
  MergeActivities,
  ModelActivities,
  NotifyActivities,
  DraftActivities,
  ProbeActivities,
  RalphActivities,
  RecordActivities,
  RlmActivities,
  SessionActivities,
  SubAgentActivities,
  ScriptActivities,
  SwarmActivities,
  TaskActivities,
  ToolActivities,
} from '../../activities/index.js';
import { ACTIVITY_POLICIES, STEPS, type ActivityPolicy } from '../../contracts/index.js';
import { shortLine, type StepKey } from '../../domain/index.js';
import { EventBuffer } from './event-buffer.js';
import { workflowScope } from './scope.js';

type Activities = ChildActivities &
  MergeActivities &
  ModelActivities &
  NotifyActivities &
  DraftActivities &
  ProbeActivities &
  RalphActivities &
  RecordActivities &
  RlmActivities &
  SessionActivities &
  SubAgentActivities &
  ScriptActivities &
  SwarmActivities &
  TaskActivities &
  ToolActivities;

/** Registered name of an activity. */
export type StepName = keyof Activities;

type Input<Name extends StepName> = Parameters<Activities[Name]>[0];

/** Result of an activity. */
export type StepResult<Name extends StepName> = Activities[Name] extends (
  input: never,
) => Promise<infer Result>
  ? Result
  : never;

/** Arguments of an activity without what every step brings. */
type Given<Name extends StepName> = Omit<Input<Name>, (typeof STEPS)[Name]['adds'][number]>;

/** One call of an activity. */
export interface StepCall<Name extends StepName> {
  /** One line for the Temporal UI: what is known when the call is scheduled. */
  readonly summary: string;
  /** A function is asked again before each try. */
  readonly args: Given<Name> | (() => Given<Name>);
  /** Milliseconds that the work itself may take, on top of the table's limit. */
  readonly extraMs?: number;
  /** Default: the next key of these steps. */
  readonly key?: StepKey;
  /** A tool under a second, or a lane without set-up, is done as a local activity. */
  readonly policy?: 'localTool' | 'localLane';
  /** Whose wait it is, for the run's standstill. */
  readonly who?: string;
}

/** What the steps of one workflow share. */
export interface StepSurroundings {
  readonly runId: string;
  readonly events: EventBuffer;
  /** Runs a call until it succeeds, or until waiting does not help. */
  readonly endure: <Result>(call: () => Promise<Result>, who: string) => Promise<Result>;
}

const SUMMARY_CHARACTERS = 200;

/** The one way in which a workflow calls activities: a key for each decision, the events so far, the table's limits, patience. */
export class Steps {
  private readonly surroundings: StepSurroundings;
  private readonly scope = workflowScope();
  private count: number;

  /** `count` = keys that were given before, by the execution that this one continues. */
  constructor(surroundings: StepSurroundings, count = 0) {
    this.surroundings = surroundings;
    this.count = count;
  }

  /** Keys given so far. */
  get given(): number {
    return this.count;
  }

  /** The next step key; keys grow by one per decision and never repeat. */
  nextKey(): StepKey {
    this.count += 1;
    return { scope: this.scope, step: this.count, index: 0 };
  }

  /** Runs a step until it succeeds or waiting does not help; the same call is made again each time. */
  run<Name extends StepName>(name: Name, call: StepCall<Name>): Promise<StepResult<Name>> {
    const { endure } = this.surroundings;
    return this.deliver(name, call, (once) => endure(once, call.who ?? name));
  }

  /** Runs a step once, with the retries of its policy alone. */
  once<Name extends StepName>(name: Name, call: StepCall<Name>): Promise<StepResult<Name>> {
    return this.deliver(name, call, (once) => once());
  }

  private deliver<Name extends StepName>(
    name: Name,
    call: StepCall<Name>,
    attempt: (once: () => Promise<StepResult<Name>>) => Promise<StepResult<Name>>,
  ): Promise<StepResult<Name>> {
    const { events, runId } = this.surroundings;
    const adds: readonly string[] = STEPS[name].adds;
    const key = adds.includes('key') ? (call.key ?? this.nextKey()) : undefined;
    const added = {
      ...(key === undefined ? {} : { key }),
      ...(adds.includes('runId') ? { runId } : {}),
    };
    const schedule = scheduler(name, call);
    if (!adds.includes('events')) return attempt(() => schedule({ ...given(call), ...added }));
    return events.deliver((pending) =>
      attempt(() => schedule({ ...given(call), ...added, events: pending })),
    );
  }
}

/** Steps of a small workflow that keeps no events and waits for nothing. */
export function standaloneSteps(runId: string): Steps {
  return new Steps({ runId, events: new EventBuffer({}), endure: (call) => call() });
}

function given<Name extends StepName>({ args }: StepCall<Name>): Given<Name> {
  return typeof args === 'function' ? args() : args;
}

/** Activities by name, as Temporal's proxies give them. */
type Proxies = Readonly<
  Record<string, { executeWithOptions(options: object, args: [object]): Promise<never> }>
>;

/** Options are given with each call; a proxy only wants to see that there are some. */
const local = proxyLocalActivities(ACTIVITY_POLICIES.record) as unknown as Proxies;
const remote = proxyActivities(ACTIVITY_POLICIES.workspace) as unknown as Proxies;

function scheduler<Name extends StepName>(
  name: Name,
  call: StepCall<Name>,
): (input: object) => Promise<StepResult<Name>> {
  const kind = STEPS[name];
  const policy: ActivityPolicy = ACTIVITY_POLICIES[call.policy ?? kind.policy];
  const isLocal = call.policy !== undefined || 'isLocal' in kind;
  const options = {
    ...policy,
    startToCloseTimeout: policy.startToCloseTimeout + (call.extraMs ?? 0),
    summary: shortLine(call.summary, SUMMARY_CHARACTERS),
    ...(isLocal ? {} : { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED }),
  };
  return async (input) => {
    const result = (isLocal ? local : remote)[name]?.executeWithOptions(options, [input]);
    return (await result) as StepResult<Name>;
  };
}
