import type { TaskRequest } from '../../src/domain/index.js';

/** A task that was handed in, with defaults. */
export function taskRequest(fields: Partial<TaskRequest> = {}): TaskRequest {
  return {
    version: 1,
    taskId: '01kb7w8z9qhsd5m3t6x4yv2r0n',
    contextId: 'context-1',
    owner: 'me',
    origin: 'a2a',
    skill: 'code',
    createdAt: '2026-11-29T09:00:00.000Z',
    message: {
      messageId: 'message-1',
      role: 'user',
      parts: [{ kind: 'text', text: 'Write a file.' }],
    },
    ...fields,
  };
}
