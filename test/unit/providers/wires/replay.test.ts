import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '../../../../src/domain/agent/conversation.js';
import { createReplayProvider, type Transcript } from '../../../../src/providers/wires/replay.js';
import { type ModelProvider, type ModelReply } from '../../../../src/providers/provider.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replay-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function load(conversations: Transcript['conversations']): Promise<ModelProvider> {
  const transcript = join(folder, 't.json');
  await writeFile(transcript, JSON.stringify({ version: 1, note: 'by hand', conversations }));
  return createReplayProvider({ transcript });
}

function ask(
  provider: ModelProvider,
  messages: readonly Message[],
  signal = new AbortController().signal,
): Promise<ModelReply> {
  return provider.stream({ model: 'm', messages, tools: [] }, { signal });
}

const user = (content: string): Message => ({ role: 'user', content });
const assistant = (content: string): Message => ({ role: 'assistant', content, toolCalls: [] });

describe('the replay wire', () => {
  it('answers by the number of answers that the conversation holds, the same on every retry', async () => {
    const provider = await load([
      {
        match: 'US-001',
        replies: [
          { tool_calls: [{ name: 'bash', arguments: { command: 'ls' } }] },
          { text: 'done' },
        ],
      },
    ]);
    const first = await ask(provider, [user('story US-001')]);
    expect(await ask(provider, [user('story US-001')])).toEqual(first);
    expect(first).toMatchObject({ finishReason: 'tool-calls', isUsageEstimated: true });
    expect(first.message.toolCalls).toEqual([
      { id: 'call_1_1', name: 'bash', arguments: '{"command":"ls"}' },
    ]);
    const second = await ask(provider, [user('story US-001'), first.message]);
    expect(second).toMatchObject({ finishReason: 'stop', message: { content: 'done' } });
  });

  it('prefers the conversation of the attempt', async () => {
    const provider = await load([
      { match: 'US-001', replies: [{ text: 'first try' }] },
      { match: 'US-001', attempt: 2, replies: [{ text: 'second try' }] },
    ]);
    const texts = [
      await ask(provider, [user('US-001')]),
      await ask(provider, [user('US-001, attempt 2 of 3')]),
    ];
    expect(texts.map((reply) => reply.message.content)).toEqual(['first try', 'second try']);
  });

  it('refuses a conversation that it does not hold, and one that runs past its end', async () => {
    const provider = await load([{ match: 'US-001', replies: [{ text: 'done' }] }]);
    await expect(ask(provider, [user('US-009')])).rejects.toMatchObject({
      code: 'ERR_PROVIDER_BAD_REQUEST',
      isRetryable: false,
    });
    await expect(ask(provider, [user('US-001'), assistant('done')])).rejects.toMatchObject({
      isRetryable: false,
      message: expect.stringContaining('ends after 1 answers') as string,
    });
  });

  it('ends as cancelled during a delay', async () => {
    const provider = await load([
      { match: 'US-001', replies: [{ text: 'late', delay_ms: 600_000 }] },
    ]);
    const controller = new AbortController();
    const running = ask(provider, [user('US-001')], controller.signal);
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: 'ERR_PROVIDER_CANCELLED' });
  });

  it('names the file and the field of a transcript that is none', async () => {
    const transcript = join(folder, 'bad.json');
    await writeFile(
      transcript,
      JSON.stringify({ version: 1, note: '', conversations: [{ match: '', replies: [] }] }),
    );
    await expect(ask(createReplayProvider({ transcript }), [user('x')])).rejects.toMatchObject({
      code: 'ERR_TRANSCRIPT_INVALID',
      exitCode: 2,
      where: { file: transcript, field: 'conversations.0.match' },
    });
  });
});
