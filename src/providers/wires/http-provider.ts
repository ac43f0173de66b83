import type { ModelReference, ProviderQuirks } from '../../domain/index.js';
import { toProviderError } from '../failures/classify.js';
import {
  DEFAULT_IDLE_LIMITS,
  type IdleLimits,
  type ModelProvider,
  type ModelReply,
  type ModelRequest,
  type StreamControl,
} from '../provider.js';
import { finishReply } from '../reply/reply.js';
import { hasPictures, withLoadedPictures, withoutPictures } from '../history/pictures.js';
import { createAdaptations, type AskedFor, type Forms } from './adaptations.js';
import type { AnswerAssembler } from './openai/openai-chunks.js';
import { readAnswer } from './read-answer.js';
import type { FetchFunction, ResponseObserver } from './sdk-fetch.js';
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
  /** False for models that take no pictures. Default: found out by the first refusal. */
  readonly takesPictures?: boolean | undefined;
  /** Told of each answer's status and headers. */
  readonly onResponse?: ResponseObserver | undefined;
  /** Default: the global fetch. */
  readonly fetch?: FetchFunction | undefined;
}

/** What one wire adds to what all share. */
export interface Wire {
  readonly tokensField: AskedFor['tokensField'];
  /** What is asked for where the request names no limit; absent = nothing. */
  readonly usualOutputTokens?: number;
  /** Sends a request; rejects for a refusal with what the isolated fetch threw. */
  readonly open: (request: ModelRequest, forms: Forms, signal: AbortSignal) => Promise<Response>;
  readonly createAssembler: (reference: ModelReference) => AnswerAssembler;
}

/** A provider over HTTP: guards, reads and finishes answers, asks again in another form, and names every failure. */
export function createHttpProvider(options: WireOptions, wire: Wire): ModelProvider {
  const adaptations = createAdaptations();
  return {
    async stream(whole, control) {
      const request =
        options.takesPictures === false ? withoutPictures(whole) : withLoadedPictures(whole);
      const reference = { provider: options.provider, model: request.model };
      const asked = {
        model: request.model,
        maxOutputTokens: request.maxOutputTokens ?? wire.usualOutputTokens,
        tokensField: wire.tokensField,
        hasPictures: hasPictures(request),
      };
      return adaptations.ask(asked, async (forms) => {
        try {
          const formed = forms.noPictures === true ? withoutPictures(request) : request;
          return await ask({ options, wire, forms }, formed, control);
        } catch (error) {
          throw toProviderError(error, reference);
        }
      });
    },
  };
}

interface Setting {
  readonly options: WireOptions;
  readonly wire: Wire;
  readonly forms: Forms;
}

async function ask(
  { options, wire, forms }: Setting,
  request: ModelRequest,
  control: StreamControl,
): Promise<ModelReply> {
  const guard = guardStream(control, options.idle ?? DEFAULT_IDLE_LIMITS);
  const assembler = wire.createAssembler({ provider: options.provider, model: request.model });
  try {
    guard.check();
    await readAnswer(await wire.open(request, forms, guard.signal), assembler, guard);
  } catch (error) {
    guard.check();
    if (!(guard.signal.aborted && assembler.hasEnd)) throw error;
  } finally {
    guard.stop();
  }
  guard.check();
  return finishReply(assembler.finish(), request);
}
