import type { AnyTool } from '../tool.js';
import { questionTool } from './question-tool.js';
import { createReplTools } from './repl-tools.js';
import { recallTool, rlmTool } from './rlm-tools.js';
import { storyDoneTool, todoReadTool, todoWriteTool } from './story-tools.js';
import { swarmTool } from './swarm-tool.js';
import { taskTool } from './task-tool.js';

/** Tools that the workflow answers. */
export function createOrchestrationTools(): AnyTool[] {
  return [
    questionTool,
    recallTool,
    rlmTool,
    storyDoneTool,
    swarmTool,
    taskTool,
    todoReadTool,
    todoWriteTool,
    ...createReplTools(),
  ];
}
