import { todoWriteSchema, storyDoneSchema } from '../../domain/index.js';
import { defineTool } from '../tool.js';
import { z } from 'zod';

/** Ends the story; the workflow takes it as a claim, never as proof. */
export const storyDoneTool = defineTool({
  name: 'story_done',
  description: 'End the task: done, or blocked with blockers. learnings help later tasks.',
  parameters: storyDoneSchema,
  execution: 'workflow',
  access: 'write',
  title: (input) => `story_done: ${input.status}`,
});

/** Shows the to-do list; the workflow answers it from its state. */
export const todoReadTool = defineTool({
  name: 'todo_read',
  aliases: ['todoread'],
  description: 'Show your to-do list.',
  parameters: z.object({}),
  execution: 'workflow',
  access: 'read',
  title: () => 'todo_read',
});

/** Replaces the to-do list; the workflow keeps it in its state. */
export const todoWriteTool = defineTool({
  name: 'todo_write',
  aliases: ['todowrite'],
  description: 'Replace your to-do list.',
  parameters: todoWriteSchema,
  execution: 'workflow',
  access: 'write',
  title: (input) => `todo_write: ${input.todos.length} items`,
});
