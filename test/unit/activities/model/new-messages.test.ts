import { describe, expect, it } from 'vitest';
import { newMessagesOf, withoutKeys } from '../../../../src/activities/model/new-messages.js';
import { BUILD_SYSTEM_PROMPT } from '../../../../src/activities/model/system-prompt.js';
import type { AssistantMessage } from '../../../../src/domain/agent/conversation.js';
import { createBlobStore } from '../../../../src/platform/storage/blob-store.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const KEY = `sk-ant-api03-${'a1B2'.repeat(20)}`;

async function blobs() {
  return createBlobStore(await temporaryFolder());
}

describe('the messages that a call adds', () => {
  it('begin a conversation with the system prompt, the frozen one where there is one', async () => {
    const store = await blobs();
    const added = [{ kind: 'user', text: 'go' }] as const;
    const frozen = await store.put('frozen prompt');
    const first = await newMessagesOf({ head: null, newMessages: added }, store);
    expect(first).toEqual([
      { role: 'system', content: BUILD_SYSTEM_PROMPT },
      { role: 'user', content: 'go' },
    ]);
    const thawed = { head: null, newMessages: added, systemPromptRef: frozen };
    expect((await newMessagesOf(thawed, store))[0]?.content).toBe('frozen prompt');
    expect(await newMessagesOf({ ...thawed, head: frozen }, store)).toEqual([
      { role: 'user', content: 'go' },
    ]);
  });

  it('put the note about the working folder into the first message, or before the others', async () => {
    const store = await blobs();
    const workdirNote = 'You are in app.';
    const contents = async (newMessages: Parameters<typeof newMessagesOf>[0]['newMessages']) =>
      (await newMessagesOf({ head: null, newMessages, workdirNote }, store))
        .slice(1)
        .map(({ content }) => content);
    expect(await contents([{ kind: 'user', text: 'go' }])).toEqual(['You are in app.\n\ngo']);
    expect(await contents([])).toEqual(['You are in app.']);
    const result = {
      kind: 'tool-text',
      callId: 'c',
      name: 'bash',
      text: 'out',
      isError: false,
    } as const;
    expect(await contents([result])).toEqual(['You are in app.', 'out']);
  });

  it('hold texts and results from where they are kept, without keys', async () => {
    const store = await blobs();
    const ref = await store.put(`kept ${KEY}`);
    const newMessages = [
      { kind: 'user', text: `said ${KEY}` },
      { kind: 'user-ref', ref },
      { kind: 'tool', callId: 'c1', name: 'bash', ref, isError: true },
    ] as const;
    const messages = await newMessagesOf({ head: ref, newMessages }, store);
    expect(JSON.stringify(messages)).not.toContain(KEY);
    expect(messages).toMatchObject([
      { role: 'user', content: expect.stringMatching(/^said /) },
      { role: 'user', content: expect.stringMatching(/^kept /) },
      { role: 'tool', callId: 'c1', name: 'bash', isError: true },
    ]);
  });
});

describe('withoutKeys', () => {
  const message: AssistantMessage = {
    role: 'assistant',
    content: 'fine',
    toolCalls: [{ id: 'c1', name: 'bash', arguments: '{ "command": "ls" }' }],
    providerExtras: { provider: 'anthropic', model: 'm', data: { signature: 'abc' } },
  };

  it('changes no byte of what holds no key', () => {
    expect(withoutKeys(message)).toEqual(message);
  });

  it('marks a call that lost one, and keeps its arguments readable', () => {
    const call = { id: 'c1', name: 'bash', arguments: JSON.stringify({ command: `echo ${KEY}` }) };
    const { toolCalls } = withoutKeys({ ...message, toolCalls: [call] });
    expect(toolCalls).toMatchObject([{ id: 'c1', name: 'bash', isRedacted: true }]);
    expect(JSON.parse(toolCalls[0]?.arguments ?? '')).toEqual({
      command: expect.not.stringContaining(KEY),
    });
  });

  it('leaves signed reasoning out as a whole when a key stands in it', () => {
    const data = { thinking: `the key is ${KEY}`, signature: 'abc' };
    const clean = withoutKeys({
      ...message,
      providerExtras: { provider: 'anthropic', model: 'm', data },
    });
    expect(clean).not.toHaveProperty('providerExtras');
  });
});
