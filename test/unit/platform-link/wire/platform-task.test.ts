import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOver, readTask, readTasks } from '../../../../src/platform-link/wire/platform-task.js';

const BARE = {
  id: 't1',
  title: '',
  prompt: '',
  kind: '',
  status: '',
  model: undefined,
  codebase: undefined,
  targetAgent: undefined,
  worker: undefined,
  priority: 0,
  capabilities: [],
  metadata: {},
};

describe('a task of a platform', () => {
  it('is read as 1.4.3 tells of it', () => {
    const told = {
      id: 't1',
      title: 'Fix',
      prompt: 'Fix it',
      agent_type: 'Build',
      status: 'PENDING',
      codebase_id: 'c1',
      model: 'a/b',
      priority: 3,
      metadata: { x: 1 },
      created_at: '2026-01-01',
      started_at: null,
      result: null,
    };
    expect(readTask(told)).toEqual({
      ...BARE,
      title: 'Fix',
      prompt: 'Fix it',
      kind: 'build',
      status: 'pending',
      codebase: 'c1',
      model: 'a/b',
      priority: 3,
      metadata: { x: 1 },
    });
  });

  it('is read as newer ones tell of it, wrapped and with other names', () => {
    const told = {
      task: {
        id: 't1',
        description: 'Fix it',
        type: 'swarm',
        workspace_id: 'w1',
        model_ref: 'a:b',
        model: 'c/d',
        worker_id: 'wrk',
        target_agent_name: 'me',
        required_capabilities: ['persistent'],
      },
    };
    expect(readTask(told)).toEqual({
      ...BARE,
      prompt: 'Fix it',
      kind: 'swarm',
      codebase: 'w1',
      model: 'a:b',
      worker: 'wrk',
      targetAgent: 'me',
      capabilities: ['persistent'],
    });
  });

  it.each(['global', '__pending__', ''])(
    'belongs to no codebase when that is %j',
    (codebase_id) => {
      expect(readTask({ id: 't1', codebase_id })).toEqual(BARE);
    },
  );

  it.each([
    [undefined],
    [null],
    [3],
    ['t1'],
    [[]],
    [{}],
    [{ id: '' }],
    [{ id: 'x'.repeat(257) }],
    [{ id: 7 }],
  ])('is none: %j', (value) => {
    expect(readTask(value)).toBeUndefined();
  });

  it('loses the fields that are of another kind, and no others', () => {
    const told = {
      id: 't1',
      title: 7,
      prompt: { text: 'x' },
      description: 'kept',
      metadata: [1],
      priority: 'high',
      status: null,
      required_capabilities: 'all',
    };
    expect(readTask(told)).toEqual({ ...BARE, prompt: 'kept' });
  });

  it('is read or not, and never fails', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (value, id) => {
        readTask(value);
        readTask({ task: value, id });
        for (const task of readTasks(value)) expect(task.id).not.toBe('');
      }),
    );
  });
});

describe('a list of tasks', () => {
  it.each([[[{ id: 'a' }, 'x', { id: 'b' }]], [{ tasks: [{ id: 'a' }, null, { id: 'b' }] }]])(
    'leaves out what is none: %j',
    (body) => {
      expect(readTasks(body).map(({ id }) => id)).toEqual(['a', 'b']);
    },
  );

  it('is looked at as far as its thousandth task', () => {
    expect(readTasks(Array.from({ length: 1500 }, (_, at) => ({ id: `t${at}` })))).toHaveLength(
      1000,
    );
  });

  it.each([[undefined], ['[]'], [{ tasks: {} }]])('is empty when it is none: %j', (body) => {
    expect(readTasks(body)).toEqual([]);
  });
});

describe('a status', () => {
  it.each([
    ['completed', true],
    ['failed', true],
    ['cancelled', true],
    ['canceled', true],
    ['running', false],
    ['', false],
  ])('%s is over: %s', (status, expected) => {
    expect(isOver(status)).toBe(expected);
  });
});
