import { z } from 'zod';
import { usageSchema, type Message, type ModelReference } from '../../domain/index.js';
import { redactText, redactValues } from '../../observability/index.js';
import type { StepJournal } from '../../platform/index.js';
import type { StepWork } from '../lib/step.js';
import { ask, type Models, type Question } from './ask.js';
import { withRepair } from './json-answer.js';

/** Longest answer that is kept for a repair: beyond what people read. */
const ANSWER_LIMIT = 96 * 1024;

/** The answer before, with what is wrong with it; null on the first call. */
export const previousDraftSchema = z
  .object({ answer: z.string(), problems: z.array(z.string()) })
  .nullable();

/** What one call for a draft came to. */
export const draftReplySchema = z.object({
  /** The draft when the answer is a valid one, else null. */
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

/** See {@link draftReplySchema}. */
export type DraftReply = z.infer<typeof draftReplySchema>;

/** What an answer is worth: a draft, or everything that is wrong with it. */
export type ReadDraft =
  | { readonly text: string; readonly problems: readonly [] }
  | { readonly text: null; readonly problems: readonly string[] };

/** What drafts are made over. */
export interface DraftDesk extends Models {
  readonly journal: StepJournal;
}

/** How something is drafted. */
export interface DraftRequest {
  readonly key: NonNullable<Question['key']>;
  readonly model: ModelReference;
  readonly previous: z.infer<typeof previousDraftSchema>;
  readonly system: string;
  readonly prompt: string;
  /** Asks for a better answer. */
  readonly repair: (problems: readonly string[]) => string;
  /** Never throws. */
  readonly read: (answer: string) => ReadDraft;
}

/** Asks the model once, without tools, and reads its answer; a bad answer is a result with problems. */
export async function askForDraft(
  request: DraftRequest,
  work: StepWork<DraftDesk>,
): Promise<DraftReply> {
  const { key, model } = request;
  const question = { key, model, messages: messagesOf(request), tools: [] };
  const { reply, cost } = await ask(work.dependencies, question, work);
  // What goes into the history and the file holds no key that the model quotes.
  const answer = redactText(reply.message.content);
  const draft = request.read(answer);
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

function messagesOf({ system, prompt, previous, repair }: DraftRequest): Message[] {
  const messages: Message[] = [
    { role: 'system', content: system },
    { role: 'user', content: redactText(prompt) },
  ];
  return withRepair(messages, previous, repair);
}
