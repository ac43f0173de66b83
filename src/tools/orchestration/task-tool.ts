import { taskCallSchema } from '../../domain/index.js';
import { defineTool } from '../tool.js';

/** Hands work to an agent of its own; the workflow starts it. */
export const taskTool = defineTool({
  name: 'task',
  description:
    'Have another agent do a part, with a conversation of its own; it sees only the prompt and the files. Use it for wide searches and separate parts. explore reads, general may change files.',
  parameters: taskCallSchema,
  execution: 'workflow',
  access: 'execute',
  subjects: ({ agent }) => [agent],
  title: (input) => `task (${input.agent}): ${input.description}`,
});
