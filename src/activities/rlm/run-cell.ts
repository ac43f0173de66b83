import { z } from 'zod';
import {
  blobRefSchema,
  conversationNodeSchema,
  evidenceSpanSchema,
  modelText,
  replRequestSchema,
  rlmTaskSchema,
  settledRequestSchema,
  type BlobRef,
  type ToolCall,
} from '../../domain/index.js';
import { redactText } from '../../observability/index.js';
import { addToJournal, sha256, type BlobStore } from '../../platform/index.js';
import {
  cellOf,
  endsOf,
  operationCode,
  readManifest,
  type CellStep,
  type ReplPlace,
  type ReplStep,
} from '../../rlm/index.js';
import { defineStep, journaledFields, type StepWork } from '../lib/step.js';
import { cellMarkSchema, noteQuietly, putMark } from '../model/note-repl.js';
import { requestOf } from './cell-requests.js';
import { examineFinal, finalSchema } from './final-answer.js';
import type { RlmModels } from './rlm-dependencies.js';

const runCellSchema = z.object({
  key: journaledFields.key,
  runId: journaledFields.runId,
  /** Names the REPL; the same for all of its steps. */
  node: z.string(),
  task: rlmTaskSchema,
  journal: blobRefSchema.nullable(),
  /** The journal before the cell that is open. */
  before: blobRefSchema.nullable(),
  what: z.discriminatedUnion('kind', [
    /** The code in the last answer of a conversation. */
    z.object({ kind: z.literal('reply'), conversation: blobRefSchema }),
    /** One of the tool calls in it. */
    z.object({
      kind: z.literal('call'),
      conversation: blobRefSchema,
      index: z.number().int().nonnegative(),
    }),
    /** The ends of the questions that it waits for. */
    z.object({ kind: z.literal('settle'), results: z.array(settledRequestSchema) }),
  ]),
  /** How the REPL stands before it; absent = it is not noted. */
  mark: cellMarkSchema.optional(),
});

type CellRequest = z.output<typeof runCellSchema>;

/** What a step of a cell came to. */
export const cellResultSchema = z.object({
  journal: blobRefSchema.nullable(),
  stateHash: z.string(),
  /** False = it waits for the questions. */
  isDone: z.boolean(),
  requests: z.array(replRequestSchema),
  /** What the model is told; null while it waits, and where there was no code. */
  output: z.object({ ref: blobRefSchema, preview: z.string() }).nullable(),
  /** It failed, or was killed. */
  isError: z.boolean(),
  hasLooked: z.boolean(),
  /** The answer held no code. */
  isProse: z.boolean(),
  /** What it searched for or printed that is in the input, byte for byte; absent = nothing. */
  seen: z.array(evidenceSpanSchema).max(50).optional(),
  final: finalSchema.nullable(),
});

/** See {@link runCellStep}. */
export type CellResult = z.infer<typeof cellResultSchema>;

/** Characters of output that the model is shown of one cell. */
export const OUTPUT_LIMIT = 4000;
const PREVIEW_LENGTH = 500;
const MOST_CHANGES = 12;
const CHARACTERS_PER_TOKEN = 3;
/** Part of the sub-model's window that a prompt may fill, and that a usual piece does (facts: small pieces halve the error of counts). */
const PROMPT_SHARE = 0.75;
const PIECE_SHARE = 0.2;

/**
 * Runs a cell until it has ended or only waits for questions, and keeps what it made of the REPL. Idempotent by step key; a REPL that is gone
 * is made again from its journal. A cell that fails is a result.
 */
export const runCellStep = defineStep<RlmModels>()({
  input: runCellSchema,
  journal: {
    result: cellResultSchema,
    identity: ({ node, journal, what }) => ({
      node,
      journal: journal?.digest ?? null,
      what: sha256(JSON.stringify(what)),
    }),
  },
  run: runCell,
  settled: (request, result, dependencies) =>
    request.mark === undefined
      ? undefined
      : noteCell(request, request.mark, { result, dependencies }),
});

