import type { AnyTool } from '../tool.js';
import { createReplTools } from './repl-tools.js';
import { storyDoneTool, todoReadTool, todoWriteTool } from './story-tools.js';
import { swarmTool } from './swarm-tool.js';
import { taskTool } from './task-tool.js';

/** Tools that the workflow answers. */
export function createOrchestrationTools(): AnyTool[] {
  return [storyDoneTool, swarmTool, taskTool, todoReadTool, todoWriteTool, ...createReplTools()];
}
