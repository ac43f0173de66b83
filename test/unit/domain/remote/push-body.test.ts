import { StreamResponse } from '@a2a-js/sdk';
import { legacyPushNotificationToV1StreamResponse } from '@a2a-js/sdk/compat/v0_3';
import { V03PushNotificationSerializer } from '@a2a-js/sdk/compat/v0_3/server';
import { describe, expect, it } from 'vitest';
import {
  isLastPush,
  pushBody,
  pushedNumber,
  EVENT_SEQUENCE,
  type Pushed,
  type TaskUpdate,
  type TaskView,
} from '../../../../src/domain/index.js';
import { PUSHED_TASK, stateUpdate } from '../../../support/push-bench.js';

const AT = '2026-11-29T00:00:00.000Z';
const ARTIFACT = {
  kind: 'artifact',
  seq: 2,
  at: AT,
  artifact: {
    artifactId: 'patch',
    name: 'fix.patch',
    description: 'the change',
    mediaType: 'text/x-diff',
    text: '+1',
    bytes: 2,
  },
} satisfies TaskUpdate;
const MESSAGE: TaskUpdate = {
  kind: 'message',
  seq: 3,
  at: AT,
  message: {
    messageId: 'm',
    role: 'user',
    parts: [
      { kind: 'text', text: 'hi' },
      { kind: 'data', data: { a: 1 }, mediaType: 'application/json' },
      { kind: 'file', bytes: 'AAA=', name: 'a.bin' },
      { kind: 'url', url: 'https://x.example/', name: 'x' },
    ],
  },
};
const VIEW: TaskView = {
  ...PUSHED_TASK,
  skill: 'code',
  state: 'input-required',
  text: 'sure?',
  at: AT,
  createdAt: AT,
  history: [],
  artifacts: [ARTIFACT.artifact],
  cursor: 9,
};
const update = (one: TaskUpdate): Pushed => ({ kind: 'update', update: one });
const body = (pushed: Pushed, version: '1.0' | '0.3' = '1.0') =>
  pushBody(pushed, PUSHED_TASK, version);