async function runCell(request: CellRequest, work: StepWork<RlmModels>): Promise<CellResult> {
  const { dependencies, signal } = work;
  const { blobs, repls } = dependencies;
  const { task, journal, before } = request;
  const place = placeOf(request, blobs);
  const step = await stepOf(request, blobs);
  if ('problem' in step) return spoken({ journal, text: step.problem, isProse: false }, blobs);
  if (step.kind === 'none') return spoken({ journal, text: '', isProse: true }, blobs);
  const { outcome, kept } = await repls.step(place, step, signal);
  if (outcome.kind === 'killed') {
    const text = `The cell was ended: ${outcome.reason}. What it changed is gone; variables are as they were before it.`;
    return spoken({ journal: before, text, isProse: false }, blobs);
  }
  const { step: done } = outcome;
  const next = await addToJournal(journal, entryOf(request, step, done.hash), blobs);
  kept(next);
  const output = done.isDone ? await outputOf(done, blobs) : null;
  const final =
    done.final === null || !done.isDone
      ? null
      : await examineFinal(done.final, { place, repls, blobs, schema: task.schema, signal });
  return {
    journal: next,
    stateHash: done.hash,
    isDone: done.isDone,
    requests: await Promise.all(
      done.questions.map((asked) => requestOf(asked, { task, dependencies })),
    ),
    output,
    isError: done.error !== null,
    hasLooked: done.hasLooked,
    isProse: false,
    ...(done.seen.length === 0
      ? {}
      : { seen: done.seen.map((span) => ({ ...span, quote: redactText(span.quote) })) }),
    final,
  };
}

function noteCell(
  { runId }: CellRequest,
  { place, attempt, conversation, ...before }: z.infer<typeof cellMarkSchema>,
  { result, dependencies }: { readonly result: CellResult; readonly dependencies: RlmModels },
): Promise<void> {
  return noteQuietly(dependencies, runId, async () => ({
    version: 1,
    kind: 'cell',
    place,
    attempt,
    conversation,
    journal: result.journal,
    mark: await putMark(dependencies.blobs, { ...before, result }),
  }));
}

/** A result without a step. */
async function spoken(
  said: { readonly journal: BlobRef | null; readonly text: string; readonly isProse: boolean },
  blobs: BlobStore,
): Promise<CellResult> {
  const { journal, text, isProse } = said;
  return {
    journal,
    stateHash: '',
    isDone: true,
    requests: [],
    output: isProse ? null : { ref: await blobs.put(text), preview: text.slice(0, PREVIEW_LENGTH) },
    isError: true,
    hasLooked: false,
    isProse,
    final: null,
  };
}

function placeOf({ node, task, journal }: CellRequest, blobs: BlobStore): ReplPlace {
  // a journal is replayed with what it was written with, whatever model answers now
  const window = task.engineWindow ?? task.subWindow;
  const promptTokens = Math.floor(window * PROMPT_SHARE);
  return {
    node,
    journal,
    readManifest: () => readManifest(task.context, blobs),
    settings: {
      promptTokens,
      chunkBytes: Math.floor(window * PIECE_SHARE) * CHARACTERS_PER_TOKEN,
      levels: task.maxDepth - task.depth,
      outputLimit: OUTPUT_LIMIT,
      // the same in a retry and in the next question of a session
      seed: task.context.digest,
      nowMs: 0,
    },
  };
}

async function stepOf(
  { what }: CellRequest,
  blobs: BlobStore,
): Promise<ReplStep | { readonly kind: 'none' } | { readonly problem: string }> {
  if (what.kind === 'settle') return { kind: 'settle', ends: await endsOf(what.results, blobs) };
  const node = conversationNodeSchema.parse(JSON.parse(await blobs.getText(what.conversation)));
  const message = node.messages.findLast(({ role }) => role === 'assistant');
  if (what.kind === 'reply') {
    const code = cellOf(message?.content ?? '');
    return code === undefined ? { kind: 'none' } : { kind: 'run', code };
  }
  return callStep(message?.role === 'assistant' ? message.toolCalls[what.index] : undefined);
}

function callStep(call: ToolCall | undefined): ReplStep | { readonly problem: string } {
  const made = operationCode(call?.name ?? '', call?.arguments ?? '');
  return 'problem' in made ? made : { kind: 'run', code: made.code };
}

function entryOf({ what }: CellRequest, step: ReplStep, hash: string) {
  return step.kind === 'run'
    ? ({ kind: 'cell', code: step.code, hash } as const)
    : ({ kind: 'settled', results: what.kind === 'settle' ? what.results : [], hash } as const);
}

async function outputOf(step: CellStep, blobs: BlobStore): Promise<CellResult['output']> {
  const { output, cut, error, changed } = step;
  const shown = changed.slice(0, MOST_CHANGES);
  const parts = [
    output,
    cut === 0 ? '' : `[${cut} more characters: print less, or search]`,
    error === null ? '' : `Error: ${error}`,
    shown.length === 0
      ? ''
      : `Variables: ${shown.join('; ')}${changed.length > shown.length ? '; …' : ''}`,
  ].filter((part) => part !== '');
  const text = redactText(
    modelText(parts.join('\n') || 'The cell ran; it printed nothing.', OUTPUT_LIMIT * 2),
  );
  return { ref: await blobs.put(text), preview: text.slice(0, PREVIEW_LENGTH) };
}
