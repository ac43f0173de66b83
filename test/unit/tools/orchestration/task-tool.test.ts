import { describe, expect, it } from 'vitest';
import { taskTool } from '../../../../src/tools/orchestration/task-tool.js';

describe('task', () => {
  it('is started by the workflow, and titled by who works on what', () => {
    const input = taskTool.parameters.parse({
      description: 'find the parser',
      prompt: 'Where is it?',
    });
    expect([taskTool.execution, taskTool.access, taskTool.title(input)]).toEqual([
      'workflow',
      'execute',
      'task (explore): find the parser',
    ]);
  });
});
