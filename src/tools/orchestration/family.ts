import type { AnyTool } from '../tool.js';
import { agentTool } from './agent-tool.js';
import { planEnterTool, planExitTool } from './plan-tools.js';
import { prdTool } from './prd-tool.js';
import { questionTool } from './question-tool.js';
import { ralphTool } from './ralph-tool.js';
import { createReplTools } from './repl-tools.js';
import { recallTool, rlmTool } from './rlm-tools.js';
import { scriptTool } from './script-tool.js';
import { skillTool } from './skill-tool.js';
import { storyDoneTool, todoReadTool, todoWriteTool } from './story-tools.js';
import { swarmTool } from './swarm-tool.js';
import { taskTool } from './task-tool.js';

/** Tools that the workflow answers, and those that prepare its work. */
export function createOrchestrationTools(): AnyTool[] {
  return [
    agentTool,
    planEnterTool,
    planExitTool,
    prdTool,
    questionTool,
    ralphTool,
    recallTool,
    rlmTool,
    scriptTool,
    skillTool,
    storyDoneTool,
    swarmTool,
    taskTool,
    todoReadTool,
    todoWriteTool,
    ...createReplTools(),
  ];
}
