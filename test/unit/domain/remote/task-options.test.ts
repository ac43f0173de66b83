import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  taskOptions,
  taskOptionsDocument,
  TASK_ORDER,
  beginFold,
  viewOf,
  wireTask,
  type TaskRequest,
} from '../../../../src/domain/index.js';

const REQUEST: TaskRequest = {
  version: 1,
  taskId: '01hx3v6m2q8w0c5r7t9y1z3b5d',
  contextId: 'context',
  owner: 'ci',
  origin: 'a2a',
  skill: 'code',
  place: { kind: 'git', url: 'https://git.example/shop.git', ref: 'next' },
  model: 'fake/one',
  autoApprove: 'safe',
  branch: 'work',
  limits: { budgetUsd: 2, maxTurns: 3, maxSubagents: 4, timeoutS: 5 },
  createdAt: '2026-11-29T00:00:00.000Z',
  message: { messageId: 'm', role: 'user', parts: [{ kind: 'text', text: 'do it' }] },
};
const placed = (url: string): TaskRequest => ({ ...REQUEST, place: { kind: 'git', url } });

describe('what a task was started with', () => {
  it('is shown in the words in which it was ordered, and in the task on the wire', () => {
    const view = viewOf(REQUEST, beginFold(REQUEST));
    const document = {
      origin: 'a2a',
      git_url: 'https://git.example/shop.git',
      ref: 'next',
      model: 'fake/one',
      auto_approve: 'safe',
      branch: 'work',
      limits: { budget_usd: 2, max_turns: 3, max_subagents: 4, timeout_s: 5 },
    };
    expect(taskOptionsDocument(taskOptions(REQUEST))).toEqual(document);
    const wire = wireTask(view, { historyLength: 0, hasArtifacts: false });
    expect(wire.metadata[TASK_ORDER]).toEqual(document);
    const { options: _none, ...older } = view;
    expect(wireTask(older, { historyLength: 0, hasArtifacts: false }).metadata).not.toHaveProperty([
      TASK_ORDER,
    ]);
  });

  it('has nothing that was not said, and neither words nor owner nor the platform', () => {
    const { taskId, contextId, owner, skill, createdAt, message } = REQUEST;
    const plain = { version: 1, taskId, contextId, owner, skill, createdAt, message } as const;
    const platform = { server: 'https://platform.example', taskId: 'secret-1' };
    const options = taskOptions({ ...plain, origin: 'platform', platform });
    expect(options).toEqual({ origin: 'platform' });
    expect(
      taskOptionsDocument({ origin: 'rest', place: { kind: 'workspace', name: 'shop' } }),
    ).toEqual({ origin: 'rest', workspace: 'shop' });
  });

  it.each([
    ['https://u:secret@git.example/x.git', 'https://git.example/x.git'],
    ['https://git.example/x.git?token=secret#secret', 'https://git.example/x.git'],
    ['https://a@b@git.example', 'https://git.example'],
    ['https://secret@', 'https://'],
    ['secret@git.example:shop.git', 'git.example:shop.git'],
    ['https://git.example/a@b', 'https://git.example/a@b'],
    ['', ''],
  ])('never shows credentials in an address: %s', (url, shown) => {
    expect(taskOptions(placed(url)).place).toEqual({ kind: 'git', url: shown });
  });

  it('never shows them, whatever they are', () => {
    fc.assert(
      fc.property(fc.webUrl(), fc.stringMatching(/^[a-z0-9@]{8,20}$/), (url, secret) => {
        const at = url.indexOf('://') + 3;
        const told = `${url.slice(0, at)}u:${secret}@${url.slice(at)}`;
        const { place } = taskOptions(placed(told));
        expect(place?.kind === 'git' && place.url).toBe(url.split(/[?#]/, 1)[0]);
      }),
    );
  });
});
