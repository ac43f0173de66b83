import type { ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  loadPictures,
  withoutNewPictures,
} from '../../../../src/activities/model/load-pictures.js';
import type { Message, NewMessage } from '../../../../src/domain/agent/conversation.js';
import type { ProviderSettings } from '../../../../src/domain/provider/provider.js';
import { createBlobStore, type BlobStore } from '../../../../src/platform/storage/blob-store.js';
import { openModelDesk } from '../../../support/model-desk.js';
import { beginEventStream, sendEvent, startRawServer } from '../../../support/raw-model-server.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const PNG = 'iVBORw0KGgo=';

/** Asks for the picture first, and has then seen it. */
function answer(response: ServerResponse, body: string): void {
  const call = { name: 'read_file', arguments: '{"path":"a.png"}' };
  const delta = body.includes('"role":"tool"')
    ? { content: 'I see.' }
    : { tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: call }] };
  beginEventStream(response);
  sendEvent(response, {
    choices: [{ index: 0, delta, finish_reason: 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: 2 },
  });
  response.end('data: [DONE]\n\n');
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { message } }));
}

/** A conversation with a server that may refuse pictures. */
async function conversation(
  settings: Partial<ProviderSettings> = {},
  refusal?: readonly [status: number, message: string],
) {
  const server = await startRawServer((response, body) => {
    if (refusal !== undefined && body.includes('image_url')) refuse(response, ...refusal);
    else answer(response, body);
  });
  onTestFinished(() => server.stop());
  const config = { local: { baseUrl: `${server.url}/v1`, auth: 'none' as const, ...settings } };
  const desk = await openModelDesk({ config, model: { provider: 'local', model: 'm' } });
  onTestFinished(() => desk.close());
  const ref = await desk.blobs.put('a.png: a PNG image');
  const picture = { mediaType: 'image/png' as const, ref: await desk.blobs.put(PNG) };
  const shown: NewMessage = {
    kind: 'tool',
    callId: 'call_1',
    name: 'read_file',
    isError: false,
    ref,
    attachments: [picture],
  };
  const say = async (messages: readonly NewMessage[], more: { resultLimit?: number } = {}) => {
    const { result, failure } = await desk.call(messages, more);
    return result?.preview ?? failure?.type;
  };
  await say([{ kind: 'user', text: 'go' }]);
  const requests = () => server.requests.slice(1).map(({ body }) => body);
  return { say, shown, requests, desk };
}

describe('a result with a picture', () => {
  it('is shown, now and in each later turn', async () => {
    const { say, shown, requests, desk } = await conversation();
    expect(await say([shown])).toBe('I see.');
    expect(await say([{ kind: 'user', text: 'again' }])).toBe('I see.');
    for (const body of requests()) expect(body).toContain(`data:image/png;base64,${PNG}`);
    const stored = JSON.stringify(await desk.messages());
    expect([stored.includes(PNG), stored.includes('"attachments"')]).toEqual([false, true]);
  });

  it.each([
    [400, 'Failed to deserialize: unknown variant `image_url`, expected `text`'],
    [400, "Invalid type for 'messages[2].content': expected a string, but got an array"],
    [404, 'No endpoints found that support image input'],
    [422, 'content: Input should be a valid string'],
    [500, 'image input is not supported - hint: if this is unexpected, you may need an mmproj'],
  ])(
    'is said in words to a server that answers %i %s, which is asked once alone',
    async (...refusal) => {
      const { say, shown, requests } = await conversation({}, refusal);
      expect(await say([shown])).toBe('I see.');
      expect(await say([{ kind: 'user', text: 'again' }])).toBe('I see.');
      expect(requests().map((body) => body.includes('image_url'))).toEqual([true, false, false]);
      expect(requests().at(-1)).toContain('pictures not shown: this model takes none');
    },
  );

  it('is tried again in the next turn where this one picture was bad', async () => {
    const { say, shown, requests } = await conversation({}, [400, 'Could not process image']);
    await say([shown]);
    await say([{ kind: 'user', text: 'again' }]);
    expect(requests().map((body) => body.includes('image_url'))).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it('is never sent where the configuration says that the model takes none', async () => {
    const { say, shown, requests } = await conversation({ takesPictures: false });
    await say([shown]);
    expect(requests().map((body) => body.includes('image_url'))).toEqual([false]);
  });

  it('is said in words where the window was just too small', async () => {
    const { say, shown, requests } = await conversation();
    await say([shown], { resultLimit: 1000 });
    expect(requests()[0]).not.toContain('image_url');
  });

  it('does not change what a refusal without pictures means', async () => {
    const server = await startRawServer((response) => refuse(response, 400, 'content is bad'));
    onTestFinished(() => server.stop());
    const config = { local: { baseUrl: server.url, auth: 'none' as const } };
    const desk = await openModelDesk({ config, model: { provider: 'local', model: 'm' } });
    onTestFinished(() => desk.close());
    const { failure } = await desk.call([{ kind: 'user', text: 'go' }]);
    expect([failure?.type, server.requests.length]).toEqual(['ERR_PROVIDER_BAD_REQUEST', 1]);
  });
});

describe('loadPictures', () => {
  async function message(blobs: BlobStore, ...texts: readonly string[]): Promise<Message> {
    const refs = await Promise.all(texts.map((text) => blobs.put(text)));
    const attachments = refs.map((ref) => ({ mediaType: 'image/png' as const, ref }));
    return { role: 'user', content: 'x', attachments };
  }

  it('takes the newest, each once, as many as one request may hold', async () => {
    const blobs = createBlobStore(await temporaryFolder());
    const messages = await Promise.all(
      Array.from({ length: 15 }, (_, at) => message(blobs, `old ${at}`, `new ${at}`)),
    );
    const loaded = await loadPictures([...messages, ...messages.slice(-1)], blobs);
    expect([...loaded.values()].slice(0, 3)).toEqual(['new 14', 'old 14', 'new 13']);
    expect(loaded.size).toBe(20);
  });

  it('takes no more than servers take', async () => {
    const blobs = createBlobStore(await temporaryFolder());
    const large = await message(blobs, 'a'.repeat(9_000_000), 'b'.repeat(9_000_000));
    const loaded = await loadPictures([await message(blobs, 'c'.repeat(3_000_000)), large], blobs);
    expect([...loaded.values()].map((text) => text[0])).toEqual(['b', 'a']);
    expect(await loadPictures([{ role: 'user', content: 'x' }], blobs)).toEqual(new Map());
  });

  it('leaves the others in words', async () => {
    const blobs = createBlobStore(await temporaryFolder());
    const plain: Message = { role: 'user', content: 'plain' };
    expect(withoutNewPictures([await message(blobs, 'a'), plain])).toEqual([
      { role: 'user', content: 'x\n(its pictures are too large for the window)' },
      plain,
    ]);
  });
});
