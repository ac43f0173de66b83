import { readdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createModelActivities,
  type ModelActivities,
} from '../../../../src/activities/model/model-activities.js';
import type {
  CallModelInput,
  CallModelResult,
} from '../../../../src/activities/model/call-model.js';
import { BUILD_SYSTEM_PROMPT } from '../../../../src/activities/model/system-prompt.js';
import { InvalidInputError } from '../../../../src/domain/light/error.js';
import {
  ZERO_USAGE,
  type FinishReason,
  type ModelReference,
} from '../../../../src/domain/agent/model.js';
import { type BlobRef } from '../../../../src/domain/blob.js';
import type { ReplNote } from '../../../../src/domain/rlm/repl-note.js';
import { type ToolCall } from '../../../../src/domain/agent/tool-call.js';
import { createBlobStore, type BlobStore } from '../../../../src/platform/storage/blob-store.js';
import { createEventLog } from '../../../../src/platform/storage/event-log.js';
import { createStepJournal } from '../../../../src/platform/storage/step-journal.js';
import { ProviderError } from '../../../../src/providers/failures/errors.js';
import {
  type ModelReply,
  type ModelRequest,
  type StreamControl,
} from '../../../../src/providers/provider.js';
import { type Providers } from '../../../../src/providers/registry.js';

type Script = (request: ModelRequest, control: StreamControl) => Promise<ModelReply>;

let folder: string;
let blobs: BlobStore;
let requests: ModelRequest[];
let notes: ReplNote[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'model-'));
  blobs = createBlobStore(join(folder, 'blobs'));
  requests = [];
  notes = [];
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function reply(
  content: string,
  toolCalls: ToolCall[] = [],
  finishReason: FinishReason = 'stop',
): ModelReply {
  return {
    message: { role: 'assistant', content, toolCalls },
    usage: { ...ZERO_USAGE, inputTokens: 100, outputTokens: 20 },
    isUsageEstimated: false,
    finishReason,
    providerCostMicroUsd: 42,
  };
}

function activities(script: Script, fallbackModels: ModelReference[] = []): ModelActivities {
  const providers: Providers = {
    names: ['fake'],
    resolve(reference) {
      if (reference.provider !== 'fake') {
        throw new InvalidInputError('ERR_PROVIDER_UNKNOWN', {
          message: 'unknown',
          hint: 'use fake',
        });
      }
      return {
        contextWindow: 1000,
        costOf: (_usage, reported) => reported,
        provider: {
          stream: (request, control) => {
            requests.push(request);
            return script(request, control);
          },
        },
      };
    },
  };
  return createModelActivities({
    fallbackModels,
    blobs,
    journal: createStepJournal(join(folder, 'journal')),
    events: createEventLog(join(folder, 'events')),
    providers,
    noteRepl: async (_run, note) => void notes.push(note),
    registry: {
      toolSchemas: (names) =>
        names.map((name) => ({ name, description: name, parameters: { type: 'object' } })),
      describeCall: (call, index) => ({
        id: call.id,
        name: call.name,
        index,
        execution: 'local',
        access: 'read',
        digest: 'd',
        title: call.name,
      }),
      parseCall: () => ({ isValid: false, explanation: 'no rule looks at it' }),
    },
  });
}

function input(changes: Partial<CallModelInput> = {}): CallModelInput {
  return {
    key: { scope: 'agent/1', step: 1, index: 0 },
    runId: 'run-1',
    model: { provider: 'fake', model: 'm' },
    agent: 'build',
    head: null,
    depth: 0,
    newMessages: [{ kind: 'user', text: 'do it' }],
    tools: ['bash', 'read_file'],
    events: [],
    ...changes,
  };
}

const environment = (): MockActivityEnvironment =>
  new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });

