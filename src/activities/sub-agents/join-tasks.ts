import { z } from 'zod';
import { blobRefSchema, modelText } from '../../domain/index.js';
import { defineStep } from '../lib/step.js';
import type { RalphDependencies } from '../workspace/dependencies.js';

const endSchema = z.object({
  id: z.string(),
  /** `waiting` = it never began. */
  how: z.enum(['done', 'failed', 'cancelled', 'waiting']),
  reason: z.string(),
  /** What became of its files, in words. */
  files: z.string(),
  /** Files that it changed outside of what it said that it touches. */
  outside: z.array(z.string()),
  answer: blobRefSchema.nullable(),
});

type SubtaskEnd = z.output<typeof endSchema>;

const WORDS: Readonly<Record<SubtaskEnd['how'], string>> = {
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
  waiting: 'not begun',
};
const OUTSIDE_SHOWN = 20;
/** Characters of all answers together: whoever wants more of one asks its files. */
const JOINED_LIMIT = 48 * 1024;
const PREVIEW_LENGTH = 300;

/** How the subtasks of one call of `swarm` ended, as the text of its result: each with its end, its files and what it answered. Repeatable. */
export const joinTasksStep = defineStep<RalphDependencies>()({
  input: z.object({ subtasks: z.array(endSchema) }),
  async run({ subtasks }, { dependencies }) {
    const { blobs } = dependencies;
    const done = subtasks.filter(({ how }) => how === 'done').length;
    // each has the same room, so that a long answer takes none from the others
    const share = Math.floor(JOINED_LIMIT / Math.max(1, subtasks.length));
    const parts = subtasks.map(async (subtask) => {
      const { answer } = subtask;
      const text = answer === null ? '' : await blobs.getText(answer);
      return modelText(`${headOf(subtask)}\n${text}`.trim(), share);
    });
    const head = `${done} of ${subtasks.length} subtasks are done.`;
    // each part is bounded and readable already
    const text = [head, ...(await Promise.all(parts))].join('\n\n');
    return { ref: await blobs.put(text), preview: text.slice(0, PREVIEW_LENGTH) };
  },
});

function headOf({ id, how, reason, files, outside }: SubtaskEnd): string {
  const shown = outside.slice(0, OUTSIDE_SHOWN).join(', ');
  return [
    `## ${id}: ${WORDS[how]}${how === 'done' ? '' : `: ${reason}`}`,
    files,
    outside.length === 0 ? '' : `Outside of what it touches: ${shown}`,
  ]
    .filter((line) => line !== '')
    .join('\n');
}
