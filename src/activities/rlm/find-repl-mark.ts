import { z } from 'zod';
import {
  blobRefSchema,
  modelReferenceSchema,
  newMessageSchema,
  rlmStateSchema,
  shortLine,
  type BlobRef,
  type ReplNote,
} from '../../domain/index.js';
import type { BlobStore } from '../../platform/index.js';
import { defineStep } from '../lib/step.js';
import { callModelResultSchema } from '../model/call-model.js';
import { requestsNow } from './cell-requests.js';
import type { RlmDependencies } from './rlm-dependencies.js';
import { cellResultSchema } from './run-cell.js';

type NoteOf<Kind extends ReplNote['kind']> = Extract<ReplNote, { readonly kind: Kind }>;

/** How an earlier attempt was answered a question that its cell still waited for. */
export type KnownAnswer =
  | {
      readonly id: number;
      readonly answer: BlobRef;
      /** The same as text, and its beginning, where one call was to answer the question; else null and empty. */
      readonly text: BlobRef | null;
      readonly preview: string;
    }
  /** It did not fit its schema, after so many calls. */
  | {
      readonly id: number;
      readonly said: BlobRef;
      readonly problems: string[];
      readonly calls: number;
    };

/** Where an earlier attempt had come to. */
export interface ReplMark {
  /** The last turn; null = there is none. */
  readonly turn: {
    readonly reply: z.infer<typeof callModelResultSchema>;
    /** How the REPL stood before its last step. */
    readonly rlm: z.infer<typeof rlmStateSchema>;
    readonly pending: z.infer<typeof newMessageSchema>[];
    /** The last step of its code; null = none of it was run. */
    readonly cell: {
      readonly index: number | null;
      readonly result: z.infer<typeof cellResultSchema>;
    } | null;
  } | null;
  /** The REPL, for a turn that is lost. */
  readonly journal: BlobRef | null;
  readonly answers: KnownAnswer[];
}

const PREVIEW_LENGTH = 500;
/** What is told of the problems of one answer: a wave may hold hundreds of them. */
const MOST_PROBLEMS = 3;
const PROBLEM_LENGTH = 200;

const replySchema = z.object({ rlm: rlmStateSchema, reply: callModelResultSchema });
const cellSchema = z.object({
  rlm: rlmStateSchema,
  pending: z.array(newMessageSchema),
  index: z.number().int().nonnegative().nullable(),
  result: cellResultSchema,
});
const misfitSchema = z.object({ said: blobRefSchema, problems: z.array(z.string()) });

/**
 * Where the attempts before had come to in one REPL: its last turn with what was answered since, so that none of it is paid again. Repeatable.
 */
export const findReplMarkStep = defineStep<RlmDependencies>()({
  input: z.object({
    runId: z.string().min(1),
    place: z.string().min(1),
    /** Notes of this attempt and later ones do not count. */
    attempt: z.number().int().positive(),
    /** What was open, where it is no REPL. */
    wave: z.string().optional(),
    /** Who is asked now what is still open; absent = who was asked before. */
    subModel: modelReferenceSchema.optional(),
  }),
  async run({ runId, place, attempt, wave, subModel }, { dependencies }): Promise<ReplMark> {
    const { blobs, readReplNotes } = dependencies;
    const all = (await readReplNotes?.(runId)) ?? [];
    // a worker of the attempt before may have noted something when the next one had begun
    const notes = all
      .filter((note) => note.place === place && note.attempt < attempt)
      .toSorted((left, right) => left.attempt - right.attempt);
    const last = notes.findLast(({ kind }) => kind !== 'answer');
    const cell = notes.findLast((note) => note.kind === 'cell');
    const journal = cell?.journal ?? null;
    const answers = await answersOf(
      notes,
      { wave: wave ?? journal?.digest, isDirect: wave !== undefined },
      blobs,
    );
    if (last === undefined || last.kind === 'answer') return { turn: null, journal, answers };
    const reply = notes.findLast(
      (note) => note.kind === 'reply' && note.conversation === last.conversation,
    );
    const turn = reply?.kind === 'reply' ? await turnOf(reply, last, blobs) : null;
    const result = turn?.cell?.result;
    if (result !== undefined && subModel !== undefined)
      result.requests = await requestsNow(result.requests, { subModel, dependencies });
    return { turn, journal, answers };
  },
});

async function turnOf(
  { mark }: NoteOf<'reply'>,
  last: NoteOf<'reply' | 'cell'>,
  blobs: BlobStore,
): Promise<ReplMark['turn']> {
  const { reply, rlm } = replySchema.parse(JSON.parse(await blobs.getText(mark)));
  if (last.kind === 'reply') return { reply, rlm, pending: [], cell: null };
  const { index, result, ...before } = cellSchema.parse(JSON.parse(await blobs.getText(last.mark)));
  return { reply, ...before, cell: { index, result } };
}

/** The last answer to each question of a wave. */
async function answersOf(
  notes: readonly ReplNote[],
  { wave, isDirect }: { readonly wave: string | undefined; readonly isDirect: boolean },
  blobs: BlobStore,
): Promise<KnownAnswer[]> {
  const calls = new Map<number, NoteOf<'answer'>[]>();
  for (const note of notes)
    if (note.kind === 'answer' && note.wave === wave)
      calls.set(note.id, [...(calls.get(note.id) ?? []), note]);
  const known = await Promise.all(
    [...calls].map(async ([id, asked]): Promise<KnownAnswer | null> => {
      const {
        answer = null,
        text = null,
        misfit = null,
      } = asked.find((note) => note.answer !== null) ?? asked.at(-1) ?? {};
      if (answer !== null && !isDirect) return { id, answer, text: null, preview: '' };
      if (answer !== null) {
        const preview = text === null ? '' : (await blobs.getText(text)).slice(0, PREVIEW_LENGTH);
        return { id, answer, text, preview };
      }
      if (misfit === null) return null;
      const { said, problems } = misfitSchema.parse(JSON.parse(await blobs.getText(misfit)));
      const told = problems.slice(0, MOST_PROBLEMS).map((one) => shortLine(one, PROBLEM_LENGTH));
      return { id, said, problems: told, calls: Math.max(...asked.map(({ call }) => call)) };
    }),
  );
  return known.filter((answer) => answer !== null);
}
