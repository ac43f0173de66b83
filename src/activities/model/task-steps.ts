import { z } from 'zod';
import { blobRefSchema, modelText, RESULT_LIMIT } from '../../domain/index.js';
import { defineStep } from '../lib/step.js';
import { frozenAgent, type RalphDependencies } from '../workspace/dependencies.js';
import { lastAnswer } from './last-answer.js';

const PREVIEW_LENGTH = 300;

/** Keeps what an agent is told that another one starts: its task, its prompt, its tools. Repeatable. */
export const beginTaskStep = defineStep<RalphDependencies>()({
  input: z.object({ agent: z.enum(['explore', 'general']), prompt: z.string() }),
  async run({ agent, prompt }, { dependencies }) {
    const frozen = await frozenAgent(dependencies, agent);
    return { prompt: await dependencies.blobs.put(prompt), frozen };
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
