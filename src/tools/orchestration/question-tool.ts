import { questionCallSchema } from '../../domain/index.js';
import { defineTool } from '../tool.js';

/** Asks the person who owns the work; the workflow waits for the answer. */
export const questionTool = defineTool({
  name: 'question',
  aliases: ['ask', 'ask_user', 'AskUserQuestion'],
  isDeferred: true,
  description:
    'Ask the person who owns this work, for a decision that is not yours to make. Give options, your recommendation, and a default to go on with if nobody answers; without a default the task may be set aside until somebody does.',
  parameters: questionCallSchema,
  execution: 'workflow',
  access: 'read',
  title: ({ question }) => `question: ${question.slice(0, 80)}`,
});
