import type { FinishReason } from '../../domain/index.js';
import { ProviderError, type ProviderErrorKind } from '../failures/errors.js';

/** What a server's word for the end of an answer means. */
export type FinishMeaning =
  | { readonly kind: 'reason'; readonly reason: FinishReason }
  | { readonly kind: 'failed-generation' }
  | { readonly kind: 'error'; readonly error: ProviderErrorKind };

const REASONS: Readonly<Record<FinishReason, readonly string[]>> = {
  'tool-calls': ['tool_calls', 'tool_call', 'function_call', 'function_calls', 'tool_use'],
  length: [
    'length',
    'max_tokens',
    'max_output_tokens',
    'max_completion_tokens',
    'max_new_tokens',
    'max_length',
    'model_length',
    'token_limit',
    'output_limit',
    'incomplete',
    'repetition',
    'repetition_truncation',
  ],
  refusal: [
    'content_filter',
    'content_filtered',
    'content_policy',
    'safety',
    'image_safety',
    'prohibited_content',
    'blocklist',
    'spii',
    'recitation',
    'refusal',
    'refused',
    'sensitive',
    'moderation',
    'guardrail_intervened',
    'guardrails',
  ],
  stop: [
    'stop',
    'stop_sequence',
    'end_turn',
    'end',
    'eos',
    'eos_token',
    'eos_found',
    'complete',
    'completed',
    'done',
    'finished',
    'success',
    'pause_turn',
    'finish_reason_stop',
  ],
};

/** The model wrote something that the server could not read as a call: not an end, and nobody's answer. */
const FAILED_GENERATION = [
  'malformed_function_call',
  'malformed_tool_call',
  'malformed_response',
  'malformed_model_output',
  'malformed_tool_use',
  'unexpected_tool_call',
  'too_many_tool_calls',
  'invalid_tool_call',
  'invalid_function_call',
  'missing_thought_signature',
];

const ERRORS: Readonly<Record<string, ProviderErrorKind>> = {
  error: 'server',
  server_error: 'server',
  internal_error: 'server',
  network_error: 'server',
  timeout: 'server',
  insufficient_system_resource: 'overloaded',
  overloaded: 'overloaded',
  abort: 'truncated',
  aborted: 'truncated',
  cancelled: 'truncated',
  canceled: 'truncated',
  model_context_window_exceeded: 'context_overflow',
};

/**
 * The meaning of a finish or stop reason in any case and spelling; null for an empty one, which says nothing. A word that
 * nobody knows is a `stop`.
 */
export function readFinishWord(raw: unknown): FinishMeaning | null {
  if (typeof raw !== 'string') return null;
  const word = raw
    .slice(0, 200)
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
  if (['', 'null', 'none', 'unspecified', 'finish_reason_unspecified'].includes(word)) return null;
  if (FAILED_GENERATION.some((each) => word.includes(each))) return { kind: 'failed-generation' };
  for (const reason of ['tool-calls', 'length', 'refusal', 'stop'] as const)
    if (REASONS[reason].includes(word)) return { kind: 'reason', reason };
  const error = ERRORS[word];
  return error === undefined ? { kind: 'reason', reason: 'stop' } : { kind: 'error', error };
}

/** What came of an answer whose stream has ended. */
export interface AnswerEnd {
  readonly word: FinishMeaning | null;
  /** The server said that the answer is over: `[DONE]`, `message_stop`, or one whole JSON body. */
  readonly isClosed: boolean;
  readonly hasCalls: boolean;
  readonly hasText: boolean;
  readonly characters: number;
}

/** The end of an answer, or an error: without reason and closing mark it was cut. */
export function settleEnd(end: AnswerEnd): {
  readonly reason: FinishReason;
  readonly isFailedGeneration: boolean;
} {
  const { word } = end;
  if (word === null) {
    if (end.isClosed && (end.hasCalls || end.hasText))
      return { reason: end.hasCalls ? 'tool-calls' : 'stop', isFailedGeneration: false };
    if (end.isClosed)
      throw new ProviderError('malformed', { message: 'the server’s answer says nothing' });
    throw new ProviderError('truncated', {
      message: `the answer ended without a finish reason or a closing mark, after ${end.characters} characters`,
      data: { isCutCleanly: true },
    });
  }
  if (word.kind === 'error') {
    throw new ProviderError(word.error, {
      message:
        word.error === 'context_overflow'
          ? 'the answer filled the context window'
          : 'the server ended the answer with an error',
    });
  }
  if (word.kind === 'failed-generation') return { reason: 'stop', isFailedGeneration: true };
  return { reason: word.reason, isFailedGeneration: false };
}
