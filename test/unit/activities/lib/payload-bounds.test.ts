import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bindSteps, defineStep } from '../../../../src/activities/lib/step.js';
import {
  callModelResultSchema,
  type CallModelInput,
  type CallModelResult,
} from '../../../../src/activities/model/call-model.js';
import { compactConversationResultSchema } from '../../../../src/activities/model/compact-conversation.js';
import { createModelActivities } from '../../../../src/activities/model/model-activities.js';
import { mergeResultSchema } from '../../../../src/contracts/merge.js';
import { probeResultSchema } from '../../../../src/contracts/probe.js';
import { storyResultSchema } from '../../../../src/contracts/workflow-types.js';
import { agentResultSchema } from '../../../../src/domain/agent/agent.js';
import { baselineSchema, proofSchema } from '../../../../src/domain/proof/check.js';
import { jsonBytes, MESSAGE_LIMIT_BYTES } from '../../../../src/domain/run/run-view.js';
import { notificationResultSchema } from '../../../../src/domain/notify/notification.js';
import { toolResultSchema } from '../../../../src/domain/agent/tool-call.js';
import { ZERO_USAGE } from '../../../../src/domain/agent/model.js';
import { createBlobStore } from '../../../../src/platform/storage/blob-store.js';
import { createEventLog } from '../../../../src/platform/storage/event-log.js';
import { createStepJournal } from '../../../../src/platform/storage/step-journal.js';
import { toolRegistry } from '../../../support/tool-registry.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';
import { unboundedFields } from '../../../support/unbounded-fields.js';

/** What keeps a field small that its schema does not bound: by the last part of its place. */
const BOUNDED_BY: Readonly<Record<string, string>> = {
  digest: 'a SHA-256',
  tree: 'a git id',
  base: 'a git id',
  commit: 'a git id',
  hash: 'a SHA-256',
  provider: 'the configuration',
  model: 'the configuration',
  sandbox: 'a word of ours',
  startedAt: 'a moment',
  endedAt: 'a moment',
  check: 'the input of the run (1.5 MiB for all)',
  command: 'the input of the run',
  'commands[]': 'the input of the run',
  'evidence[]': 'one a check, and the fitting of results',
  preview: '500 characters of an answer, 300 of a tool',
  'calls[]': '256 an answer, and 64 KiB for their arguments together',
  id: '200 characters',
  callId: '200 characters',
  name: '128 characters',
  title: '80 characters',
  arguments: '64 KiB for all calls together',
  reason: 'a sentence of ours, or 32 KiB of story_done',
  summary: '32 KiB of story_done',
  'learnings[]': '32 KiB of story_done',
  'blockers[]': '32 KiB of story_done',
  'stoodIn[]': 'one a model of the configuration',
  'traffic[]': 'one a command of set-up',
  'hosts[]': '200 hosts a command',
  host: 'a name of 253 characters',
  'failures{}': 'one a check, and the fitting of results',
  'failures{}[]': 'the fitting of results',
  'tails{}': 'one a red check, 20 lines each',
  'changedDefinitions[]': 'the fitting of results',
  'changedFiles[]': 'the fitting of results',
  'files[]': '40 paths, or the fitting of results',
  'caches{}': '40 folders',
  'seen[]': 'the files of one tool call',
  path: 'a path of the file system',
  'progress[]': 'the facts of one tool call',
  problem: '2000 characters',
  'lastEvents[]': '4096 bytes as JSON; more is written by the agent itself',
  source: 'within the bytes of lastEvents',
  at: 'within the bytes of lastEvents',
  story: 'within the bytes of lastEvents',
  text: 'within the bytes of lastEvents',
  'data{}': 'within the bytes of lastEvents',
  'data{}?': 'within the bytes of lastEvents',
  note: 'a sentence of ours',
  code: 'a code of ours',
  message: 'the fitting of results',
  hint: 'a sentence of ours',
};

const RESULTS: Readonly<Record<string, z.core.$ZodType>> = {
  callModel: callModelResultSchema,
  compactConversation: compactConversationResultSchema,
  executeTool: toolResultSchema,
  tryTool: toolResultSchema,
  checkBaseline: baselineSchema,
  proveStory: proofSchema,
  notifyRun: notificationResultSchema,
  agent: agentResultSchema,
  story: storyResultSchema,
  merge: mergeResultSchema,
  probeModel: probeResultSchema,
};

