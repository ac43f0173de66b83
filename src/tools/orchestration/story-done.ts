import { storyDoneSchema } from '../../domain/index.js';
import { defineTool } from '../tool.js';

/** Ends the story; the workflow takes it as a claim, never as proof. */
export const storyDoneTool = defineTool({
  name: 'story_done',
  description: 'End the task: done, or blocked with blockers. learnings help later tasks.',
  parameters: storyDoneSchema,
  execution: 'workflow',
  access: 'write',
  title: (input) => `story_done: ${input.status}`,
});
