import { z } from 'zod';
import { draftPrdInputSchema } from '../../contracts/index.js';
import { formatModelReference, type ModelReference } from '../../domain/index.js';
import { sha256, type StepJournal } from '../../platform/index.js';
import type { Providers } from '../../providers/index.js';
import { bindSteps, defineStep, journaledFields, type Activities } from '../lib/step.js';
import {
  askForDraft,
  draftReplySchema,
  previousDraftSchema,
  type DraftDesk,
} from '../model/draft.js';
import { toModelFailure } from '../model/model-failure.js';
import { createModelFallbacks } from '../model/model-fallback.js';
import { draftScript } from './draft-script.js';
import { DRAFT_SYSTEM_PROMPT, draftPrompt, repairPrompt } from './prd-prompt.js';
import { readDraft } from './read-prd.js';

const draftPrdCallSchema = z.object({
  key: journaledFields.key,
  input: draftPrdInputSchema,
  /** ISO 8601; becomes `created_at` of the PRD. */
  createdAt: z.string(),
  previous: previousDraftSchema,
});

/** Input of `draftPrd`: one model call for a PRD. */
export type DraftPrdCall = z.infer<typeof draftPrdCallSchema>;

/** Dependencies of {@link createDraftActivities}. */
export interface DraftActivityDependencies {
  readonly journal: StepJournal;
  readonly providers: Providers;
  /** Models that stand in for one that is gone, out of quota or overloaded for long, in order. Default: none. */
  readonly fallbackModels?: readonly ModelReference[];
}

/**
 * Asks the model once for a PRD, without tools, and validates its answer; a bad answer is a result with problems.
 * Idempotent by step key: a settled call is read back, never paid again. Fails like `callModel`.
 */
const draftPrd = defineStep<DraftDesk>()({
  input: draftPrdCallSchema,
  journal: {
    result: draftReplySchema,
    identity: ({ input, previous }) => ({
      model: formatModelReference(input.model),
      request: sha256(input.request),
      previous: previous === null ? null : sha256(previous.answer),
    }),
    countsStarts: true,
  },
  run: ({ key, input, createdAt, previous }, work) =>
    askForDraft(
      {
        key,
        model: input.model,
        previous,
        system: DRAFT_SYSTEM_PROMPT,
        prompt: draftPrompt(input),
        repair: repairPrompt,
        read: (answer) => readDraft(answer, { input, createdAt }),
      },
      work,
    ),
  explain: (error, { input }) => toModelFailure(error, input.model),
});

const steps = { draftPrd, draftScript };

/** Activities that draft what people then look at. */
export type DraftActivities = Activities<typeof steps>;

/** The drafting activities over a journal and the providers. */
export function createDraftActivities(dependencies: DraftActivityDependencies): DraftActivities {
  const { journal, providers, fallbackModels = [] } = dependencies;
  return bindSteps({ journal, providers, fallbacks: createModelFallbacks(fallbackModels) }, steps);
}
