import { z } from 'zod';
import { defineTool } from '../tool.js';

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
