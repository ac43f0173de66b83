import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { InvalidInputError, type Message } from '../../domain/index.js';
import { readBounded } from '../../platform/index.js';
import { ProviderError } from '../failures/errors.js';
import type { ModelProvider, ModelRequest } from '../provider.js';
import { finishReply } from '../reply/reply.js';

const replySchema = z.object({
  text: z.string().optional(),
  tool_calls: z
    .array(z.object({ name: z.string().min(1), arguments: z.record(z.string(), z.unknown()) }))
    .optional(),
  /** Milliseconds before the answer, to stand in for a model's thinking. */
  delay_ms: z.number().int().nonnegative().optional(),
});

/** A recorded transcript: which conversation gets which answers. */
export const transcriptSchema = z.object({
  version: z.literal(1),
  /** Says where the transcript comes from; shown to people. */
  note: z.string(),
  conversations: z.array(
    z.object({
      /** Text that must occur in the first user message. */
      match: z.string().min(1),
      /** Only for this attempt of a story (from 1): the first user message must hold `attempt N`. */
      attempt: z.number().int().positive().optional(),
      replies: z.array(replySchema).min(1),
    }),
  ),
});

/** See {@link transcriptSchema}. */
export type Transcript = z.infer<typeof transcriptSchema>;

/** Options of {@link createReplayProvider}. */
export interface ReplayOptions {
  /** Absolute path of the transcript file. */
  readonly transcript: string;
}

/**
 * A provider that plays recorded answers. The answer is a pure function of the conversation (which transcript
 * matches, how many answers it holds already), so a retried call gets the same one. No match and running past the
 * end are refused with a non-retryable error.
 */
export function createReplayProvider(options: ReplayOptions): ModelProvider {
  let loaded: Promise<Transcript> | undefined;
  return {
    async stream(request, control) {
      loaded ??= readTranscript(options.transcript);
      const at = countAnswers(request.messages);
      const reply = chooseReply(await loaded, request.messages, options.transcript);
      await pause(reply.delay_ms ?? 0, control.signal);
      const calls = (reply.tool_calls ?? []).map((call, index) => ({
        id: `call_${at + 1}_${index + 1}`,
        name: call.name,
        arguments: JSON.stringify(call.arguments),
      }));
      control.onProgress?.({
        phase: calls.length > 0 ? 'tool-call' : 'text',
        characters: reply.text?.length ?? 0,
        chunks: 1,
      });
      if (reply.text !== undefined) control.onText?.(reply.text);
      return finishReply(
        {
          text: reply.text ?? '',
          toolCalls: calls,
          finishReason: calls.length > 0 ? 'tool-calls' : 'stop',
          usage: null,
          providerCostMicroUsd: null,
          extras: null,
        },
        request,
      );
    },
  };
}

const LARGEST_TRANSCRIPT = 64 * 1024 * 1024;

async function readTranscript(path: string): Promise<Transcript> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readBounded(path, LARGEST_TRANSCRIPT));
  } catch (error) {
    throw new InvalidInputError('ERR_TRANSCRIPT_UNREADABLE', {
      message: `the transcript cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      where: { file: path },
      hint: 'name an existing JSON file as `transcript` of the provider',
      cause: error,
    });
  }
  const transcript = transcriptSchema.safeParse(parsed);
  if (transcript.success) return transcript.data;
  const issue = transcript.error.issues[0];
  throw new InvalidInputError('ERR_TRANSCRIPT_INVALID', {
    message: `the file is not a transcript: ${issue?.message ?? 'wrong shape'}`,
    where: { file: path, field: issue?.path.join('.') },
  });
}

function chooseReply(
  transcript: Transcript,
  messages: ModelRequest['messages'],
  file: string,
): Transcript['conversations'][number]['replies'][number] {
  const first = messages.find((message) => message.role === 'user')?.content ?? '';
  const candidates = transcript.conversations.filter(
    (each) => first.includes(each.match) && isAttempt(first, each.attempt),
  );
  // A transcript for one attempt is more specific than one for all.
  const conversation = candidates.find((each) => each.attempt !== undefined) ?? candidates[0];
  if (conversation === undefined) {
    throw new ProviderError('bad_request', {
      message: 'the transcript holds no conversation that matches the first user message',
      where: { file },
      hint: 'the replay wire plays recorded answers only; name a real model with --model PROVIDER/MODEL',
    });
  }
  const reply = conversation.replies[countAnswers(messages)];
  if (reply !== undefined) return reply;
  throw new ProviderError('bad_request', {
    message: `the transcript for "${conversation.match}" ends after ${conversation.replies.length} answers`,
    where: { file },
    hint: 'the replay wire plays recorded answers only; name a real model with --model PROVIDER/MODEL',
  });
}

function countAnswers(messages: readonly Message[]): number {
  return messages.filter((message) => message.role === 'assistant').length;
}

function isAttempt(text: string, attempt: number | undefined): boolean {
  return attempt === undefined || new RegExp(`\\battempt ${attempt}\\b`, 'i').test(text);
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (!signal.aborted && milliseconds > 0)
    await delay(milliseconds, undefined, { signal }).catch(() => undefined);
  if (signal.aborted)
    throw new ProviderError('cancelled', { message: 'the model call was cancelled' });
}
