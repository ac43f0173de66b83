import OpenAI from 'openai';
import type { ProviderQuirks } from '../../domain/index.js';
import { toProviderError } from '../failures/classify.js';
import {
  CALL_LIMIT_MS,
  DEFAULT_IDLE_LIMITS,
  type IdleLimits,
  type ModelProvider,
  type ModelReply,
  type ModelRequest,
  type StreamControl,
} from '../provider.js';
import { finishReply } from '../reply/reply.js';
import { createAdaptations, type Forms } from './adaptations.js';
import { createChatAssembler } from './openai-chunks.js';
import { buildChatBody } from './openai-request.js';
import { readAnswer } from './read-answer.js';
import { createIsolatedFetch, type FetchFunction, type ResponseObserver } from './sdk-fetch.js';
import { guardStream } from './watchdog.js';

/** Where and as whom an adapter calls. */
export interface WireOptions {
  /** Provider name, as in model references. */
  readonly provider: string;
  readonly baseUrl: string;
  /** Null for servers without authentication. */
  readonly apiKey: string | null;
  readonly organization?: string | undefined;
  /** Further headers, for example OpenRouter's `HTTP-Referer`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly quirks: ProviderQuirks;
  readonly idle?: IdleLimits | undefined;
  /** False for servers that cannot stream. Default true. */
  readonly isStreamed?: boolean | undefined;
  /** Told of each answer's status and headers. */
  readonly onResponse?: ResponseObserver | undefined;
  /** Default: the global fetch. */
  readonly fetch?: FetchFunction | undefined;
}

/** An adapter for servers that speak OpenAI's chat completions. One HTTP request a call, but for forms that a server refuses. */
export function createOpenAiChatProvider(options: WireOptions): ModelProvider {
  const client = createClient(options);
  const adaptations = createAdaptations();
  return {
    async stream(request, control) {
      const reference = { provider: options.provider, model: request.model };
      const asked = {
        model: request.model,
        maxOutputTokens: request.maxOutputTokens,
        tokensField: options.quirks.maxTokensField ?? 'max_tokens',
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

async function ask(client: OpenAI, { options, request, control }: Call): Promise<ModelReply> {
  const guard = guardStream(control, options.idle ?? DEFAULT_IDLE_LIMITS);
  const assembler = createChatAssembler({ provider: options.provider, model: request.model });
  try {
    guard.check();
    const body = buildChatBody(request, options);
    const { signal } = guard;
    const response = await client.chat.completions.create(body, { signal }).asResponse();
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

/** Everything the SDK would else read from the environment is given; the isolated fetch drops the rest. */
function createClient(options: WireOptions): OpenAI {
  const key = options.apiKey;
  return new OpenAI({
    apiKey: key ?? 'none',
    adminAPIKey: null,
    baseURL: options.baseUrl.replace(/\/+$/, ''),
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
