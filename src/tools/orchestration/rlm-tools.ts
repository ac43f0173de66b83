import { recallCallSchema, rlmCallSchema } from '../../domain/index.js';
import { defineTool } from '../tool.js';

/** Has a question answered over files that are too large to read; the workflow starts who answers it. */
export const rlmTool = defineTool({
  name: 'rlm',
  description:
    'Answer a question over files (or text) far too large to read: another agent searches them with code. Use it for logs, dumps and wide questions.',
  parameters: rlmCallSchema,
  execution: 'workflow',
  access: 'execute',
  title: ({ question }) => `rlm: ${question.slice(0, 80)}`,
});

/** Has a question answered over this agent's whole conversation; the workflow starts who answers it. */
export const recallTool = defineTool({
  name: 'recall',
  description:
    'Answer a question from this whole conversation, also from what is no longer shown to you since it was shortened.',
  parameters: recallCallSchema,
  execution: 'workflow',
  access: 'execute',
  title: ({ question }) => `recall: ${question.slice(0, 80)}`,
});
