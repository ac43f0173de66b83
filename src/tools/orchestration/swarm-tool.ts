import { swarmCallSchema } from '../../domain/index.js';
import { defineTool } from '../tool.js';

/** Hands the parts of a task to agents of their own; the workflow starts them. */
export const swarmTool = defineTool({
  name: 'swarm',
  description:
    'Have several agents do parts side by side and wait for all. Parts start when those in depends_on are done; touches = globs of files it may change. build changes files, plan and explore read.',
  parameters: swarmCallSchema,
  execution: 'workflow',
  access: 'execute',
  title: (input) => `swarm: ${input.subtasks.length} subtasks`,
});