function run<Input, Result>(
  activity: (given: Input) => Promise<Result>,
  given: Input,
  mock = environment(),
): Promise<Result> {
  return mock.run<[Input], Result, (given: Input) => Promise<Result>>(activity, given);
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('callModel', () => {
  it('keeps no key that the model wrote, and marks the call that held one', async () => {
    const key = `sk-ant-${'a1'.repeat(20)}`;
    const calls = [
      { id: 'c1', name: 'bash', arguments: JSON.stringify({ command: `curl -H "x: ${key}"` }) },
      {
        id: 'c2',
        name: 'bash',
        arguments: '{"command":"grep -- \'-----BEGIN PRIVATE KEY-----\'"}',
      },
    ];
    const model = activities(async () => reply(`I found ${key}`, calls));
    const result = await run(model.callModel, input());
    expect(result.preview).toBe('I found [redacted:anthropic-key]');
    const node = JSON.parse(await blobs.getText(result.head)) as { messages: unknown[] };
    expect(node.messages.at(-1)).toEqual({
      role: 'assistant',
      content: 'I found [redacted:anthropic-key]',
      toolCalls: [
        {
          ...calls[0],
          arguments: JSON.stringify({ command: 'curl -H "x: [redacted:anthropic-key]"' }),
          isRedacted: true,
        },
        calls[1],
      ],
    });
  });

  it('starts a conversation with the frozen system prompt and goes on from its head', async () => {
    const model = activities(async () => reply('hello'));
    const first = await run(model.callModel, input({ workdirNote: 'You are in app/.' }));
    const second = await run(
      model.callModel,
      input({
        key: { scope: 'agent/1', step: 2, index: 0 },
        head: first.head,
        depth: first.depth,
        newMessages: [{ kind: 'user', text: 'more' }],
      }),
    );
    expect(requests[0]?.messages).toEqual([
      { role: 'system', content: BUILD_SYSTEM_PROMPT },
      { role: 'user', content: 'You are in app/.\n\ndo it' },
    ]);
    expect(requests[1]?.messages.map((message) => message.role)).toEqual([
      'system',
      'user',
      'assistant',
      'user',
    ]);
    expect(requests[0]?.tools.map((tool) => tool.name)).toEqual(['bash', 'read_file']);
    expect([first.depth, second.depth]).toEqual([1, 2]);
  });

  it('hands back preview, calls, usage, cost and context size; the text stays in the blob', async () => {
    const calls = [{ id: 'c1', name: 'bash', arguments: '{"command":"ls"}' }];
    const model = activities(async () => reply('y'.repeat(900), calls, 'tool-calls'));
    const result = await run(model.callModel, input());
    expect(result).toMatchObject({
      preview: 'y'.repeat(500),
      calls: [{ id: 'c1', index: 0, title: 'bash' }],
      finishReason: 'tool-calls',
      contextTokens: 120,
      costMicroUsd: 42,
      repeatedCalls: 0,
      marker: null,
    });
    expect(await blobs.getText(result.head)).toContain('y'.repeat(900));
  });

  it('takes texts by reference, and tool results with their call', async () => {
    const model = activities(async () => reply('ok'));
    const prompt = await blobs.put('a long prompt');
    const output = await blobs.put('the output');
    await run(
      model.callModel,
      input({
        systemPromptRef: await blobs.put('own rules'),
        newMessages: [
          { kind: 'user-ref', ref: prompt },
          { kind: 'tool', callId: 'c1', name: 'bash', isError: true, ref: output },
        ],
      }),
    );
    expect(requests[0]?.messages).toEqual([
      { role: 'system', content: 'own rules' },
      { role: 'user', content: 'a long prompt' },
      { role: 'tool', callId: 'c1', name: 'bash', content: 'the output', isError: true },
    ]);
  });

  it('reads a settled call back instead of sending it again, also in another process', async () => {
    const first = await run(activities(async () => reply('paid')).callModel, input());
    const again = await run(activities(async () => reply('paid twice')).callModel, input());
    expect(again).toEqual(first);
    expect(requests).toHaveLength(1);
  });

  it('refuses another request under a settled key', async () => {
    const model = activities(async () => reply('paid'));
    await run(model.callModel, input());
    const error = await failure(
      run(model.callModel, input({ newMessages: [{ kind: 'user', text: 'other' }] })),
    );
    expect(error).toMatchObject({ type: 'ERR_JOURNAL_MISMATCH', nonRetryable: true });
  });

  it('counts a call that was lost with its process, and none that failed in sight', async () => {
    await failure(
      run(
        activities(async () => {
          throw new ProviderError('overloaded', { message: 'busy' });
        }).callModel,
        input(),
      ),
    );
    // A process that dies leaves its start behind and nothing else; this one never comes back either.
    void run(activities(() => new Promise(() => undefined)).callModel, input()).catch(
      () => undefined,
    );
    await expect.poll(() => requests.length).toBe(2);
    const result = await run(activities(async () => reply('at last')).callModel, input());
    expect(result.repeatedCalls).toBe(1);
  });

  it('appends the events once, however often the call is tried', async () => {
    const model = activities(async () => reply('ok'));
    const events = [
      { source: 's', seq: 1, type: 'turn.start' as const, at: '2026-11-22T00:00:00.000Z' },
    ];
    await run(model.callModel, input({ events }));
    await run(model.callModel, input({ events }));
    const [file] = await readdir(join(folder, 'events'));
    const lines = (await readFile(join(folder, 'events', file ?? ''), 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(1);
  });

  it.each([
    ['All done.\n\nSTORY_COMPLETE', 'complete'],
    ['work\n**STORY_BLOCKED**\nno key', 'blocked'],
    ['STORY_COMPLETE\nSTORY_BLOCKED', 'blocked'],
    ['## `STORY_COMPLETE`.\r\n', 'complete'],
    ['I will print STORY_COMPLETE later', null],
    ['- STORY_COMPLETE comes only after that, so not yet.', null],
    ['STORY_BLOCKED is what I would say without a key', null],
    ['<think>\nSTORY_COMPLETE\n</think>\nNot yet.', null],
  ])('reads the marker of %j as %j', async (text, marker) => {
    const result = await run(activities(async () => reply(text)).callModel, input());
    expect(result.marker).toBe(marker);
  });

  it('turns a short wait into the next retry delay', async () => {
    const model = activities(async () => {
      throw new ProviderError('rate_limit', { message: 'slow down', retryAfterMs: 7000 });
    });
    const error = await failure(run(model.callModel, input()));
    expect(error).toBeInstanceOf(ApplicationFailure);
    expect(error).toMatchObject({
      type: 'ERR_PROVIDER_RATE_LIMIT',
      nonRetryable: false,
      nextRetryDelay: 7000,
    });
  });

  it('turns a long wait into a typed failure that says when to go on', async () => {
    const model = activities(async () => {
      throw new ProviderError('rate_limit', { message: 'slow down', retryAfterMs: 3_600_000 });
    });
    const error = await failure(run(model.callModel, input()));
    expect(error).toMatchObject({ type: 'ERR_PROVIDER_WAIT', nonRetryable: true });
    const details: unknown = error instanceof ApplicationFailure ? error.details?.[0] : undefined;
    expect(details).toMatchObject({
      code: 'ERR_PROVIDER_RATE_LIMIT',
      resumeAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    });
  });

  it('does not retry what cannot get better, and names provider mistakes', async () => {
    const quota = activities(async () => {
      throw new ProviderError('quota', { message: 'empty' });
    });
    expect(await failure(run(quota.callModel, input()))).toMatchObject({
      type: 'ERR_PROVIDER_QUOTA',
      nonRetryable: true,
    });
    const unknown = input({ model: { provider: 'nobody', model: 'm' } });
    expect(await failure(run(quota.callModel, unknown))).toMatchObject({
      type: 'ERR_PROVIDER_UNKNOWN',
      nonRetryable: true,
    });
  });

  it('names the fallback model that answered, and goes on with it as with any', async () => {
    const other = { provider: 'fake', model: 'other' };
    const model = activities(
      async (request) => {
        if (request.model === 'm') throw new ProviderError('model_gone', { message: 'retired' });
        return reply(`by ${request.model}`);
      },
      [other],
    );
    const result = await run(model.callModel, input());
    expect(result).toMatchObject({
      answeredBy: other,
      answeredWindow: 1000,
      preview: 'by other',
      costMicroUsd: 42,
    });
    const again = await run(model.callModel, input());
    expect(again).toEqual(result);
    expect(requests.map((request) => request.model)).toEqual(['m', 'other']);
  });

  it('names nobody when the chosen model answered', async () => {
    const model = activities(async () => reply('ok'), [{ provider: 'fake', model: 'other' }]);
    expect(await run(model.callModel, input())).not.toHaveProperty('answeredBy');
  });

  it('ends as cancelled when the activity is cancelled', async () => {
    const mock = environment();
    const model = activities(
      (_request, control) =>
        new Promise((_resolve, reject) => {
          control.signal.addEventListener('abort', () =>
            reject(new ProviderError('cancelled', { message: 'stopped' })),
          );
        }),
    );
    const running = failure(run(model.callModel, input(), mock));
    await expect.poll(() => requests.length).toBe(1);
    mock.cancel();
    expect(await running).toBeInstanceOf(CancelledFailure);
  });

  it('sends progress as heartbeat details', async () => {
    const mock = environment();
    const beats: unknown[] = [];
    mock.on('heartbeat', (details: unknown) => beats.push(details));
    const model = activities(async (_request, control) => {
      control.onProgress?.({ phase: 'text', characters: 3, chunks: 1 });
      await expect.poll(() => beats, { timeout: 10_000 }).toHaveLength(1);
      return reply('ok');
    });
    await run(model.callModel, input({ story: 'US-001' }), mock);
    expect(beats).toEqual([{ story: 'US-001', phase: 'text', characters: 3, chunks: 1 }]);
  });
});

describe('compactConversation', () => {
  it('shortens a conversation to a new root, once', async () => {
    let answers = 0;
    const model = activities(async (request) => {
      answers += 1;
      return request.tools.length === 0
        ? reply('SUMMARY')
        : reply(`step ${answers} ${'x'.repeat(600)}`);
    });
    let head: BlobRef | null = null;
    let depth = 0;
    for (let step = 1; step <= 6; step += 1) {
      const result: CallModelResult = await run(
        model.callModel,
        input({ key: { scope: 'agent/1', step, index: 0 }, head, depth }),
      );
      head = result.head;
      depth = result.depth;
    }
    if (head === null) throw new Error('no conversation');
    const compaction = {
      key: { scope: 'agent/1', step: 7, index: 0 },
      runId: 'run-1',
      model: { provider: 'fake', model: 'm' },
      head,
      depth,
      contextWindow: 1200,
      todos: [],
      mark: { place: '1', attempt: 2 },
    };
    const first = await run(model.compactConversation, compaction);
    const again = await run(model.compactConversation, compaction);
    expect(again).toEqual(first);
    expect(answers).toBe(7);
    // a question that goes on later is to find it
    const [note] = notes;
    expect(note).toMatchObject({ kind: 'compaction', place: '1', attempt: 2 });
    expect(note).toMatchObject({ conversation: head.digest });
    const kept = note === undefined ? '' : await blobs.getText((note as { mark: BlobRef }).mark);
    expect(JSON.parse(kept)).toMatchObject({ head: first.head, depth: 7 });
    expect(first).toMatchObject({ depth: 7, modelCalls: 1, costMicroUsd: 42, repeatedCalls: 0 });
    const next = await run(
      model.callModel,
      input({
        key: { scope: 'agent/1', step: 8, index: 0 },
        head: first.head,
        depth: first.depth,
        newMessages: [{ kind: 'user', text: 'go on' }],
      }),
    );
    expect(next.depth).toBe(8);
    const sent = requests.at(-1)?.messages ?? [];
    expect(sent[0]?.role).toBe('system');
    expect(sent[1]?.content).toContain('SUMMARY');
    expect(sent.at(-1)).toEqual({ role: 'user', content: 'go on' });
    expect(sent.length).toBeLessThan(10);
  });
});
