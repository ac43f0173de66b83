import { agentCallSchema } from '../../domain/index.js';
import { defineTool } from '../tool.js';

/** Looks after agents in the background; the workflow that started them answers. */
export const agentTool = defineTool({
  name: 'agent',
  isDeferred: true,
  description:
    'Agents that you started with task in the background: list them, tell one something (id, text), or stop one (id).',
  parameters: agentCallSchema,
  execution: 'workflow',
  access: 'read',
  title: ({ action, id }) => `agent: ${action}${id === undefined ? '' : ` ${id}`}`,
});
