import { formatStepKey, type ToolResult } from '../../domain/index.js';
import { bindSteps, defineStep, type Activities } from '../lib/step.js';
import { createHandovers, startCall, type Handovers, type StartedCall } from './started-call.js';
import {
  createToolCallExecutor,
  executeToolInputSchema,
  type ToolActivityDependencies,
  type ToolCallExecutor,
} from './tool-call-executor.js';

interface ToolDesk {
  readonly events: ToolActivityDependencies['events'];
  readonly executor: ToolCallExecutor;
  readonly handovers: Handovers;
}

type CallInput = Parameters<ToolCallExecutor['execute']>[0];

/**
 * Executes one tool call exactly once by its step key. Works as a local and as a normal activity; heartbeats and
 * obeys cancellation in the latter. Fails only for infrastructure faults; everything else is a result for the model.
 */
const executeTool = defineStep<ToolDesk>()({
  input: executeToolInputSchema,
  endsByItself: true,
  run: (input, { dependencies, signal, heartbeat }) =>
    begin(dependencies, input).finish({
      signal,
      heartbeat: (details) => heartbeat.progress(details),
    }),
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
    const call = begin(dependencies, input);
    const result = await call.within(PATIENCE_MS);
    if (result === null) dependencies.handovers.leave(stepOf(input), call);
    return result;
  },
});

/** Ends a call that `tryTool` left running and nobody will wait for; does nothing when there is none. */
const dropTool = defineStep<ToolDesk>()({
  input: executeToolInputSchema.pick({ key: true, conversation: true, callIndex: true }),
  async run(input, { dependencies }): Promise<void> {
    await dependencies.handovers.take(stepOf(input))?.stop();
  },
});

const steps = { executeTool, tryTool, dropTool };

/** The activities that carry out tool calls. */
export type ToolActivities = Activities<typeof steps>;

/** Tool activities over `dependencies`; the executor keeps its own journal. */
export function createToolActivities(dependencies: ToolActivityDependencies): ToolActivities {
  const { events } = dependencies;
  const executor = createToolCallExecutor(dependencies);
  return bindSteps({ events, executor, handovers: createHandovers() }, steps);
}

function begin({ executor, handovers }: ToolDesk, input: CallInput): StartedCall {
  return (
    handovers.take(stepOf(input)) ??
    startCall((surroundings) => executor.execute(input, surroundings))
  );
}

/** The step and what it is asked to do: a call is only waited for by who asks for the same. */
function stepOf({
  key,
  conversation,
  callIndex,
}: Pick<CallInput, 'key' | 'conversation' | 'callIndex'>): string {
  return `${formatStepKey(key)} ${conversation.digest} ${callIndex}`;
}
