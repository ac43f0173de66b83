import { ralphCallSchema } from '../../domain/index.js';
import { defineTool } from '../tool.js';

/** Hands the stories of a PRD to agents of their own; the workflow starts them. */
export const ralphTool = defineTool({
  name: 'ralph',
  isDeferred: true,
  description:
    'Work off a PRD that lies in the working folder: each open story by an agent of its own, in the order of its dependencies, as swarm does; waits for all. status: which stories are open. Write the PRD with prd.',
  parameters: ralphCallSchema,
  execution: 'workflow',
  access: 'execute',
  title: ({ action, prd_path: path }) => `ralph: ${action} ${path}`,
  subjects: ({ prd_path: path }) => [path],
});
