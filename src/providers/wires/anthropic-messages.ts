import Anthropic from '@anthropic-ai/sdk';
import { toProviderError } from '../failures/classify.js';
import {
  CALL_LIMIT_MS,
  DEFAULT_IDLE_LIMITS,
  type ModelProvider,
  type ModelReply,
  type ModelRequest,
  type StreamControl,
} from '../provider.js';
import { finishReply } from '../reply/reply.js';
import { createAdaptations, type Forms } from './adaptations.js';
import { createMessagesAssembler } from './anthropic-events.js';
import { buildMessagesBody, DEFAULT_MAX_OUTPUT_TOKENS } from './anthropic-request.js';
import type { WireOptions } from './openai-chat.js';
import { readAnswer } from './read-answer.js';
import { createIsolatedFetch } from './sdk-fetch.js';
import { guardStream } from './watchdog.js';

/** An adapter for servers that speak Anthropic's messages. One HTTP request a call, but for forms that a server refuses. */
export function createAnthropicMessagesProvider(options: WireOptions): ModelProvider {
  const client = createClient(options);
  const adaptations = createAdaptations();
  return {
    async stream(request, control) {
      const reference = { provider: options.provider, model: request.model };
      const asked = {
        model: request.model,
        maxOutputTokens: request.maxOutputTokens ?? DEFAULT_MAX_OUTPUT_TOKENS,
        tokensField: 'max_tokens',
      } as const;
      return adaptations.ask(asked, async (forms) => {
        try {
          return await ask(client, { options: { ...options, forms }, request, control });
        } catch (error) {
          throw toProviderError(error, reference);
        }
      });
    },
  };
}

interface Call {
  readonly options: WireOptions & { readonly forms: Forms };
  readonly request: ModelRequest;
  readonly control: StreamControl;
}

async function ask(client: Anthropic, { options, request, control }: Call): Promise<ModelReply> {
  const guard = guardStream(control, options.idle ?? DEFAULT_IDLE_LIMITS);
  const assembler = createMessagesAssembler({ provider: options.provider, model: request.model });
  try {
    guard.check();
    const body = buildMessagesBody(request, options);
    const response = await client.messages.create(body, { signal: guard.signal }).asResponse();
    await readAnswer(response, assembler, guard);
  } catch (error) {
    guard.check();
    if (!(guard.signal.aborted && assembler.hasEnd)) throw error;
  } finally {
    guard.stop();
  }
  guard.check();
  return finishReply(assembler.finish(), request);
}

/** A client without a key would look for credentials in the environment and in files, so it always gets one. */
function createClient(options: WireOptions): Anthropic {
  const key = options.apiKey;
  return new Anthropic({
    apiKey: key ?? 'none',
    authToken: null,
    webhookKey: null,
    baseURL: options.baseUrl.replace(/\/+$/, ''),
    maxRetries: 0,
    // Given, because the SDK else refuses whole answers of so many tokens; the guard ends silence long before.
    timeout: CALL_LIMIT_MS,
    logLevel: 'off',
    fetch: createIsolatedFetch({
      headers: { ...(key === null ? {} : { 'x-api-key': key }), ...options.headers },
      fetch: options.fetch,
      onResponse: options.onResponse,
    }),
  });
}
