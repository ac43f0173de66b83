import { describe, expect, it } from 'vitest';
import { decideWorkflowTool } from '../../../../src/workflows/agent/workflow-tools.js';
import type { AgentSession } from '../../../../src/workflows/agent/session.js';
import type { NewMessage } from '../../../../src/domain/agent/conversation.js';
import { fakeCall } from '../../../support/fake-activities.js';

/** A session as far as these tools use it. */
function session() {
  const said: NewMessage[] = [];
  const events: unknown[] = [];
  const own = {
    state: { todos: [], spending: { turns: 3 } },
    done: undefined,
    say: (message: NewMessage) => void said.push(message),
    events: { add: (type: string, facts: object) => void events.push([type, facts]) },
  };
  const decide = (name: string, text: string | undefined) =>
    decideWorkflowTool(own as unknown as AgentSession, {
      ...fakeCall(name),
      ...(text === undefined ? {} : { arguments: text }),
    });
  return { own: own as unknown as AgentSession, said, events, decide };
}

describe('tools that the workflow answers', () => {
  it('keep the to-do list, and show it', () => {
    const { own, said, decide } = session();
    const todos = [{ content: 'test', status: 'done' }];
    expect(decide('todo_write', JSON.stringify({ todos }))).toEqual({
      call: 'digest-todo_write',
      result: 'ok',
      progress: [],
    });
    decide('todo_read', '');
    expect(own.state.todos).toEqual(todos);
    expect(said).toMatchObject([
      { kind: 'tool-text', callId: 'call-todo_write', text: '[x] test', isError: false },
      { kind: 'tool-text', callId: 'call-todo_read', text: '[x] test', isError: false },
    ]);
  });

  it('take the end of a story as what the agent claims', () => {
    const { own, events, decide } = session();
    const observed = decide('story_done', '{"status":"blocked","summary":"no key"}');
    expect(observed.progress).toEqual(['story_done']);
    expect(own.done).toEqual({ status: 'blocked', summary: 'no key', learnings: [], blockers: [] });
    expect(events).toEqual([
      ['tool.end', { turn: 3, text: 'story_done', data: { tool: 'story_done', is_error: false } }],
    ]);
  });

  it.each([
    ['story_done', '{"status":"maybe"}', /^story_done: .*status/s],
    ['todo_write', '{"todos":[{"content":""}]}', /^todo_write: /],
    ['todo_write', '{', 'todo_write: the arguments are not valid JSON.'],
    ['story_done', undefined, /is not available to this agent, or its arguments are too long/],
    ['bash', '{}', /^bash is not available/],
    ['__proto__', '{}', /^__proto__ is not available/],
  ])('explain what is wrong with %s %s, and change nothing', (name, text, answer) => {
    const { own, said, decide } = session();
    expect(decide(name, text)).toMatchObject({ result: 'error', progress: [] });
    expect(said).toMatchObject([{ isError: true, text: expect.stringMatching(answer) }]);
    expect([own.done, own.state.todos]).toEqual([undefined, []]);
  });
});
