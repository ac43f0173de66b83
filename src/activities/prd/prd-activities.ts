import { Context } from '@temporalio/activity';
import { z } from 'zod';
import { draftPrdInputSchema } from '../../contracts/index.js';
import {
  formatModelReference,
  formatStepKey,
  stepKeySchema,
  usageSchema,
  type Message,
  type ModelReference,
} from '../../domain/index.js';
import { redactText, redactValues } from '../../observability/index.js';
import { sha256, type StepJournal } from '../../platform/index.js';
import type { Providers } from '../../providers/index.js';
import { startHeartbeat } from '../lib/heartbeat.js';
import { mapModelFailures } from '../model/model-failure.js';
import { createModelFallbacks, type ModelFallbacks } from '../model/model-fallback.js';
import { DRAFT_SYSTEM_PROMPT, draftPrompt, repairPrompt } from './draft-prompt.js';
import { readDraft } from './read-draft.js';

/** Longest answer that is kept for a repair; a PRD of this size is beyond what people read. */
const ANSWER_LIMIT = 96 * 1024;

const draftPrdCallSchema = z.object({
  key: stepKeySchema,
  input: draftPrdInputSchema,
  /** ISO 8601; becomes `created_at` of the PRD. */
  createdAt: z.string(),
  /** The answer before, with what is wrong with it; null on the first call. */
  previous: z.object({ answer: z.string(), problems: z.array(z.string()) }).nullable(),
});

/** Input of `draftPrd`: one model call for a PRD. */
export type DraftPrdCall = z.infer<typeof draftPrdCallSchema>;

const draftPrdReplySchema = z.object({
  /** The PRD's text when the answer is a valid one, else null. */
  text: z.string().nullable(),
  problems: z.array(z.string()),
  /** The model's answer where it has to be repaired, else empty. */
  answer: z.string(),
  usage: usageSchema,
  /** Millionths of a US dollar; null = the price is unknown. */
  costMicroUsd: z.number().int().nonnegative().nullable(),
  /** How often the call was sent before and its process died before an answer arrived. */
  repeatedCalls: z.number().int().nonnegative(),
});

/** Result of `draftPrd`. */
export type DraftPrdReply = z.infer<typeof draftPrdReplySchema>;

/** Dependencies of {@link createPrdActivities}. */
export interface PrdActivityDependencies {
  readonly journal: StepJournal;
  readonly providers: Providers;
  /** Models that stand in for one that is gone, out of quota or overloaded for long, in order. Default: none. */
  readonly fallbackModels?: readonly ModelReference[];
}

/** Activities that make PRDs. */
export interface PrdActivities {
  /**
   * Asks the model once for a PRD, without tools, and validates its answer; a bad answer is a result with problems.
   * Idempotent by step key: a settled call is read back, never paid again. Fails like `callModel`.
   */
  readonly draftPrd: (call: DraftPrdCall) => Promise<DraftPrdReply>;
}

/** The PRD activities over a journal and the providers. */
export function createPrdActivities(dependencies: PrdActivityDependencies): PrdActivities {
  const models: Models = {
    providers: dependencies.providers,
    fallbacks: createModelFallbacks(dependencies.fallbackModels ?? []),
  };
  return {
    async draftPrd(raw) {
      return mapModelFailures(raw.input.model, async () => {
        const call = draftPrdCallSchema.parse(raw);
        const { result } = await dependencies.journal.settle({
          key: call.key,
          identity: {
            model: formatModelReference(call.input.model),
            request: sha256(call.input.request),
            previous: call.previous === null ? null : sha256(call.previous.answer),
          },
          parse: (stored) => draftPrdReplySchema.parse(stored),
          run: (earlierStarts) => askOnce(call, earlierStarts, models),
          countStarts: true,
        });
        return result;
      });
    },
  };
}

interface Models {
  readonly providers: Providers;
  readonly fallbacks: ModelFallbacks;
}

async function askOnce(
  call: DraftPrdCall,
  earlierStarts: number,
  { providers, fallbacks }: Models,
): Promise<DraftPrdReply> {
  const { input } = call;
  const { cancellationSignal, info } = Context.current();
  const heartbeat = startHeartbeat();
  try {
    const { reply, answeredBy } = await fallbacks.answer({
      chosen: input.model,
      attempt: info.attempt,
      ask: (reference) =>
        providers.resolve(reference).provider.stream(
          { model: reference.model, messages: messagesOf(call), tools: [] },
          {
            signal: cancellationSignal,
            caller: formatStepKey(call.key),
            onProgress: (progress) => heartbeat.progress({ ...progress }),
          },
        ),
    });
    // What goes into the history and the PRD file holds no key that the model quotes.
    const answer = redactText(reply.message.content);
    const draft = readDraft(answer, { input, createdAt: call.createdAt });
    const isCutOff = reply.finishReason === 'length' && draft.text === null;
    return redactValues({
      text: draft.text,
      problems: [...(isCutOff ? ['the answer was cut off: write less'] : []), ...draft.problems],
      answer: draft.text === null ? answer.slice(0, ANSWER_LIMIT) : '',
      usage: reply.usage,
      costMicroUsd: providers.resolve(answeredBy).costOf(reply.usage, reply.providerCostMicroUsd),
      repeatedCalls: earlierStarts,
    });
  } finally {
    heartbeat.stop();
  }
}

function messagesOf({ input, previous }: DraftPrdCall): Message[] {
  const messages: Message[] = [
    { role: 'system', content: DRAFT_SYSTEM_PROMPT },
    { role: 'user', content: redactText(draftPrompt(input)) },
  ];
  if (previous === null) return messages;
  return [
    ...messages,
    {
      role: 'assistant',
      content: previous.answer === '' ? '(nothing)' : previous.answer,
      toolCalls: [],
    },
    { role: 'user', content: repairPrompt(previous.problems) },
  ];
}
