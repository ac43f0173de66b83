import { describe, expect, it } from 'vitest';
import { notedTasks } from '../../../../src/api/gate/noted-tasks.js';
import { createStartRate } from '../../../../src/api/gate/start-rate.js';
import type { TaskOrder, TaskService } from '../../../../src/client/index.js';
import { InvalidInputError } from '../../../../src/domain/index.js';

const ME = { name: 'me' };
const order = (messageId: string): TaskOrder => ({
  origin: 'rest',
  skill: 'chat',
  message: { messageId, role: 'user', parts: [{ kind: 'text', text: 'a secret word' }] },
});

function bench(perMinute = 2) {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const asked: string[] = [];
  const tasks = {
    submit: () => {
      asked.push('submit');
      return Promise.resolve({ taskId: 'made' });
    },
    tell: () =>
      Promise.reject(new InvalidInputError('ERR_TASK_ENDED', { message: 'it has ended' })),
    cancel: () => Promise.reject(new Error('the disk is gone')),
    get: () => Promise.resolve('as it is'),
  } as unknown as TaskService;
  const noted = notedTasks(tasks, {
    starts: createStartRate(perMinute),
    audit: (line) => lines.push(line),
  });
  return { noted, lines, asked };
}

describe('tasks for scripts', () => {
  it('are counted by caller: the same message again is none more', async () => {
    const { noted, asked } = bench();
    for (const id of ['a', 'b', 'a']) await noted.submit(ME, order(id));
    await expect(noted.submit(ME, order('c'))).rejects.toMatchObject({
      code: 'ERR_TOO_MANY_STARTS',
    });
    await noted.submit({ name: 'other' }, order('c'));
    expect(asked).toHaveLength(4);
  });

  it('are noted with what became of each, and never with what was said', async () => {
    const { noted, lines } = bench(1);
    await noted.submit(ME, order('a\u001b[31m'));
    await expect(noted.submit(ME, order('b'))).rejects.toThrow();
    const { message } = order('m');
    await expect(noted.tell(ME, { taskId: 't', message })).rejects.toThrow('it has ended');
    await expect(noted.cancel(ME, 't')).rejects.toThrow('the disk is gone');
    expect(lines.map(({ method, outcome, task_id: taskId }) => [method, outcome, taskId])).toEqual([
      ['POST /v1/runs', 'ok', 'made'],
      ['POST /v1/runs', 'ERR_TOO_MANY_STARTS', undefined],
      ['POST /v1/runs/ID/messages', 'ERR_TASK_ENDED', 't'],
      ['POST /v1/runs/ID/cancel', 'ERR_UNEXPECTED', 't'],
    ]);
    const text = JSON.stringify(lines);
    expect(text).not.toContain('secret');
    expect(text).not.toContain('\\u001b');
  });

  it('are read without a word', async () => {
    const { noted, lines } = bench();
    expect(await noted.get(ME, 't')).toBe('as it is');
    expect(lines).toEqual([]);
  });
});
