import { z } from 'zod';
import { modelReferenceSchema } from '../agent/model.js';
import { blobRefSchema } from '../blob.js';
import { agentNameSchema } from '../definitions/named-agent.js';
import type { Story } from '../run/story.js';
import { shortLine } from '../text/markdown-text.js';

/** Longest instruction of one subtask, in characters; what is longer belongs into a file of the repository. */
export const LONGEST_INSTRUCTION = 64_000;
/** Globs of one subtask. */
export const MOST_TOUCHES = 50;

/** Who works on a subtask: `build` reads and writes, `plan` and `explore` only read; `row` answers about one row, without tools. */
export const subtaskAgentSchema = z.enum(['build', 'plan', 'explore', 'row']);

/** Ids that are part of branch names, workflow ids and commands. */
const subtaskIdSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'letters, digits, dots, dashes and underlines, at most 64',
  );

/** One part of a swarm's task, for an agent of its own. */
export const subtaskSchema = z.object({
  id: subtaskIdSchema,
  instruction: z.string().trim().min(1).max(LONGEST_INSTRUCTION),
  /** Subtasks that must have ended well first. */
  dependsOn: z.array(z.string()),
  /** Globs of the files that it may change, relative to the repository; empty = any. */
  touches: z.array(z.string().min(1).max(400)).max(MOST_TOUCHES),
  agent: subtaskAgentSchema,
  /** The agent of a person that works on it, of the same kind; absent = the built-in one. */
  named: agentNameSchema.optional(),
  /** 1 is the highest. */
  priority: z.number().int().min(1).max(1000),
  /** What people call it; absent = the beginning of the instruction. */
  title: z.string().min(1).max(200).optional(),
  /** All of the instruction, where `instruction` is its beginning. */
  instructionRef: blobRefSchema.optional(),
  /** Part of a script to which it belongs. */
  phase: z.string().max(200).optional(),
  /** Its own model, and what fits into a request to it; absent = those of the run. */
  model: modelReferenceSchema.optional(),
  contextWindow: z.number().int().positive().optional(),
  /** Longest working time; absent = as for all. */
  timeoutMs: z.number().int().positive().optional(),
});

/** See {@link subtaskSchema}. */
export type Subtask = z.infer<typeof subtaskSchema>;

/** True for a subtask whose agent may change files. */
export function isWriter({ agent }: Pick<Subtask, 'agent'>): boolean {
  return agent === 'build';
}

/** What a record keeps of a swarm's subtasks. */
interface RecordedSubtasks {
  readonly stories: readonly { readonly story: Story }[];
  readonly swarm?:
    | { readonly traits: readonly Pick<Subtask, 'id' | 'agent' | 'named' | 'touches'>[] }
    | undefined;
}

/** The subtasks of a record, as they were planned. Pure. */
export function subtasksOfRecord({ stories, swarm }: RecordedSubtasks): Subtask[] {
  const traits = new Map(swarm?.traits.map((trait) => [trait.id, trait]));
  return stories.map(({ story }) => ({
    id: story.id,
    instruction: story.description,
    dependsOn: story.dependsOn,
    priority: story.priority,
    agent: traits.get(story.id)?.agent ?? 'build',
    touches: traits.get(story.id)?.touches ?? [],
    ...namedOf(traits.get(story.id)),
  }));
}

function namedOf(trait: Pick<Subtask, 'named'> | undefined): Pick<Subtask, 'named'> {
  return trait?.named === undefined ? {} : { named: trait.named };
}

const TITLE_LENGTH = 100;

/** The subtask as a run record keeps it: what is done, in what order, whatever kind of run it is. */
export function storyOfSubtask(subtask: Subtask): Story {
  const { id, instruction, dependsOn, priority } = subtask;
  return {
    id,
    title: subtask.title ?? shortLine(instruction, TITLE_LENGTH),
    description: instruction,
    acceptanceCriteria: [],
    priority,
    dependsOn,
    complexity: 1,
    passes: false,
    verificationSteps: [],
  };
}
