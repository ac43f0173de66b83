import { z } from 'zod';
import { draftScriptInputSchema } from '../../contracts/index.js';
import { formatModelReference } from '../../domain/index.js';
import { sha256 } from '../../platform/index.js';
import { readScript } from '../../rlm/index.js';
import { defineStep, journaledFields } from '../lib/step.js';
import {
  askForDraft,
  draftReplySchema,
  previousDraftSchema,
  type DraftDesk,
  type ReadDraft,
} from '../model/draft.js';
import { toModelFailure } from '../model/model-failure.js';
import { scriptPrompt, scriptRepairPrompt, SCRIPT_SYSTEM_PROMPT } from './script-prompt.js';

const draftScriptCallSchema = z.object({
  key: journaledFields.key,
  input: draftScriptInputSchema,
  previous: previousDraftSchema,
});

/** More problems help nobody, and they travel in a history. */
const PROBLEM_LIMIT = 20;
const FENCE = '```';

/** Asks the model once for a script, without tools, and reads its answer as `script check` does. As `draftPrd` else. */
export const draftScript = defineStep<DraftDesk>()({
  input: draftScriptCallSchema,
  journal: {
    result: draftReplySchema,
    identity: ({ input, previous }) => ({
      model: formatModelReference(input.model),
      task: sha256(input.task),
      previous: previous === null ? null : sha256(previous.answer),
    }),
    countsStarts: true,
  },
  run: ({ key, input, previous }, work) =>
    askForDraft(
      {
        key,
        model: input.model,
        previous,
        system: SCRIPT_SYSTEM_PROMPT,
        prompt: scriptPrompt(input),
        repair: scriptRepairPrompt,
        read: readScriptDraft,
      },
      work,
    ),
  explain: (error, { input }) => toModelFailure(error, input.model),
});

/** The script that an answer holds, with or without a fence around it, or everything that is wrong with it. Never throws. */
export function readScriptDraft(answer: string): ReadDraft {
  const text = `${withoutFence(answer).trim()}\n`;
  const read = readScript(text);
  if (!('problems' in read)) return { text, problems: [] };
  const problems = read.problems
    .slice(0, PROBLEM_LIMIT)
    .map(({ line, column, message }) => `line ${line}, column ${column}: ${message}`);
  return { text: null, problems };
}

/** What stands between the first fence and the last one; all of it where there is no pair. */
function withoutFence(answer: string): string {
  const first = answer.indexOf(FENCE);
  const last = answer.lastIndexOf(FENCE);
  if (first < 0 || last <= first) return answer;
  const start = answer.indexOf('\n', first);
  return start < 0 || start > last ? answer : answer.slice(start + 1, last);
}
