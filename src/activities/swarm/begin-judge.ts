import { z } from 'zod';
import {
  blobRefSchema,
  NO_SETUP,
  workspaceRefSchema,
  workspaceSetupSchema,
  type WorkspaceRef,
} from '../../domain/index.js';
import { createGit } from '../../platform/index.js';
import { defineStep, journaledFields, planned } from '../lib/step.js';
import { frozenAgent, type RalphDependencies, type RalphWork } from '../workspace/dependencies.js';
import { readyLane } from '../workspace/ready-lane.js';

const beginJudgeSchema = z.object({
  key: journaledFields.key,
  runId: journaledFields.runId,
  task: z.string(),
  /** Null without files. */
  lane: workspaceRefSchema.nullable(),
  base: z.string(),
  head: z.string(),
  branch: z.string(),
  author: z.object({ name: z.string(), email: z.string() }),
  setup: workspaceSetupSchema.default(NO_SETUP),
  answer: blobRefSchema.nullable(),
});

type JudgeRequest = z.output<typeof beginJudgeSchema>;

const DIFF_LIMIT = 60_000;

/** A lane that holds the merged result, and what a judge is asked about it. */
export const beginJudgeStep = defineStep<RalphDependencies>()({
  input: beginJudgeSchema,
  holds: ({ lane }) => (lane === null ? [] : [lane.id]),
  claim: (input) => planned(input, ['setup']),
  async run(input, work) {
    const { blobs } = work.dependencies;
    const diff = input.lane === null ? '' : await layOut({ ...input, lane: input.lane }, work);
    const frozen = await frozenAgent(work.dependencies, {
      kind: input.lane === null ? 'answer' : 'explore',
    });
    const answer = input.answer === null ? '' : await blobs.getText(input.answer);
    const text = judgePrompt({ task: input.task, answer, diff });
    return { prompt: await blobs.put(text), frozen };
  },
});

/** Lays the lane out at the merged result; gives what changed. */
async function layOut(
  { base, head, lane: ref, ...rest }: JudgeRequest & { readonly lane: WorkspaceRef },
  work: RalphWork,
): Promise<string> {
  const { lane } = await readyLane(work, { ...rest, lane: ref, base: head });
  const git = createGit({ gitDir: lane.gitDir });
  const { stdout } = await git.run(['diff', '--no-color', '--no-ext-diff', base, head]);
  return stdout.toString('utf8');
}

function judgePrompt({
  task,
  answer,
  diff,
}: {
  readonly task: string;
  readonly answer: string;
  readonly diff: string;
}): string {
  const shown =
    diff.length <= DIFF_LIMIT ? diff : `${diff.slice(0, DIFF_LIMIT)}\n[cut: read the files]`;
  return [
    'You judge whether a task was done. Others did it; do not believe what they say: look at the files.',
    `## Task\n${task}`,
    shown.trim() === '' ? '## Changes\nNone.' : `## Changes\n${shown}`,
    answer.trim() === '' ? '' : `## What was answered\n${answer}`,
    'Begin your answer with one line, VERDICT: PASS or VERDICT: FAIL, and give the reason in a sentence below it. PASS only when everything that the task asks for is there and right.',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
