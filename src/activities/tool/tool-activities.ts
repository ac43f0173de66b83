import { Context } from '@temporalio/activity';
import { formatStepKey, type ToolResult } from '../../domain/index.js';
import { isViewId } from '../../platform/index.js';
import { bindSteps, defineStep, type Activities, type StepStores } from '../lib/step.js';
import { createRunningCalls, type RunningCalls, type Share } from './started-call.js';
import {
  createToolCallExecutor,
  executeToolInputSchema,
  type ToolActivityDependencies,
  type ToolCallExecutor,
} from './tool-call-executor.js';

interface ToolDesk extends Pick<StepStores, 'hold'> {
  readonly events: ToolActivityDependencies['events'];
  readonly executor: ToolCallExecutor;
  readonly running: RunningCalls;
}

type CallInput = Parameters<ToolCallExecutor['execute']>[0];

/**
 * Executes one tool call exactly once by its step key. Works as a local and as a normal activity; heartbeats and
 * obeys cancellation in the latter. Fails only for infrastructure faults; everything else is a result for the model.
 */
const executeTool = defineStep<ToolDesk>()({
  input: executeToolInputSchema,
  endsByItself: true,
  async run(input, { dependencies, signal, heartbeat }): Promise<ToolResult> {
    const { call, leave } = begin(dependencies, input);
    try {
      return await call.finish({ signal, heartbeat: (details) => heartbeat.progress(details) });
    } finally {
      leave();
    }
  },
});

/** A workflow task with a local activity is held back for so long; far below its time limit of 3 s. */
const PATIENCE_MS = 1000;

/**
 * Begins a call that may run for long but mostly does not, as local activity: its result when it took less than a second.
 * Null = it goes on in this process; `executeTool` with the same input then waits for it. Where that comes to another
 * process, or after this one died, it is what any interrupted call is: begun again from the same files.
 */
const tryTool = defineStep<ToolDesk>()({
  input: executeToolInputSchema,
  endsByItself: true,
  async run(input, { dependencies }): Promise<ToolResult | null> {
    const { call, leave } = begin(dependencies, input);
    try {
      return await call.within(PATIENCE_MS);
    } finally {
      leave();
    }
  },
});

/** Ends a call that `tryTool` left running and nobody will wait for; does nothing when there is none. */
const dropTool = defineStep<ToolDesk>()({
  input: executeToolInputSchema.pick({ key: true, conversation: true, callIndex: true }),
  async run(input, { dependencies }): Promise<void> {
    await dependencies.running.stop(stepOf(input));
  },
});

/** Ends what an agent left running in the background of its lane; resolves when nothing of it is left. */
const endBackgroundCommands = defineStep<ToolDesk>()({
  input: executeToolInputSchema.pick({ key: true, workspace: true }),
  async run({ key, workspace }, { dependencies }): Promise<void> {
    await dependencies.executor.endBackground(workspace, key.scope);
  },
});

const steps = { executeTool, tryTool, dropTool, endBackgroundCommands };

/** The activities that carry out tool calls. */
export type ToolActivities = Activities<typeof steps>;

/** Tool activities over `dependencies`; the executor keeps its own journal. */
export function createToolActivities(
  dependencies: ToolActivityDependencies & Pick<StepStores, 'hold'>,
): ToolActivities {
  const { events, hold } = dependencies;
  const executor = createToolCallExecutor(dependencies);
  const held = hold === undefined ? {} : { hold };
  return bindSteps({ events, executor, running: createRunningCalls(), ...held }, steps);
}

/** Begins a call, or takes part in it where it runs already: a step that is tried again must not run its command twice. */
function begin({ executor, running, hold }: ToolDesk, input: CallInput): Share {
  // Calls of one execution share: what may not run side by side takes the workspace's own lock. After a reset or the end of a
  // workflow in Temporal, a call of the execution before may still run.
  const holder = Context.current().info.workflowExecution?.runId ?? '';
  // A view is nobody's work: REPLs that only read in it need not wait for each other.
  const isShared = input.isReadOnly === true && isViewId(input.workspace.id);
  const names = [input.workspace.id];
  return running.join(stepOf(input), async (surroundings) => {
    const letGo = isShared
      ? undefined
      : await hold?.({ names, holder, signal: surroundings.signal });
    try {
      return await executor.execute(input, surroundings);
    } finally {
      letGo?.();
    }
  });
}

/** The step and what it is asked to do: a call is only waited for by who asks for the same. */
function stepOf({
  key,
  conversation,
  callIndex,
}: Pick<CallInput, 'key' | 'conversation' | 'callIndex'>): string {
  return `${formatStepKey(key)} ${conversation.digest} ${callIndex}`;
}
