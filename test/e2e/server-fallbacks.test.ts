import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ModelReference } from '../../src/domain/agent/model.js';
import type { NewMessage } from '../../src/domain/agent/conversation.js';
import { openModelDesk, type ModelDesk } from '../support/model-desk.js';
import {
  chatCalls,
  raw,
  refusal,
  startPlayedServer,
  type PlayedReply,
  type PlayedServer,
} from '../support/played-server.js';
import type { Family } from '../support/strict-history.js';

const GONE = refusal(404, {
  error: { message: 'the model does not exist', code: 'model_not_found' },
});
const START: readonly NewMessage[] = [{ kind: 'user', text: 'Begin.' }];

const event = (fields: Readonly<Record<string, unknown>>): string =>
  `data: ${JSON.stringify(fields)}\n\n`;

/** A call in the messages form, with signed thinking. */
const MESSAGES_CALL = raw(
  event({
    type: 'content_block_start',
    index: 0,
    content_block: { type: 'thinking', thinking: 'I look', signature: 'signed' },
  }) +
    event({
      type: 'content_block_start',
      index: 1,
      content_block: { type: 'tool_use', id: 'toolu_01', name: 'bash', input: { command: 'ls' } },
    }) +
    event({ type: 'message_delta', delta: { stop_reason: 'tool_use' } }) +
    event({ type: 'message_stop' }),
);

/** A model of each family, and how it speaks of a call. */
const MODELS: Readonly<
  Record<string, { reference: ModelReference; family: Family; call: PlayedReply }>
> = {
  Kimi: {
    reference: { provider: 'moonshotai', model: 'kimi-k2.5' },
    family: 'kimi',
    call: chatCalls({ id: 'functions.bash:0', name: 'bash', arguments: { command: 'ls' } }),
  },
  Mistral: {
    reference: { provider: 'mistral', model: 'devstral-medium' },
    family: 'mistral',
    call: chatCalls({ id: 'Ab3dE6gH9', name: 'bash', arguments: { command: 'ls' } }),
  },
  DeepSeek: {
    reference: { provider: 'deepseek', model: 'deepseek-v4-flash' },
    family: 'deepseek',
    call: chatCalls({ id: 'call_00_x', name: 'bash', arguments: { command: 'ls' } }),
  },
  Gemini: {
    reference: { provider: 'google', model: 'gemini-3.8-flash' },
    family: 'gemini',
    call: chatCalls({ id: 'function-call-1', name: 'bash', arguments: { command: 'ls' } }),
  },
  Claude: {
    reference: { provider: 'anthropic', model: 'claude-sonnet-5-5' },
    family: 'plain',
    call: MESSAGES_CALL,
  },
};

const PAIRS = Object.keys(MODELS).flatMap((first) =>
  Object.keys(MODELS)
    .filter((second) => second !== first)
    .map((second) => [first, second] as const),
);

let server: PlayedServer;
let desk: ModelDesk;
beforeAll(async () => {
  server = await startPlayedServer(() => GONE);
});
afterAll(async () => {
  await server.stop();
});
afterEach(async () => {
  await desk.close();
});

function open(chosen: ModelReference, fallback: ModelReference): Promise<ModelDesk> {
  const config = Object.fromEntries(
    [chosen, fallback].map(({ provider }) => [
      provider,
      { baseUrl: provider === 'anthropic' ? server.url : `${server.url}/v1` },
    ]),
  );
  return openModelDesk({ config, model: chosen, fallbackModels: [fallback] });
}

describe('a fallback model of another family', () => {
  it.each(PAIRS)('gets the conversation of %s in the form of %s', async (first, second) => {
    const chosen = MODELS[first];
    const other = MODELS[second];
    if (chosen === undefined || other === undefined) throw new Error('no such model');
    desk = await open(chosen.reference, other.reference);
    server.family = (model) => (model === chosen.reference.model ? chosen.family : other.family);
    server.play = () => chosen.call;
    const begun = await desk.call(START);
    const [call] = begun.result?.calls ?? [];
    const result: NewMessage = {
      kind: 'tool-text',
      callId: call?.id ?? '',
      name: 'bash',
      isError: false,
      text: 'a.txt',
    };
    // The chosen model is gone in mid-work.
    server.seen.length = 0;
    server.play = ({ body }) => (body['model'] === other.reference.model ? other.call : GONE);
    const gone = await desk.call([result, { kind: 'user', text: 'Go on.' }]);
    const answered = server.seen.filter(({ body }) => body['model'] === other.reference.model);
    expect(answered.map(({ faults }) => faults)).toEqual([[]]);
    expect(gone.failure).toBeNull();
    expect(gone.result?.answeredBy).toEqual(other.reference);
  });

  it('that refuses is named beside what the chosen model failed with', async () => {
    const chosen = { provider: 'moonshotai', model: 'kimi-k2.5' };
    const other = { provider: 'mistral', model: 'devstral-medium' };
    desk = await open(chosen, other);
    server.family = null;
    server.play = ({ body }) =>
      body['model'] === other.model ? refusal(400, { message: 'no tools today' }) : GONE;
    const { failure } = await desk.call(START);
    expect([failure?.type, failure?.message]).toEqual([
      'ERR_PROVIDER_MODEL_GONE',
      expect.stringMatching(
        /kimi-k2.5: 404 the model does not exist; fallback models failed too: mistral\/devstral-medium: 400 no tools today/,
      ),
    ]);
  });
});
