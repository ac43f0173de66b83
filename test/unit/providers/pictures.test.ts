import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/domain/agent/conversation.js';
import {
  hasPictures,
  picturesBehindResults,
  PICTURE_CHARACTERS,
  withLoadedPictures,
  withoutPictures,
} from '../../../src/providers/history/pictures.js';
import type { ModelRequest } from '../../../src/providers/provider.js';
import { toPlainRequest } from '../../../src/providers/reply/json-tools.js';
import { messageCharacters } from '../../../src/providers/reply/reply.js';
import { buildMessagesBody } from '../../../src/providers/wires/anthropic/anthropic-request.js';
import { buildChatBody } from '../../../src/providers/wires/openai/openai-request.js';
import { faultsOfRequest } from '../../support/strict-history.js';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const attachment = (data: string) => ({
  mediaType: 'image/png' as const,
  ref: { digest: digest(data), bytes: data.length },
});
const result = (callId: string, ...pictures: readonly string[]): Message => ({
  role: 'tool',
  callId,
  name: 'read_file',
  content: `result ${callId}`,
  isError: false,
  ...(pictures.length === 0 ? {} : { attachments: pictures.map(attachment) }),
});
const calls = (...ids: readonly string[]): Message => ({
  role: 'assistant',
  content: '',
  toolCalls: ids.map((id) => ({ id, name: 'read_file', arguments: '{}' })),
});

/** Two results, of which the first shows two pictures, a word of the person, and one more result with a picture. */
const MESSAGES: readonly Message[] = [
  { role: 'user', content: 'go' },
  calls('call_a', 'call_b'),
  result('call_a', 'AAAA', 'BBBB'),
  result('call_b'),
  { role: 'user', content: 'look' },
  calls('call_c'),
  result('call_c', 'CCCC'),
];

function request(...loaded: readonly string[]): ModelRequest {
  return {
    model: 'm',
    messages: MESSAGES,
    tools: [],
    pictures: new Map(loaded.map((data) => [digest(data), data])),
  };
}

const chat = (asked: ModelRequest) => buildChatBody(asked, { provider: 'p', quirks: {} });
const image = (data: string) => ({
  type: 'image_url',
  image_url: { url: `data:image/png;base64,${data}` },
});

describe('pictures of results', () => {
  it('stand behind all results of a turn where results are text', () => {
    const body = chat(request('AAAA', 'BBBB', 'CCCC'));
    expect(body.messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'tool',
      'tool',
      'user',
      'assistant',
      'tool',
      'user',
    ]);
    expect(body.messages[4]?.content).toEqual([
      { type: 'text', text: 'Pictures of these results:\n\nlook' },
      image('AAAA'),
      image('BBBB'),
    ]);
    expect(body.messages.at(-1)?.content).toEqual([
      { type: 'text', text: 'Pictures of these results:' },
      image('CCCC'),
    ]);
    expect(faultsOfRequest({ ...body }, 'openai-chat', 'plain')).toEqual([]);
  });

  it('are parts of the results where these may have some', () => {
    const body = buildMessagesBody(request('AAAA', 'BBBB', 'CCCC'), { provider: 'anthropic' });
    const source = (data: string) => ({
      type: 'image',
      source: { type: 'base64', media_type: 'image/png', data },
    });
    expect(body.messages[2]?.content).toEqual([
      {
        type: 'tool_result',
        tool_use_id: 'call_a',
        is_error: false,
        content: [{ type: 'text', text: 'result call_a' }, source('AAAA'), source('BBBB')],
      },
      { type: 'tool_result', tool_use_id: 'call_b', is_error: false, content: 'result call_b' },
      { type: 'text', text: 'look' },
    ]);
    expect(faultsOfRequest({ ...body }, 'anthropic-messages', 'plain')).toEqual([]);
  });

  it('may come from the person, and close the turn that is marked for the cache', () => {
    const messages: Message[] = [
      { role: 'user', content: 'see', attachments: [attachment('AAAA')] },
    ];
    const asked = { ...request('AAAA'), messages };
    expect(chat(asked).messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'see' }, image('AAAA')] },
    ]);
    const [turn] = buildMessagesBody(asked, { provider: 'anthropic' }).messages;
    expect(turn?.content).toMatchObject([
      { type: 'text' },
      { type: 'image', cache_control: { type: 'ephemeral' } },
    ]);
  });

  it('go along where calls travel as text', () => {
    const plain = toPlainRequest({ ...request('AAAA', 'BBBB', 'CCCC') });
    expect(JSON.stringify(chat(plain))).toContain('base64,BBBB');
    expect(JSON.stringify(chat(plain))).toContain('base64,CCCC');
  });

  it('give the same bytes each time', () => {
    const asked = request('AAAA', 'BBBB', 'CCCC');
    expect(JSON.stringify(chat(asked))).toBe(JSON.stringify(chat(asked)));
    expect(picturesBehindResults(picturesBehindResults(MESSAGES))).toEqual(
      picturesBehindResults(MESSAGES),
    );
  });
});

describe('pictures that are not shown', () => {
  it('are named in words: all of them for models that take none', () => {
    const without = withoutPictures(request('AAAA', 'BBBB', 'CCCC'));
    expect([hasPictures(request()), hasPictures(without)]).toEqual([true, false]);
    expect(without.messages.map(({ content }) => content)).toEqual([
      'go',
      '',
      'result call_a\n(2 of its pictures not shown: this model takes none)',
      'result call_b',
      'look',
      '',
      'result call_c\n(1 of its pictures not shown: this model takes none)',
    ]);
    expect(JSON.stringify(chat(without))).not.toContain('image_url');
  });

  it('are named in words where nobody loaded them', () => {
    const some = withLoadedPictures(request('BBBB'));
    expect(some.messages[2]).toMatchObject({
      content: 'result call_a\n(1 of its pictures not shown: it is too old)',
      attachments: [attachment('BBBB')],
    });
    const body = JSON.stringify(chat(some));
    expect([body.includes('base64,BBBB'), body.includes('base64,AAAA')]).toEqual([true, false]);
  });

  it('change nothing of a request without any', () => {
    const asked = { ...request(), messages: MESSAGES.slice(0, 2) };
    expect(withoutPictures(asked)).toBe(asked);
    expect(withLoadedPictures(asked)).toBe(asked);
  });
});

it('pictures count as what a model reads', () => {
  expect(messageCharacters(result('call_a', 'AAAA', 'BBBB'))).toBe(
    'result call_a'.length + 2 * PICTURE_CHARACTERS,
  );
  expect(messageCharacters({ role: 'system', content: 'ab' })).toBe(2);
});
