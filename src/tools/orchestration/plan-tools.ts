import { planEnterSchema, planExitSchema } from '../../domain/index.js';
import { defineTool } from '../tool.js';

/** Begins a plan; the workflow keeps the agent from changing anything until it has one. */
export const planEnterTool = defineTool({
  name: 'plan_enter',
  isDeferred: true,
  description:
    'Begin a plan before difficult work: from here on you only read, until plan_exit. goal says what the plan is for.',
  parameters: planEnterSchema,
  execution: 'workflow',
  access: 'read',
  title: ({ goal }) => `plan_enter: ${goal.slice(0, 60)}`,
});

/** Ends a plan; the agent works again. */
export const planExitTool = defineTool({
  name: 'plan_exit',
  isDeferred: true,
  description: 'End the plan and work again. summary is the plan that you go by.',
  parameters: planExitSchema,
  execution: 'workflow',
  access: 'read',
  title: () => 'plan_exit',
});
