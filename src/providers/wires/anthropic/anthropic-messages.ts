import Anthropic from '@anthropic-ai/sdk';
import { trimEndOf } from '../../../domain/index.js';
import { CALL_LIMIT_MS, type ModelProvider } from '../../provider.js';
import { createMessagesAssembler } from './anthropic-events.js';
import { buildMessagesBody, DEFAULT_MAX_OUTPUT_TOKENS } from './anthropic-request.js';
import { createHttpProvider, type WireOptions } from '../http-provider.js';
import { createIsolatedFetch } from '../sdk-fetch.js';

/** An adapter for servers that speak Anthropic's messages. One HTTP request a call, but for forms that a server refuses. */
export function createAnthropicMessagesProvider(options: WireOptions): ModelProvider {
  const client = createClient(options);
  return createHttpProvider(options, {
    tokensField: 'max_tokens',
    usualOutputTokens: DEFAULT_MAX_OUTPUT_TOKENS,
    createAssembler: createMessagesAssembler,
    open: (request, forms, signal) =>
      client.messages
        .create(buildMessagesBody(request, { ...options, forms }), { signal })
        .asResponse(),
  });
}

/** A client without a key would look for credentials in the environment and in files, so it always gets one. */
function createClient(options: WireOptions): Anthropic {
  const key = options.apiKey;
  return new Anthropic({
    apiKey: key ?? 'none',
    authToken: null,
    webhookKey: null,
    baseURL: trimEndOf(options.baseUrl, '/'),
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