describe('results that enter a history', () => {
  it.each(Object.entries(RESULTS))('of %s hold nothing without a bound', (_name, schema) => {
    const open = unboundedFields(schema).filter((place) => {
      const last = place.split('.').at(-1) ?? place;
      return BOUNDED_BY[last] === undefined;
    });
    expect(open).toEqual([]);
  });

  it('are told apart: a new text or list is seen', () => {
    const schema = z.object({
      a: z.array(z.object({ b: z.string(), c: z.string().max(9) })).optional(),
      d: z.array(z.number()).max(3),
      e: z.unknown(),
    });
    expect(unboundedFields(schema)).toEqual(['a[]', 'a[].b', 'e?']);
  });

  it('of a model that calls a tool of the workflow 256 times with long arguments still fit', async () => {
    const folder = await temporaryFolder();
    const registry = await toolRegistry();
    const todos = Array.from({ length: 16 }, () => ({
      content: 'x'.repeat(480),
      status: 'pending',
    }));
    const text = JSON.stringify({ todos });
    const toolCalls = Array.from({ length: 256 }, (_, index) => ({
      id: `call_${index}`,
      name: 'todo_write',
      arguments: text,
    }));
    const { callModel } = createModelActivities({
      fallbackModels: [],
      blobs: createBlobStore(`${folder}/blobs`),
      journal: createStepJournal(`${folder}/journal`),
      events: createEventLog(`${folder}/events`),
      registry,
      providers: {
        names: ['fake'],
        resolve: () => ({
          contextWindow: 100_000,
          costOf: () => 0,
          provider: {
            stream: () =>
              Promise.resolve({
                message: { role: 'assistant', content: '', toolCalls },
                usage: ZERO_USAGE,
                isUsageEstimated: false,
                finishReason: 'tool-calls',
                providerCostMicroUsd: 0,
              }),
          },
        }),
      },
    });
    const input: CallModelInput = {
      key: { scope: 'agent/1', step: 1, index: 0 },
      runId: 'run-1',
      model: { provider: 'fake', model: 'm' },
      agent: 'build',
      head: null,
      depth: 0,
      newMessages: [{ kind: 'user', text: 'go' }],
      tools: ['todo_write'],
      events: [],
    };
    const result = await new MockActivityEnvironment().run<
      [CallModelInput],
      CallModelResult,
      typeof callModel
    >(callModel, input);
    expect(result.calls).toHaveLength(256);
    expect(jsonBytes(result)).toBeLessThan(MESSAGE_LIMIT_BYTES);
    const given = result.calls.filter((call) => call.arguments !== undefined);
    expect(given).toHaveLength(Math.floor((64 * 1024) / Buffer.byteLength(text)));
  });

  it('end their step when they do not fit all the same', async () => {
    const input = z.object({});
    const many: Record<string, number> = Object.fromEntries(
      Array.from({ length: MESSAGE_LIMIT_BYTES / 4 }, (_, index) => [`${index}`, 1]),
    );
    const activities = bindSteps(
      {},
      {
        small: defineStep<object>()({ input, run: async () => 'ok' }),
        cut: defineStep<object>()({ input, run: async () => ['x'.repeat(MESSAGE_LIMIT_BYTES)] }),
        refreshPrd: defineStep<object>()({
          input,
          run: async () => 'x'.repeat(MESSAGE_LIMIT_BYTES),
        }),
        large: defineStep<object>()({
          input,
          run: async () => Array.from({ length: 20 }, () => many),
        }),
      },
    );
    const run = <Output>(
      activity: (given: Record<string, never>) => Promise<Output>,
    ): Promise<Output> => new MockActivityEnvironment().run(() => activity({}));
    expect(await run(activities.small)).toBe('ok');
    expect((await run(activities.cut))[0]).toHaveLength(8192);
    expect(await run(activities.refreshPrd)).toHaveLength(MESSAGE_LIMIT_BYTES);
    expect(jsonBytes(await run(activities.large))).toBeLessThan(MESSAGE_LIMIT_BYTES);
  });
});
