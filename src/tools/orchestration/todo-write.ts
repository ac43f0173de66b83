import { todoWriteSchema } from '../../domain/index.js';
import { defineTool } from '../tool.js';

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
