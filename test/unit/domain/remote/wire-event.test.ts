import { Task, TaskState as WireState } from '@a2a-js/sdk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventOf, taskOf, taskState } from '../../../../src/api/a2a/task-out.js';
import {
  EVENT_SEQUENCE,
  taskStateSchema,
  wireEvent,
  wireState,
  wireTask,
  pushBody,
  type TaskPart,
  type TaskUpdate,
  type TaskView,
} from '../../../../src/domain/index.js';
import { StreamResponse } from '@a2a-js/sdk';

const AT = '2026-11-29T00:00:00.000Z';
const PLACE = { taskId: 'task-1', contextId: 'context-1', baseUrl: 'https://agent.example' };
const VIEW: TaskView = {
  taskId: 'task-1',
  contextId: 'context-1',
  skill: 'code',
  state: 'working',
  text: 'at it',
  at: AT,
  createdAt: AT,
  history: [
    { messageId: 'm1', role: 'user', parts: [{ kind: 'text', text: 'one' }], metadata: { k: 1 } },
    { messageId: 'm2', role: 'agent', parts: [{ kind: 'text', text: 'two' }] },
  ],
  artifacts: [
    { artifactId: 'rows', name: 'rows.json', mediaType: 'application/json', text: '[1]', bytes: 3 },
  ],
  cursor: 7,
};
const ALL = { baseUrl: PLACE.baseUrl, historyLength: undefined, hasArtifacts: true };

const part: fc.Arbitrary<TaskPart> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text: fc.string({ minLength: 1 }) }),
  fc.record({
    kind: fc.constant('data' as const),
    data: fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  }),
  fc.record({
    kind: fc.constant('file' as const),
    bytes: fc.uint8Array({ minLength: 1 }).map((bytes) => Buffer.from(bytes).toString('base64')),
    name: fc.constant('a.bin'),
  }),
  fc.record({ kind: fc.constant('url' as const), url: fc.webUrl() }),
);
const update: fc.Arbitrary<TaskUpdate> = fc.oneof(
  fc.record({
    kind: fc.constant('status' as const),
    seq: fc.integer({ min: 1, max: 1e6 }),
    at: fc.constant(AT),
    state: fc.constantFrom(...taskStateSchema.options),
    text: fc.option(fc.string({ minLength: 1 })),
    options: fc.array(fc.string(), { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('message' as const),
    seq: fc.integer({ min: 1, max: 1e6 }),
    at: fc.constant(AT),
    message: fc.record({
      messageId: fc.constant('m'),
      role: fc.constantFrom('user' as const, 'agent' as const),
      parts: fc.array(part, { minLength: 1, maxLength: 4 }),
    }),
  }),
  fc.record({
    kind: fc.constant('artifact' as const),
    seq: fc.integer({ min: 1, max: 1e6 }),
    at: fc.constant(AT),
    artifact: fc.record({
      artifactId: fc.string({ minLength: 1, maxLength: 20 }),
      name: fc.constant('a'),
      mediaType: fc.constantFrom('text/plain', 'application/json'),
      text: fc.oneof(fc.string({ minLength: 1 }), fc.json()),
      bytes: fc.nat(),
    }),
  }),
);

describe('an event on the wire', () => {
  it('is the same in streams and in what is posted, whatever happens', () => {
    fc.assert(
      fc.property(update, (one) => {
        const streamed: unknown = StreamResponse.toJSON(eventOf(one, PLACE));
        const posted = pushBody({ kind: 'update', update: one }, PLACE, '1.0').body;
        const read: unknown = StreamResponse.toJSON(StreamResponse.fromJSON(posted));
        expect(read).toEqual(streamed);
        // the library leaves out what is empty and nothing else
        expect(JSON.parse(JSON.stringify(streamed))).toEqual(
          JSON.parse(JSON.stringify(wireEvent(one, PLACE))),
        );
      }),
    );
  });

  it('is numbered, names its task and has the words of its state with what may be answered', () => {
    const asks: TaskUpdate = {
      kind: 'status',
      seq: 4,
      at: AT,
      state: 'input-required',
      text: 'Which?',
      options: ['a', 'b'],
    };
    expect(wireEvent(asks, PLACE)).toEqual({
      statusUpdate: {
        taskId: 'task-1',
        contextId: 'context-1',
        metadata: { [EVENT_SEQUENCE]: { sequence: 4 } },
        status: {
          state: 'TASK_STATE_INPUT_REQUIRED',
          timestamp: AT,
          message: {
            messageId: `task-1-${Date.parse(AT).toString(36)}`,
            taskId: 'task-1',
            contextId: 'context-1',
            role: 'ROLE_AGENT',
            parts: [{ text: 'Which?' }, { data: { options: ['a', 'b'] } }],
          },
        },
      },
    });
  });

  it('that is a message tells that the task works on with it', () => {
    const [message] = VIEW.history;
    if (message === undefined) throw new Error('there is one');
    expect(wireEvent({ kind: 'message', seq: 2, at: AT, message }, PLACE)).toMatchObject({
      statusUpdate: {
        status: {
          state: 'TASK_STATE_WORKING',
          message: { messageId: 'm1', role: 'ROLE_USER', metadata: { k: 1 } },
        },
      },
    });
  });

  it('has null as text, which readers of Proto-JSON take for nothing', () => {
    const parts: TaskPart[] = [{ kind: 'data', data: null }];
    const message = { messageId: 'm', role: 'user' as const, parts };
    expect(
      JSON.stringify(wireEvent({ kind: 'message', seq: 1, at: AT, message }, PLACE)),
    ).toContain('"parts":[{"text":"null"}]');
  });
});

describe('a task on the wire', () => {
  it('is what the library reads, with its number, its place in a stream, and a gap', () => {
    const json = wireTask(VIEW, ALL);
    expect(Task.toJSON(taskOf(VIEW, ALL))).toEqual(JSON.parse(JSON.stringify(json)));
    expect(json.metadata[EVENT_SEQUENCE]).toEqual({ sequence: 7 });
    const at3 = wireTask(VIEW, { ...ALL, position: { sequence: 3, isGap: true } });
    expect(at3.metadata[EVENT_SEQUENCE]).toEqual({ sequence: 3, currentSequence: 7, gap: true });
    expect(json.artifacts?.[0]?.parts).toEqual([
      { data: [1], filename: 'rows.json', mediaType: 'application/json' },
    ]);
  });

  it.each([
    [undefined, ['m1', 'm2']],
    [0, []],
    [1, ['m2']],
    [9, ['m1', 'm2']],
  ])('has the newest %s messages', (historyLength, ids) => {
    const { history = [], artifacts } = wireTask(VIEW, { historyLength, hasArtifacts: false });
    expect(history.map(({ messageId }) => messageId)).toEqual(ids);
    expect(artifacts).toBeUndefined();
  });

  it('has each state of ours under a name of the protocol, and back', () => {
    for (const state of taskStateSchema.options) {
      const wire = WireState[wireState(state) as keyof typeof WireState];
      expect(taskState(wire)).toBe(state);
    }
    expect(taskState(WireState.TASK_STATE_UNSPECIFIED)).toBeUndefined();
  });
});
