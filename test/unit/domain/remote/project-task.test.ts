import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginFold, foldEvent, viewOf } from '../../../../src/domain/remote/project-task.js';
import { taskRequestSchema, type TaskRequest } from '../../../../src/domain/remote/remote-task.js';
import { type TaskUpdate } from '../../../../src/domain/remote/task-view.js';
import { eventTypeSchema, type RunEvent } from '../../../../src/domain/run/event.js';
import { taskRequest } from '../../../support/task-requests.js';

const REQUEST = taskRequest();
const AT = '2026-11-29T10:00:00.000Z';

function event(type: RunEvent['type'], fields: Partial<RunEvent> = {}): RunEvent {
  return { source: 'task/1', seq: 1, type, at: AT, ...fields };
}

/** Everything that those who watch are told, and how the task stands in the end. */
function play(events: readonly RunEvent[], request: TaskRequest = REQUEST) {
  let fold = beginFold(request);
  const updates: TaskUpdate[] = [];
  for (const one of events) {
    const next = foldEvent(fold, one);
    fold = next.fold;
    if (next.update !== undefined) updates.push(next.update);
  }
  return { updates, fold, view: viewOf(request, fold) };
}

const end = (state: string, text = 'why') => event('task.end', { text, data: { state } });

describe('a task as its events tell it', () => {
  it('is submitted before anything has happened', () => {
    expect(play([]).view).toEqual({
      taskId: REQUEST.taskId,
      contextId: REQUEST.contextId,
      skill: 'code',
      createdAt: REQUEST.createdAt,
      options: { origin: 'a2a' },
      state: 'submitted',
      text: null,
      at: REQUEST.createdAt,
      history: [REQUEST.message],
      artifacts: [],
      cursor: 0,
    });
  });

  it('works while its run works, and the state was entered when it began', () => {
    const { view } = play([
      event('task.start', { text: 'accepted' }),
      event('story.start', { text: 'TASK-1', at: '2026-11-29T11:00:00.000Z' }),
    ]);
    expect([view.state, view.text, view.at]).toEqual(['working', 'TASK-1', AT]);
  });

  it('does not tell of what nobody watches for, and numbers come from the place in the log', () => {
    const { updates } = play([
      event('task.start'),
      event('turn.start'),
      event('model.end'),
      event('tool.start', { text: 'bash npm test' }),
    ]);
    expect(updates.map(({ seq }) => seq)).toEqual([1, 4]);
  });

  it('asks with the whole question, and works again once it is answered', () => {
    const ask = event('question.ask', {
      story: 'A',
      text: 'Wh…',
      data: { question: 'Which word?' },
    });
    const asked = play([event('task.start'), ask]);
    expect([asked.view.state, asked.view.text]).toEqual(['input-required', 'Which word?']);
    expect(asked.fold.asking).toEqual(['A']);
    const answered = play([event('task.start'), ask, event('question.answer', { story: 'A' })]);
    expect([answered.view.state, answered.fold.asking]).toEqual(['working', []]);
  });

  it('goes on asking while one of two is answered, and says nothing of what others do meanwhile', () => {
    const { updates, fold } = play([
      event('question.ask', { story: 'A', text: 'a?' }),
      event('permission.ask', { story: 'B', text: 'b?' }),
      event('tool.start', { story: 'C', text: 'bash' }),
      event('question.answer', { story: 'A' }),
    ]);
    expect(fold.asking).toEqual(['B']);
    expect(updates.map((update) => update.kind === 'status' && update.state)).toEqual([
      'input-required',
      'input-required',
      'input-required',
    ]);
  });

  it.each([
    'question.default',
    'question.park',
    'permission.deny',
    'story.end',
    'attempt.end',
  ] as const)('asks no more after %s', (type) => {
    const { fold } = play([event('question.ask', { story: 'A' }), event(type, { story: 'A' })]);
    expect(fold.asking).toEqual([]);
  });

  it('has what was said and what was made', () => {
    const message = { messageId: 'm-2', role: 'user', parts: [{ kind: 'text', text: 'ok' }] };
    const artifact = {
      artifactId: 'patch',
      name: 'changes.patch',
      mediaType: 'text/x-patch',
      text: '+ok',
      bytes: 3,
    };
    const { view, updates } = play([
      event('task.message', { data: message }),
      event('task.artifact', { data: artifact }),
      event('task.message', { data: { messageId: 'no parts' } }),
      event('task.artifact', {}),
    ]);
    expect(view.history).toEqual([REQUEST.message, message]);
    expect(view.artifacts).toEqual([artifact]);
    expect(updates.map(({ kind }) => kind)).toEqual(['message', 'artifact']);
  });

  it.each(['completed', 'failed', 'canceled', 'rejected'])('ends as %s, and stays so', (state) => {
    const { view, updates } = play([
      event('task.start'),
      end(state),
      end('failed', 'late'),
      event('story.start'),
    ]);
    expect([view.state, view.text, view.cursor]).toEqual([state, 'why', 2]);
    expect(updates).toHaveLength(2);
  });

  it.each(['working', 'done', undefined])('has failed with an end that is none: %s', (state) => {
    expect(play([event('task.end', { data: { state } })]).view.state).toBe('failed');
  });

  it('gives everybody the same updates, whenever they begin to read', () => {
    const anyEvent = fc.record({
      source: fc.constantFrom('task/1', 'task/1/run'),
      seq: fc.integer({ min: 1, max: 9 }),
      type: fc.constantFrom(...eventTypeSchema.options),
      at: fc.constant(AT),
      story: fc.constantFrom('A', 'B'),
      text: fc.string(),
      data: fc.constantFrom({}, { state: 'completed' }, { state: 'working' }),
    });
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), fc.nat(40), (events, cut) => {
        const whole = play(events);
        const part = play(events.slice(0, cut));
        expect(whole.updates.slice(0, part.updates.length)).toEqual(part.updates);
        const numbers = whole.updates.map(({ seq }) => seq);
        expect(numbers).toEqual([...new Set(numbers)].toSorted((left, right) => left - right));
        expect(whole.fold.count).toBe(events.length);
        expect(whole.view.cursor).toBe(numbers.at(-1) ?? 0);
        const ends = whole.updates.filter(
          (update) => update.kind === 'status' && update.state === 'completed',
        );
        expect(ends.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('a request', () => {
  it.each([
    ['an id of another form', { taskId: '../../etc/passwd' }],
    ['a skill that nobody has', { skill: 'mine' }],
    ['no parts', { message: { ...REQUEST.message, parts: [] } }],
    ['a folder', { place: { kind: 'folder', path: '/etc' } }],
    [
      'bytes that are no base64',
      { message: { ...REQUEST.message, parts: [{ kind: 'file', bytes: '§' }] } },
    ],
    ['an endless id', { contextId: 'c'.repeat(257) }],
    ['a budget of nothing', { limits: { budgetUsd: 0 } }],
  ])('is refused with %s', (_what, change) => {
    expect(taskRequestSchema.safeParse({ ...REQUEST, ...change }).success).toBe(false);
  });
});
