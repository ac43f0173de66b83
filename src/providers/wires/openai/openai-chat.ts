import OpenAI from 'openai';
import { trimEndOf } from '../../../domain/index.js';
import { CALL_LIMIT_MS, type ModelProvider } from '../../provider.js';
import { createHttpProvider, type WireOptions } from '../http-provider.js';
import { createChatAssembler } from './openai-chunks.js';
import { buildChatBody } from './openai-request.js';
import { createIsolatedFetch } from '../sdk-fetch.js';

/** An adapter for servers that speak OpenAI's chat completions. One HTTP request a call, but for forms that a server refuses. */
export function createOpenAiChatProvider(options: WireOptions): ModelProvider {
  const client = createClient(options);
  return createHttpProvider(options, {
    tokensField: options.quirks.maxTokensField ?? 'max_tokens',
    createAssembler: createChatAssembler,
    open: (request, forms, signal) =>
      client.chat.completions
        .create(buildChatBody(request, { ...options, forms }), { signal })
        .asResponse(),
  });
}

/** Everything the SDK would else read from the environment is given; the isolated fetch drops the rest. */
function createClient(options: WireOptions): OpenAI {
  const key = options.apiKey;
  return new OpenAI({
    apiKey: key ?? 'none',
    adminAPIKey: null,
    baseURL: trimEndOf(options.baseUrl, '/'),
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    timeout: CALL_LIMIT_MS,
    logLevel: 'off',
    fetch: createIsolatedFetch({
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(options.organization === undefined
          ? {}
          : { 'openai-organization': options.organization }),
        ...options.headers,
      },
      fetch: options.fetch,
      onResponse: options.onResponse,
    }),
  });
}
