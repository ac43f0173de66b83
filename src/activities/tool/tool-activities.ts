import { Context } from '@temporalio/activity';
import type { ToolResult } from '../../domain/index.js';
import { toApplicationFailure } from '../lib/failure.js';
import { startHeartbeat } from '../lib/heartbeat.js';
import {
  createToolCallExecutor,
  type ExecuteToolInput,
  type ToolActivityDependencies,
} from './tool-call-executor.js';

/** The activities that carry out tool calls. */
export interface ToolActivities {
  /**
   * Executes one tool call exactly once by its step key. Works as a local and as a normal activity; heartbeats and
   * obeys cancellation in the latter. Fails only for infrastructure faults; everything else is a result for the model.
   */
  executeTool(input: ExecuteToolInput): Promise<ToolResult>;
}

/** Tool activities over `dependencies`. */
export function createToolActivities(dependencies: ToolActivityDependencies): ToolActivities {
  const executor = createToolCallExecutor(dependencies);
  return {
    async executeTool(input) {
      const signal = Context.current().cancellationSignal;
      const heartbeat = startHeartbeat();
      try {
        return await executor.execute(input, {
          signal,
          heartbeat: (details) => heartbeat.progress(details),
        });
      } catch (error) {
        // Temporal's own cancellation must reach it unchanged.
        if (signal.aborted) throw signal.reason;
        throw toApplicationFailure(error);
      } finally {
        heartbeat.stop();
      }
    },
  };
}
