import { describe, expect, it } from 'vitest';
import type { TaskUpdate, TaskView } from '../../../../src/domain/index.js';
import { standingOf } from '../../../../src/platform-link/task/standing.js';
import { endOf, outputOf } from '../../../../src/platform-link/task/told.js';
import { readTask } from '../../../../src/platform-link/wire/platform-task.js';

const common = { seq: 1, at: '2026-01-01T00:00:00.000Z' };
const status = (
  state: 'working' | 'input-required',
  text: string | null,
  options?: string[],
): TaskUpdate => ({
  kind: 'status',
  ...common,
  state,
  text,
  ...(options === undefined ? {} : { options }),
});
const artifact = (artifactId: string, text: string): TaskUpdate => ({
  kind: 'artifact',
  ...common,
  artifact: { artifactId, name: artifactId, mediaType: 'text/plain', text, bytes: text.length },
});
const message = (role: 'user' | 'agent', text: string): TaskUpdate => ({
  kind: 'message',
  ...common,
  message: {
    messageId: 'm',
    role,
    parts: [
      { kind: 'text', text },
      { kind: 'data', data: 1 },
    ],
  },
});

describe('what a platform shows of an update', () => {
  it.each([
    [status('working', null), 'working'],
    [status('working', 'story 1 of 2'), 'working: story 1 of 2'],
    [status('input-required', 'Which one?', ['a', 'b']), 'waits for an answer: Which one? [a | b]'],
    [artifact('patch', 'diff'), 'made patch (4 bytes)'],
    [artifact('branch', '{"branch":"codetether/x","head_commit":"abc"}'), 'branch: codetether/x'],
    [artifact('branch', 'no JSON'), 'branch: branch'],
    [message('agent', 'hello'), 'hello'],
    [message('agent', 'a\u001b[2Jb'), 'a\\x1b[2Jb'],
  ])('%j is %j', (update, text) => {
    expect(outputOf(update)).toBe(text);
  });

  it.each([[message('user', 'what I said')], [message('agent', '  ')]])(
    '%j is nothing',
    (update) => {
      expect(outputOf(update)).toBeUndefined();
    },
  );

  it('is bounded, with both ends', () => {
    const text = outputOf(message('agent', `begin ${'x'.repeat(100_000)} end`)) ?? '';
    expect(text.length).toBeLessThan(4100);
    expect(text.startsWith('begin') && text.endsWith('end')).toBe(true);
  });

  it('holds no key', () => {
    expect(outputOf(message('agent', `key sk-ant-${'a1'.repeat(20)}`))).not.toContain('sk-ant-a1');
  });
});

function view(fields: Partial<TaskView>): TaskView {
  return {
    taskId: 'r1',
    contextId: 'c1',
    skill: 'chat',
    state: 'completed',
    text: null,
    at: '',
    createdAt: '',
    history: [],
    artifacts: [],
    cursor: 9,
    ...fields,
  };
}
const made = (artifactId: string, text: string, digest?: string) => ({
  artifactId,
  name: artifactId,
  mediaType: 'text/plain',
  text,
  bytes: 1,
  ...(digest === undefined ? {} : { digest }),
});
const whole = ({ text, digest }: { text: string; digest?: string | undefined }) =>
  Promise.resolve(digest === undefined ? text : `whole ${text}`);

describe('the end of a task', () => {
  it('has answer, branch and newest commit', async () => {
    const artifacts = [
      made('answer', 'yes', 'd'),
      made('branch', '{"branch":"codetether/x","head_commit":"bbb","ref":1}'),
    ];
    expect(await endOf(view({ artifacts }), undefined, whole)).toEqual({
      status: 'completed',
      sessionId: 'c1',
      result: 'whole yes',
      error: undefined,
      facts: { branch_name: 'codetether/x', head_sha: 'bbb' },
    });
  });

  it('falls back to the report, to the last words, and to the line of its state', async () => {
    const history = [
      {
        messageId: 'm',
        role: 'agent' as const,
        parts: [{ kind: 'text' as const, text: 'last words' }],
      },
    ];
    expect(
      (await endOf(view({ artifacts: [made('report', 'r')], history }), undefined, whole)).result,
    ).toBe('r');
    expect((await endOf(view({ history, text: 't' }), undefined, whole)).result).toBe('last words');
    expect((await endOf(view({ text: 't' }), undefined, whole)).result).toBe('t');
    expect((await endOf(view({}), undefined, whole)).result).toBeUndefined();
  });

  it.each([
    ['failed', 'failed', 'red checks'],
    ['rejected', 'failed', 'red checks'],
    ['canceled', 'cancelled', 'red checks'],
  ] as const)('%s is %s', async (state, expected, text) => {
    expect(await endOf(view({ state, text }), undefined, whole)).toMatchObject({
      status: expected,
      error: text,
    });
  });

  it('has a verdict when it is a review that gave one', async () => {
    const artifacts = [made('answer', 'fine\nAPPROVED')];
    expect((await endOf(view({ artifacts }), 'review', whole)).facts).toEqual({
      workflow_stage: 'review',
      verdict: 'APPROVED',
    });
    expect((await endOf(view({ artifacts }), 'code', whole)).facts).toEqual({
      workflow_stage: 'code',
    });
    expect(
      (await endOf(view({ artifacts: [made('answer', 'hm')] }), 'review', whole)).facts,
    ).toEqual({ workflow_stage: 'review' });
  });
});

describe('the standing of a task', () => {
  it.each([
    [undefined, 'lost'],
    [{ status: 'cancelled' }, 'cancelled'],
    [{ status: 'canceled' }, 'cancelled'],
    [{ status: 'failed' }, 'lost'],
    [{ status: 'completed' }, 'lost'],
    [{ status: 'running', worker_id: 'you' }, 'lost'],
    [{ status: 'running', worker_id: 'me' }, 'ours'],
    [{ status: 'running' }, 'ours'],
    [{ status: 'pending' }, 'doubtful'],
    [{}, 'ours'],
  ])('%j is %s', (told, kind) => {
    const task = told === undefined ? undefined : readTask({ id: 't', ...told });
    expect(standingOf(task, 'me').kind).toBe(kind);
  });
});