describe('the body of a delivery', () => {
  it.each([
    ['statusUpdate', update(stateUpdate(1))],
    ['artifactUpdate', update(ARTIFACT)],
    ['statusUpdate', update(MESSAGE)],
    ['task', { kind: 'gap', view: VIEW } as const],
  ])('is one %s that the library of the protocol reads whole', (kind, pushed) => {
    const { type, body: json } = body(pushed);
    expect(type).toBe('application/a2a+json');
    const read = StreamResponse.fromJSON(json);
    expect(read.payload?.$case).toBe(kind);
    expect(StreamResponse.toJSON(read)).toMatchObject(json as object);
  });

  it('names the state, says its words and numbers it', () => {
    expect(body(update(stateUpdate(7))).body).toEqual({
      statusUpdate: {
        ...PUSHED_TASK,
        status: {
          state: 'TASK_STATE_WORKING',
          message: {
            messageId: `${PUSHED_TASK.taskId}-${Date.parse(AT).toString(36)}`,
            ...PUSHED_TASK,
            role: 'ROLE_AGENT',
            parts: [{ text: 'step 7' }],
          },
          timestamp: AT,
        },
        metadata: { [EVENT_SEQUENCE]: { sequence: 7 } },
      },
    });
    expect(body({ kind: 'gap', view: VIEW }).body).toMatchObject({
      task: { status: { state: 'TASK_STATE_INPUT_REQUIRED' } },
    });
  });

  it('says nothing where a state says nothing', () => {
    const silent = { ...stateUpdate(1), text: null } as TaskUpdate;
    expect(JSON.stringify(body(update(silent)).body)).not.toContain('message');
    expect(JSON.stringify(body(update(silent), '0.3').body)).not.toContain('message"');
  });

  it('of version 0.3 has its kinds', () => {
    const { type, body: json } = body(update(stateUpdate(4, 'completed')), '0.3');
    expect(type).toBe('application/json');
    expect(json).toMatchObject({
      kind: 'status-update',
      ...PUSHED_TASK,
      final: true,
      status: {
        state: 'completed',
        message: { kind: 'message', parts: [{ kind: 'text', text: 'step 4' }] },
      },
    });
    expect(body(update(ARTIFACT), '0.3').body).toMatchObject({
      kind: 'artifact-update',
      artifact: { artifactId: 'patch', parts: [{ kind: 'text', text: '+1' }] },
    });
    expect(body(update(MESSAGE), '0.3').body).toMatchObject({
      kind: 'status-update',
      final: false,
      status: {
        state: 'working',
        message: {
          kind: 'message',
          role: 'user',
          parts: [
            { kind: 'text' },
            { kind: 'data', data: { a: 1 } },
            { kind: 'file', file: { bytes: 'AAA=', name: 'a.bin' } },
            { kind: 'file', file: { uri: 'https://x.example/', name: 'x' } },
          ],
        },
      },
    });
    const asks = { ...stateUpdate(5), state: 'input-required' } as TaskUpdate;
    expect(body(update(asks), '0.3').body).toMatchObject({ final: true });
    expect(body({ kind: 'gap', view: VIEW }, '0.3').body).toMatchObject({
      kind: 'task',
      id: PUSHED_TASK.taskId,
      status: { state: 'input-required' },
    });
  });

  it.each([
    ['a state', update(stateUpdate(4))],
    ['the end', update(stateUpdate(4, 'completed'))],
    ['an artifact', update(ARTIFACT)],
    ['a message', update(MESSAGE)],
    ['a task', { kind: 'gap', view: VIEW } as const],
  ])('says %s in 0.3 as the library of the protocol translates it', (_, pushed) => {
    const event = StreamResponse.fromJSON(body(pushed).body);
    const theirs: unknown = JSON.parse(new V03PushNotificationSerializer().serialize(event).body);
    const ours = body(pushed, '0.3').body;
    expect(legacyPushNotificationToV1StreamResponse(ours)).toEqual(
      legacyPushNotificationToV1StreamResponse(theirs),
    );
    expect(theirs).toMatchObject({ kind: Reflect.get(Object(ours), 'kind') as string });
  });

  it.each(['1.0', '0.3'] as const)(
    'of version %s brings a large artifact by its address, and where nobody knows that its beginning, and says so',
    (version) => {
      const large = {
        ...ARTIFACT.artifact,
        text: 'x'.repeat(32_000),
        bytes: 5_000_000,
        digest: 'd',
      };
      const path = `/a2a/v1/tasks/${PUSHED_TASK.taskId}/artifacts/patch`;
      const pushed = update({ ...ARTIFACT, artifact: large });
      const { body: known } = pushBody(
        pushed,
        { ...PUSHED_TASK, baseUrl: 'https://agent.example' },
        version,
      );
      expect(JSON.stringify(known)).toContain(`"https://agent.example${path}"`);
      expect(JSON.stringify(known).length).toBeLessThan(1000);
      const { body: cut } = pushBody(pushed, PUSHED_TASK, version);
      const { artifactUpdate, artifact } = cut as {
        readonly artifactUpdate?: { readonly artifact: unknown };
        readonly artifact?: unknown;
      };
      expect(artifactUpdate?.artifact ?? artifact).toMatchObject({
        parts: [{ text: large.text }],
        metadata: { bytes: 5_000_000, truncated: true, shownCharacters: 32_000, path },
      });
    },
  );

  it('knows its number, and whether it is the last', () => {
    expect(pushedNumber(update(ARTIFACT))).toBe(2);
    expect(pushedNumber({ kind: 'gap', view: VIEW })).toBe(9);
    expect(isLastPush(update(stateUpdate(4, 'completed')))).toBe(true);
    expect(isLastPush(update(stateUpdate(4)))).toBe(false);
    expect(isLastPush(update(MESSAGE))).toBe(false);
    expect(isLastPush({ kind: 'gap', view: VIEW })).toBe(false);
    expect(isLastPush({ kind: 'gap', view: { ...VIEW, state: 'failed' } })).toBe(true);
  });
});
