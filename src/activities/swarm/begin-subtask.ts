import { z } from 'zod';
import { conflictSchema } from '../../contracts/index.js';
import {
  blobRefSchema,
  frozenProfileSchema,
  subtaskBeginSchema,
  type BlobRef,
  type Subtask,
} from '../../domain/index.js';
import type { BlobStore } from '../../platform/index.js';
import { defineStep, journaledFields, planned } from '../lib/step.js';
import { findGuide } from '../workspace/begin-story.js';
import { frozenAgent, type RalphDependencies, type RalphWork } from '../workspace/dependencies.js';
import { requireRoom } from '../workspace/free-space.js';
import { readyLane } from '../workspace/ready-lane.js';
import { lastAnswer } from '../model/last-answer.js';
import { noteLaneOwner } from './lane-owner.js';
import { renderConflict, renderSubtask, type EarlierResult } from './subtask-prompt.js';

const beginSubtaskSchema = z.object({
  ...journaledFields,
  ...subtaskBeginSchema.shape,
  /** Set for an agent that goes on because its work does not fit what landed meanwhile. */
  conflict: conflictSchema.optional(),
});

/** What {@link beginSubtask} needs. */
export type BeginSubtaskRequest = z.output<typeof beginSubtaskSchema>;

const begunSubtaskSchema = z.object({
  prompt: blobRefSchema,
  frozen: frozenProfileSchema,
});

type BegunSubtask = z.infer<typeof begunSubtaskSchema>;

/** A clean lane at its base and the agent's task. Fails with `ERR_DISK_FULL`, `ERR_SETUP_FAILED`. */
export const beginSubtaskStep = defineStep<RalphDependencies>()({
  input: beginSubtaskSchema,
  journal: {
    result: begunSubtaskSchema,
    identity: ({ subtask, attempt, place, conflict }) => ({
      subtask: subtask.id,
      attempt,
      lane: place?.lane.id ?? null,
      base: place?.base ?? null,
      conflict: conflict?.tree ?? null,
    }),
  },
  holds: ({ place }) => (place === null ? [] : [place.lane.id]),
  claim: (input) => planned(input, ['setup']),
  async run(input, work) {
    await requireRoom(work.dependencies);
    return beginSubtask(input, work);
  },
});

async function beginSubtask(input: BeginSubtaskRequest, work: RalphWork): Promise<BegunSubtask> {
  const { blobs } = work.dependencies;
  const guide = await prepareLane(input, work);
  const { taskRef } = input;
  const task = taskRef === undefined ? input.task : await blobs.getText(taskRef);
  const subtask = await wholeSubtask(input.subtask, blobs);
  const text =
    input.conflict === undefined
      ? renderSubtask(
          { ...input, subtask, task },
          { guide, results: await earlierResults(input, blobs) },
        )
      : renderConflict(input.subtask, input.conflict.files);
  const { agent } = input.subtask;
  const kind = input.place === null || agent === 'row' ? 'answer' : agent;
  const { named } = input.subtask;
  const frozen = await frozenAgent(work.dependencies, {
    kind,
    named: kind === 'answer' ? undefined : named,
    definitions: input.definitions,
  });
  const { model, contextWindow } = input.subtask;
  const own =
    model === undefined ? {} : { model, ...(contextWindow === undefined ? {} : { contextWindow }) };
  return { prompt: await blobs.put(text), frozen: { ...frozen, ...own } };
}

/** A long instruction lies in the store. */
async function wholeSubtask(subtask: Subtask, blobs: BlobStore): Promise<Subtask> {
  const { instructionRef } = subtask;
  return instructionRef === undefined
    ? subtask
    : { ...subtask, instruction: await blobs.getText(instructionRef) };
}

async function prepareLane(
  { place, setup, conflict, runId, subtask, attempt }: BeginSubtaskRequest,
  work: RalphWork,
): Promise<{ path: string; text: string } | undefined> {
  if (place === null) return undefined;
  const { lane, git } = await readyLane(work, { ...place, setup, onTop: conflict?.tree });
  await noteLaneOwner(lane, { runId, subtask: subtask.id, attempt });
  return findGuide(git, place);
}

/** Characters of all earlier results together, and of one: more is read in the files, or asked for. */
const RESULTS_LIMIT = 24_000;
const RESULT_LIMIT = 6_000;

async function earlierResults(
  { results }: BeginSubtaskRequest,
  blobs: BlobStore,
): Promise<EarlierResult[]> {
  const share = Math.min(RESULT_LIMIT, Math.floor(RESULTS_LIMIT / Math.max(1, results.length)));
  const texts = results.map(async ({ id, conversation, files, fileCount }) => ({
    id,
    files,
    fileCount: fileCount ?? files.length,
    text: await textOf(conversation, blobs, share),
  }));
  return Promise.all(texts);
}

async function textOf(ref: BlobRef | null, blobs: BlobStore, limit: number): Promise<string> {
  if (ref === null) return '';
  const text = await lastAnswer(ref, blobs);
  return text.length <= limit ? text : `${text.slice(0, limit)}\n[cut]`;
}
