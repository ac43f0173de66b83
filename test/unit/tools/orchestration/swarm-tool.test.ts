import { describe, expect, it } from 'vitest';
import { swarmTool } from '../../../../src/tools/orchestration/swarm-tool.js';

const part = (id: string) => ({ id, instruction: `Do ${id}` });

describe('swarm', () => {
  it('is started by the workflow, and takes the subtasks of a plan file', () => {
    const input = swarmTool.parameters.parse({ task: 'All', subtasks: [part('a'), part('b')] });
    expect([swarmTool.execution, swarmTool.access, swarmTool.title(input)]).toEqual([
      'workflow',
      'execute',
      'swarm: 2 subtasks',
    ]);
    const usual = { depends_on: [], touches: [], agent: 'build', priority: 1 };
    expect(input).toEqual({
      task: 'All',
      subtasks: [
        { ...part('a'), ...usual },
        { ...part('b'), ...usual },
      ],
    });
  });

  it('takes neither none nor more than any agent may start', () => {
    const many = Array.from({ length: 101 }, (_, index) => part(`s${index}`));
    for (const subtasks of [[], many])
      expect(swarmTool.parameters.safeParse({ task: 'All', subtasks }).success).toBe(false);
  });
});
