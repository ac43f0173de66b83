import { z } from 'zod';
import { agentNameSchema, blobRefSchema, modelText, RESULT_LIMIT } from '../../domain/index.js';
import { defineStep } from '../lib/step.js';
import { definedText } from '../definitions/frozen-for.js';
import { lastAnswer } from '../model/last-answer.js';
import { resultText } from '../swarm/subtask-prompt.js';
import { frozenAgent, type RalphDependencies } from '../workspace/dependencies.js';

const PREVIEW_LENGTH = 300;
/** Characters of all earlier answers together, and of one: more is read in the files. */
const RESULTS_LIMIT = 24_000;
const ONE_RESULT_LIMIT = 6_000;

/** Keeps what an agent is told that another one starts: its task with what it builds on, its prompt, its tools. Repeatable. */
export const beginTaskStep = defineStep<RalphDependencies>()({
  input: z.object({
    agent: z.enum(['explore', 'general', 'plan']),
    /** The named agent that it is; absent = the built-in one. */
    named: agentNameSchema.optional(),
    /** What people defined for whoever starts it; absent = nothing. */
    definitions: blobRefSchema.optional(),
    prompt: z.string(),
    /** What stands before the prompt; absent = nothing. */
    promptRef: blobRefSchema.optional(),
    /** What agents before it answered. */
    results: z
      .array(
        z.object({ id: z.string(), files: z.array(z.string()), answer: blobRefSchema.nullable() }),
      )
      .default([]),
  }),
  async run({ agent, named, definitions, prompt, promptRef, results }, { dependencies }) {
    const { blobs } = dependencies;
    const frozen = await frozenAgent(dependencies, { kind: agent, named, definitions });
    const share = Math.min(ONE_RESULT_LIMIT, Math.floor(RESULTS_LIMIT / (results.length || 1)));
    const texts = results.map(async ({ id, files, answer }) =>
      resultText({
        id,
        files,
        fileCount: files.length,
        text: answer === null ? '' : modelText(await blobs.getText(answer), share),
      }),
    );
    const before = promptRef === undefined ? '' : await blobs.getText(promptRef);
    const asked = [before, prompt].filter((part) => part !== '').join('\n\n');
    const parts = [asked, ...(await Promise.all(texts))];
    if (results.length > 0) parts.splice(1, 0, '## Results that you build on');
    const defined = await definedText(definitions, { blobs, canHandOn: false });
    if (defined !== '') parts.push(defined);
    return { prompt: await blobs.put(parts.join('\n\n')), frozen };
  },
});

/** The last words of an agent, as the result of the call that started it. Repeatable. */
export const takeAnswerStep = defineStep<RalphDependencies>()({
  input: z.object({ conversation: blobRefSchema }),
  async run({ conversation }, { dependencies }) {
    const { blobs } = dependencies;
    const text = modelText(await lastAnswer(conversation, blobs), RESULT_LIMIT);
    return { ref: await blobs.put(text), preview: text.slice(0, PREVIEW_LENGTH) };
  },
});
