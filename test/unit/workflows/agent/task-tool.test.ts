import { taskWorker } from '../../../../src/domain/agent/task-call.js';
import { describe, expect, it } from 'vitest';
import type { ToolCallSummary } from '../../../../src/domain/index.js';
import { isReadingTask, parseTask } from '../../../../src/workflows/agent/task-tool.js';

const call = (text: string | undefined, more: Partial<ToolCallSummary> = {}): ToolCallSummary => ({
  id: 'call_1',
  index: 0,
  name: 'task',
  title: 'task',
  digest: 'd',
  execution: 'workflow',
  access: 'execute',
  ...(text === undefined ? {} : { arguments: text }),
  ...more,
});
const GOOD = { description: 'Look', prompt: 'Look around' };

describe('a call of task', () => {
  it('is read with its defaults: an agent that reads, and that is waited for', () => {
    expect(parseTask(call(JSON.stringify(GOOD)))).toEqual({
      ...GOOD,
      agent: 'explore',
      background: false,
    });
  });

  it('becomes one sentence when it cannot be read', () => {
    expect(parseTask(call(undefined))).toEqual({ problem: 'task: the arguments are too long.' });
    expect(parseTask(call('{'))).toEqual({ problem: 'task: the arguments are not valid JSON.' });
    expect(parseTask(call('{"description": "x"}'))).toMatchObject({
      problem: expect.stringContaining('prompt'),
    });
    expect(parseTask(call(JSON.stringify({ ...GOOD, agent: 'x'.repeat(65) })))).toMatchObject({
      problem: expect.stringContaining('agent'),
    });
  });

  it('names a built-in agent, or one of a person with what that may do', () => {
    const known = [
      { name: 'reviewer', access: 'read' },
      { name: 'fixer', access: 'write' },
    ] as const;
    expect(taskWorker('plan', known)).toEqual({ agent: 'plan' });
    expect(taskWorker('reviewer', known)).toEqual({ agent: 'explore', named: 'reviewer' });
    expect(taskWorker('fixer', known)).toEqual({ agent: 'general', named: 'fixer' });
    expect(taskWorker('root', known)).toEqual({
      problem:
        'task: there is no agent of that name. Agents: explore, general, plan, reviewer, fixer.',
    });
  });

  it('may stand beside others only when its agent reads', () => {
    expect(isReadingTask(call(JSON.stringify(GOOD)))).toBe(true);
    expect(isReadingTask(call(JSON.stringify({ ...GOOD, agent: 'general' })))).toBe(false);
    expect(isReadingTask(call('{'))).toBe(false);
    expect(isReadingTask(call(JSON.stringify(GOOD), { name: 'bash' }))).toBe(false);
    expect(isReadingTask(call(JSON.stringify(GOOD), { execution: 'invalid' }))).toBe(false);
  });
});
