import { z } from 'zod';
import {
  agentNameSchema,
  blobRefSchema,
  frozenProfileSchema,
  NO_SETUP,
  turnStory,
  workspaceRefSchema,
  workspaceSetupSchema,
  type WorkspaceSetup,
} from '../../domain/index.js';
import { createGit, openWorkspace } from '../../platform/index.js';
import { defineStep, journaledFields, planned } from '../lib/step.js';
import { noteLaneOwner } from '../swarm/lane-owner.js';
import { findGuide } from '../workspace/begin-story.js';
import { frozenAgent, type RalphDependencies, type RalphWork } from '../workspace/dependencies.js';
import { requireRoom } from '../workspace/free-space.js';
import { readyLane } from '../workspace/ready-lane.js';
import { standingHead } from './standing-head.js';

const beginPromptSchema = z.object({
  ...journaledFields,
  turn: z.number().int().positive(),
  /** What the person said. */
  prompt: blobRefSchema,
  /** True where no conversation goes on: the agent is told of the project once. */
  isFirst: z.boolean(),
  kind: z.enum(['chat', 'build', 'plan', 'explore']),
  /** A named agent of the definitions; absent = the built-in one. */
  named: agentNameSchema.optional(),
  definitions: blobRefSchema.optional(),
  /** Where it works; null = nowhere. */
  place: z
    .object({
      lane: workspaceRefSchema,
      base: z.string().max(64),
      /** The commit that the session started from: nobody has checked what came since. */
      proven: z.string().max(64),
      branch: z.string().max(500),
      author: z.object({ name: z.string().max(500), email: z.string().max(500) }),
    })
    .nullable(),
  setup: workspaceSetupSchema.default(NO_SETUP),
  /** What the agent has to know before it reads the prompt: files that were taken back. */
  notes: z.array(z.string().max(500)).max(10),
});

type Request = z.output<typeof beginPromptSchema>;

const begunPromptSchema = z.object({
  prompt: blobRefSchema,
  frozen: frozenProfileSchema,
  /** The commit that the lane was laid out at; null without one. */
  head: z.string().max(64).nullable(),
});

const ENDED_BEFORE =
  'A prompt was ended from outside after its files were committed: they are here, and you may not know them. Read a file before you rely on what it held.';

/** A clean lane at the session's files, and what its agent is told. Fails with `ERR_DISK_FULL`, `ERR_SETUP_FAILED`. */
export const beginPromptStep = defineStep<RalphDependencies>()({
  input: beginPromptSchema,
  journal: {
    result: begunPromptSchema,
    identity: ({ turn, prompt, place }) => ({
      turn,
      prompt: prompt.digest,
      lane: place?.lane.id ?? null,
      base: place?.base ?? null,
    }),
  },
  holds: ({ place }) => (place === null ? [] : [place.lane.id]),
  claim: (input) => (input.place === null ? {} : planned(input, ['setup'])),
  async run(input, work) {
    const { dependencies } = work;
    await requireRoom(dependencies);
    const { guide, head } = await layOut(input, work);
    const said = await dependencies.blobs.getText(input.prompt);
    const { kind, named, definitions, place } = input;
    const notes = head === (place?.base ?? null) ? input.notes : [...input.notes, ENDED_BEFORE];
    return {
      head,
      prompt: await dependencies.blobs.put(renderPrompt(said, { ...input, notes }, guide)),
      frozen: await frozenAgent(dependencies, { kind, named, definitions }),
    };
  },
});

interface Guide {
  readonly path: string;
  readonly text: string;
}

async function layOut(
  { place, setup, runId, turn }: Request,
  work: RalphWork,
): Promise<{ readonly guide?: Guide | undefined; readonly head: string | null }> {
  if (place === null) return { head: null };
  const { gitDir } = await openWorkspace(work.dependencies.home, place.lane);
  const head = await standingHead(createGit({ gitDir }), { runId, head: place.base });
  const at = { ...place, base: head };
  const { lane, git } = await readyLane(work, { ...at, setup });
  await noteLaneOwner(lane, { runId, subtask: turnStory(turn), attempt: 1 });
  return { guide: await findGuide(git, at), head };
}

/** A prompt as the agent reads it: what the person said, and on the first what it has to know of the project. Pure. */
export function renderPrompt(
  said: string,
  {
    isFirst,
    setup,
    notes,
  }: Pick<Request, 'isFirst' | 'notes'> & { readonly setup: WorkspaceSetup },
  guide: Guide | undefined,
): string {
  const parts = [
    ...notes.map((note) => `[${note}]`),
    said,
    isFirst ? dependencies(setup) : '',
    isFirst && guide !== undefined ? `## Project guide (${guide.path})\n${guide.text.trim()}` : '',
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function dependencies({ steps }: WorkspaceSetup): string {
  if (steps.length === 0) return '';
  const commands = steps.map(({ command, folder }) => `- \`${command}\` in ${folder}`);
  return `## Dependencies\nThey are installed, and there is no network.\n${commands.join('\n')}`;
}
