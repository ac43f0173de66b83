import { z } from 'zod';
import { draftPrdInputSchema } from '../../contracts/index.js';
import {
  formatModelReference,
  usageSchema,
  type Message,
  type ModelReference,
} from '../../domain/index.js';
import { redactText, redactValues } from '../../observability/index.js';
import { sha256, type StepJournal } from '../../platform/index.js';
import type { Providers } from '../../providers/index.js';
import {
  bindSteps,
  defineStep,
  journaledFields,
  type Activities,
  type StepWork,
} from '../lib/step.js';
import { ask, type Models } from '../model/ask.js';
import { withRepair } from '../model/json-answer.js';
import { toModelFailure } from '../model/model-failure.js';
import { createModelFallbacks } from '../model/model-fallback.js';
import { DRAFT_SYSTEM_PROMPT, draftPrompt, repairPrompt } from './draft-prompt.js';
import { readDraft } from './read-draft.js';

/** Longest answer that is kept for a repair; a PRD of this size is beyond what people read. */
const ANSWER_LIMIT = 96 * 1024;

const draftPrdCallSchema = z.object({
  key: journaledFields.key,
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

interface DraftDesk extends Models {
  readonly journal: StepJournal;
}

/**
 * Asks the model once for a PRD, without tools, and validates its answer; a bad answer is a result with problems.
 * Idempotent by step key: a settled call is read back, never paid again. Fails like `callModel`.
 */
const draftPrd = defineStep<DraftDesk>()({
  input: draftPrdCallSchema,
  journal: {
    result: draftPrdReplySchema,
    identity: ({ input, previous }) => ({
      model: formatModelReference(input.model),
      request: sha256(input.request),
      previous: previous === null ? null : sha256(previous.answer),
    }),
    countsStarts: true,
  },
  run: askOnce,
  explain: (error, { input }) => toModelFailure(error, input.model),
});

const steps = { draftPrd };

/** Activities that make PRDs. */
export type PrdActivities = Activities<typeof steps>;

/** The PRD activities over a journal and the providers. */
export function createPrdActivities(dependencies: PrdActivityDependencies): PrdActivities {
  const { journal, providers, fallbackModels = [] } = dependencies;
  return bindSteps({ journal, providers, fallbacks: createModelFallbacks(fallbackModels) }, steps);
}

async function askOnce(call: DraftPrdCall, work: StepWork<DraftDesk>): Promise<DraftPrdReply> {
  const { input, key } = call;
  const question = { key, model: input.model, messages: messagesOf(call), tools: [] };
  const { reply, cost } = await ask(work.dependencies, question, work);
  // What goes into the history and the PRD file holds no key that the model quotes.
  const answer = redactText(reply.message.content);
  const draft = readDraft(answer, { input, createdAt: call.createdAt });
  const isCutOff = reply.finishReason === 'length' && draft.text === null;
  return redactValues({
    text: draft.text,
    problems: [...(isCutOff ? ['the answer was cut off: write less'] : []), ...draft.problems],
    answer: draft.text === null ? answer.slice(0, ANSWER_LIMIT) : '',
    usage: cost.usage,
    costMicroUsd: cost.costMicroUsd,
    repeatedCalls: work.earlierStarts,
  });
}

function messagesOf({ input, previous }: DraftPrdCall): Message[] {
  const messages: Message[] = [
    { role: 'system', content: DRAFT_SYSTEM_PROMPT },
    { role: 'user', content: redactText(draftPrompt(input)) },
  ];
  return withRepair(messages, previous, repairPrompt);
}
