import type { AssistantMessage, FinishReason, Message, Usage } from '../domain/index.js';

/** One tool as a model sees it; `parameters` is a JSON Schema object. */
export interface ToolSchema {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What is sent to a model. The same request always gives the same body bytes, so that prefix caches stay warm. */
export interface ModelRequest {
  /** Model id as the provider knows it, without the provider's name. */
  readonly model: string;
  readonly messages: readonly Message[];
  /** Bytes in base64 of the pictures that messages show, by digest; one that is not here is named in words. */
  readonly pictures?: ReadonlyMap<string, string> | undefined;
  readonly tools: readonly ToolSchema[];
  /** Absent = the provider's own limit, except where the wire demands a number. */
  readonly maxOutputTokens?: number | undefined;
  /** JSON Schema that the answer's text has to satisfy. Absent = free text. */
  readonly replySchema?: Readonly<Record<string, unknown>> | undefined;
}

/** How far a stream has come; small, so that it can travel in heartbeats. */
export interface StreamProgress {
  readonly phase: 'waiting' | 'reasoning' | 'text' | 'tool-call';
  /** Characters received so far: text, reasoning and tool arguments. */
  readonly characters: number;
  readonly chunks: number;
}

/** Control over a running call. */
export interface StreamControl {
  /** Aborts the call; it then rejects with a {@link ProviderError} of kind `cancelled`. */
  readonly signal: AbortSignal;
  /** Who calls, the same text for each try of one call. */
  readonly caller?: string | undefined;
  /** Called on every chunk; must be cheap and must not throw. */
  readonly onProgress?: ((progress: StreamProgress) => void) | undefined;
  /** Called with each piece of the answer's text, as it comes; must be cheap and must not throw. A call that is made again begins anew. */
  readonly onText?: ((text: string) => void) | undefined;
}

/**
 * What a model wrote and its server could not read: `unparsed-call` = a tool call in the model's own notation is left in the
 * text, `failed-generation` = the server says that the call was malformed.
 */
export type ReplyTrouble = 'unparsed-call' | 'failed-generation';

/** A whole answer. */
export interface ModelReply {
  readonly message: AssistantMessage;
  readonly usage: Usage;
  /** True when the server sent no usage and characters were counted instead. */
  readonly isUsageEstimated: boolean;
  readonly finishReason: FinishReason;
  /** Price in millionths of a US dollar where the provider states it, else null. */
  readonly providerCostMicroUsd: number | null;
  /** Set when the answer holds no call, though the model tried to make one. */
  readonly trouble?: ReplyTrouble | undefined;
}

/** One wire to a model server. */
export interface ModelProvider {
  /**
   * Sends one request and returns the whole answer. Rejects with a {@link ProviderError} only; never retries by itself.
   * A stream that ends without a finish reason, stalls or breaks is an error, never a short answer.
   */
  stream(request: ModelRequest, control: StreamControl): Promise<ModelReply>;
}

/** How long a stream may be silent, in milliseconds. */
export interface IdleLimits {
  /** From sending the request to the first chunk. Default 240,000. */
  readonly firstTokenMs: number;
  /** Between two chunks. Default 120,000. */
  readonly betweenChunksMs: number;
  /** How long a server may say only that it is alive (comments, empty events). Default 600,000. */
  readonly keptAliveMs?: number;
}

/** See {@link IdleLimits.keptAliveMs}: a queue that takes longer is asked again. */
export const KEPT_ALIVE_MS = 10 * 60_000;

/** Reasoning models may think for minutes before the first chunk; fetch itself gives up at 300 s. */
export const DEFAULT_IDLE_LIMITS: IdleLimits = { firstTokenMs: 240_000, betweenChunksMs: 120_000 };

/** The whole of a call; the same as the activity's own limit. */
export const CALL_LIMIT_MS = 15 * 60_000;
