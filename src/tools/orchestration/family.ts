import type { AnyTool } from '../tool.js';
import { storyDoneTool, todoReadTool, todoWriteTool } from './story-tools.js';

/** Tools that the workflow answers. */
export function createOrchestrationTools(): AnyTool[] {
  return [storyDoneTool, todoReadTool, todoWriteTool];
}
