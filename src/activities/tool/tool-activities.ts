import { bindSteps, defineStep, type Activities } from '../lib/step.js';
import {
  createToolCallExecutor,
  executeToolInputSchema,
  type ToolActivityDependencies,
  type ToolCallExecutor,
} from './tool-call-executor.js';

interface ToolDesk {
  readonly events: ToolActivityDependencies['events'];
  readonly executor: ToolCallExecutor;
}

/**
 * Executes one tool call exactly once by its step key. Works as a local and as a normal activity; heartbeats and
 * obeys cancellation in the latter. Fails only for infrastructure faults; everything else is a result for the model.
 */
const executeTool = defineStep<ToolDesk>()({
  input: executeToolInputSchema,
  endsByItself: true,
  run: (input, { dependencies, signal, heartbeat }) =>
    dependencies.executor.execute(input, {
      signal,
      heartbeat: (details) => heartbeat.progress(details),
    }),
});

const steps = { executeTool };

/** The activities that carry out tool calls. */
export type ToolActivities = Activities<typeof steps>;

/** Tool activities over `dependencies`; the executor keeps its own journal. */
export function createToolActivities(dependencies: ToolActivityDependencies): ToolActivities {
  const { events } = dependencies;
  return bindSteps({ events, executor: createToolCallExecutor(dependencies) }, steps);
}
