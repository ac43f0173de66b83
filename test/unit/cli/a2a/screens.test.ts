import { describe, expect, it } from 'vitest';
import {
  cardScreen,
  eventDocument,
  eventLine,
  listScreen,
  taskDocument,
  taskScreen,
} from '../../../../src/cli/a2a/screens.js';
import type { RemoteTask } from '../../../../src/domain/index.js';

const TASK: RemoteTask = {
  taskId: 't1',
  contextId: 'c1',
  state: 'completed',
  said: [{ kind: 'text', text: 'done' }],
  at: '2026-11-29T00:00:00Z',
  artifacts: [
    {
      artifactId: 'patch',
      name: 'fix.patch',
      description: '',
      parts: [
        { kind: 'text', text: '+1' },
        { kind: 'data', json: '{"a":1}' },
        { kind: 'url', name: '', url: 'https://x' },
        { kind: 'file', name: 'a.bin', type: '', bytes: 3 },
      ],
    },
  ],
  history: [{ role: 'user', parts: [{ kind: 'text', text: 'hi' }] }],
};

const CARD = {
  name: 'codetether',
  description: 'codes',
  version: '1',
  interfaces: [{ url: 'http://a', transport: 'JSONRPC', version: '1.0' }],
  streaming: true,
  push: false,
  extensions: ['urn:x'],
  skills: [{ id: 'code', name: 'Code', description: 'writes' }],
};

describe('what an agent is shown as', () => {
  it('shows its card', () => {
    expect(cardScreen(CARD)).toBe(
      [
        'codetether 1',
        'codes',
        'streams, does not push',
        'JSONRPC  1.0  http://a',
        'extensions: urn:x',
        'SKILL  NAME  WHAT',
        'code   Code  writes',
      ].join('\n'),
    );
    const bare = {
      ...CARD,
      description: '',
      extensions: [],
      skills: [],
      streaming: false,
      push: true,
    };
    expect(cardScreen(bare)).toContain('does not stream, pushes');
    expect(cardScreen(bare)).toContain('no skills');
  });

  it('shows a task with everything that it made', () => {
    expect(taskScreen(TASK)).toBe(
      [
        'task t1: completed (context c1)',
        'done',
        '--- fix.patch',
        '+1',
        '{"a":1}',
        '(file at https://x)',
        '(file a.bin, unknown type, 3 bytes: not shown)',
      ].join('\n'),
    );
    expect(taskScreen({ ...TASK, taskId: '', contextId: '', artifacts: [] })).toBe('answer\ndone');
  });

  it('cuts a text that fills the screen, and says so', () => {
    const long = { ...TASK, said: [{ kind: 'text' as const, text: 'x'.repeat(100_000) }] };
    expect(taskScreen(long)).toContain('[… 34464 characters more: --json shows them …]');
  });

  it('keeps ids of others on their line', () => {
    expect(taskScreen({ ...TASK, taskId: 'a\nb', artifacts: [] })).toMatch(/^task a b: completed/);
  });

  it('lists tasks', () => {
    const page = { tasks: [TASK], nextPageToken: 'n', total: 7 };
    expect(listScreen(page).split('\n').slice(1)).toEqual([
      't1    completed  2026-11-29T00:00:00Z  c1       done',
      '1 of 7',
      'more: --page-token n',
    ]);
    expect(listScreen({ tasks: [], nextPageToken: '', total: 0 })).toBe('no tasks');
  });

  it.each([
    [{ kind: 'task', seq: undefined, task: TASK } as const, 'task t1: completed done'],
    [
      { kind: 'status', seq: 3, taskId: 't', state: 'working', said: [], at: '' } as const,
      '3 working',
    ],
    [
      {
        kind: 'artifact',
        seq: 4,
        taskId: 't',
        artifact: TASK.artifacts[0],
        isAppended: false,
      } as never,
      '4 artifact fix.patch',
    ],
    [
      { kind: 'message', seq: 5, message: { role: 'agent', parts: TASK.said } } as const,
      '5 agent: done',
    ],
  ])('shows %j in a line', (event, line) => {
    expect(eventLine(event)).toBe(line);
  });

  it('writes documents in one spelling', () => {
    expect(taskDocument(TASK)).toMatchObject({
      task_id: 't1',
      context_id: 'c1',
      text: 'done',
      artifacts: [{ artifact_id: 'patch' }],
    });
    expect(eventDocument({ kind: 'task', seq: undefined, task: TASK })).toMatchObject({
      seq: null,
      task: { task_id: 't1' },
    });
    expect(
      eventDocument({ kind: 'status', seq: 1, taskId: 't', state: 'failed', said: [], at: 'x' }),
    ).toEqual({ seq: 1, kind: 'status', task_id: 't', state: 'failed', text: '', at: 'x' });
    const message = { role: 'agent' as const, parts: TASK.said };
    expect(eventDocument({ kind: 'message', seq: 2, message })).toEqual({
      seq: 2,
      kind: 'message',
      message,
    });
    const [artifact] = TASK.artifacts;
    if (artifact === undefined) throw new Error('an artifact');
    expect(
      eventDocument({ kind: 'artifact', seq: 3, taskId: 't', artifact, isAppended: true }),
    ).toMatchObject({ append: true, artifact: { name: 'fix.patch' } });
  });
});
