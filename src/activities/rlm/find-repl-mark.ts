import { z } from 'zod';
import {
  blobRefSchema,
  modelReferenceSchema,
  newMessageSchema,
  rlmStateSchema,
  shortLine,
  type BlobRef,
  type ModelReference,
  type ReplNote,
} from '../../domain/index.js';
import type { BlobStore } from '../../platform/index.js';
import { defineStep } from '../lib/step.js';
import { callModelResultSchema } from '../model/call-model.js';
import { requestsNow } from './cell-requests.js';
import type { RlmDependencies } from './rlm-dependencies.js';
import { cellResultSchema } from './run-cell.js';
import { SpareReading } from './spare-reading.js';

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
    /** What stands for the conversation that ends with the reply, where it was shortened since; absent = it was not. */
    readonly shortened?: z.infer<typeof shortenedSchema>;
    /** The last step of its code; null = none of it was run. */
    readonly cell: {
      readonly index: number | null;
      readonly result: z.infer<typeof cellResultSchema>;
    } | null;
  } | null;
  /** The REPL, for a turn that is lost. */
  readonly journal: BlobRef | null;
  readonly answers: KnownAnswer[];
  /** Why some of it could not be read and is left out; absent = all of it could. */
  readonly unread?: string;
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
const shortenedSchema = callModelResultSchema.pick({
  head: true,
  depth: true,
  contextTokens: true,
});
const misfitSchema = z.object({ said: blobRefSchema, problems: z.array(z.string()) });

/**
 * Where the attempts before had come to in one REPL: its last turn with what was answered since, so that none of it is paid again. What
 * cannot be read of it is left out: the journal alone would do. Repeatable.
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
  async run(
    { runId, place, attempt, wave, subModel },
    { dependencies, attempt: tries },
  ): Promise<ReplMark> {
    const { readReplNotes } = dependencies;
    const reading = new SpareReading(tries);
    const all = await reading.of(async () => (await readReplNotes?.(runId, place)) ?? [], []);
    // a worker of the attempt before may have noted something when the next one had begun
    const notes = all
      .filter((note) => note.place === place && note.attempt < attempt)
      .toSorted((left, right) => left.attempt - right.attempt);
    const cell = notes.findLast((note) => note.kind === 'cell');
    const journal = cell?.journal ?? null;
    const open = { wave: wave ?? journal?.digest, isDirect: wave !== undefined };
    const answers = await answersOf(notes, open, { blobs: dependencies.blobs, reading });
    const turn = await reading.of(() => lastTurn(notes, { subModel, dependencies }), null);
    const { problem } = reading;
    return { turn, journal, answers, ...(problem === undefined ? {} : { unread: problem }) };
  },
});

/** The last turn that was noted, held to the price of `subModel`; null = there is none. */
async function lastTurn(
  notes: readonly ReplNote[],
  {
    subModel,
    dependencies,
  }: { subModel?: ModelReference | undefined; dependencies: RlmDependencies },
): Promise<ReplMark['turn']> {
  const last = notes.findLast((note) => note.kind === 'reply' || note.kind === 'cell');
  if (last === undefined) return null;
  const reply = notes.findLast(
    (note) => note.kind === 'reply' && note.conversation === last.conversation,
  );
  if (reply?.kind !== 'reply') return null;
  const { blobs } = dependencies;
  const shortened = await shortenedSince(notes, reply.conversation, blobs);
  const turn = {
    ...(await turnOf(reply, last, blobs)),
    ...(shortened === null ? {} : { shortened }),
  };
  const result = turn.cell?.result;
  if (result !== undefined && subModel !== undefined)
    result.requests = await requestsNow(result.requests, { subModel, dependencies });
  return turn;
}

/** The last of the conversations that stand for one; null = it was not shortened. */
async function shortenedSince(
  notes: readonly ReplNote[],
  conversation: string,
  blobs: BlobStore,
): Promise<z.infer<typeof shortenedSchema> | null> {
  let found: z.infer<typeof shortenedSchema> | null = null;
  for (const note of notes)
    if (note.kind === 'compaction' && note.conversation === (found?.head.digest ?? conversation))
      found = shortenedSchema.parse(JSON.parse(await blobs.getText(note.mark)));
  return found;
}

async function turnOf(
  { mark }: NoteOf<'reply'>,
  last: NoteOf<'reply' | 'cell'>,
  blobs: BlobStore,
): Promise<NonNullable<ReplMark['turn']>> {
  const { reply, rlm } = replySchema.parse(JSON.parse(await blobs.getText(mark)));
  if (last.kind === 'reply') return { reply, rlm, pending: [], cell: null };
  const { index, result, ...before } = cellSchema.parse(JSON.parse(await blobs.getText(last.mark)));
  return { reply, ...before, cell: { index, result } };
}

/** The last answer to each question of a wave; one that cannot be read is asked again. */
async function answersOf(
  notes: readonly ReplNote[],
  { wave, isDirect }: { readonly wave: string | undefined; readonly isDirect: boolean },
  { blobs, reading }: { readonly blobs: BlobStore; readonly reading: SpareReading },
): Promise<KnownAnswer[]> {
  const calls = new Map<number, NoteOf<'answer'>[]>();
  for (const note of notes)
    if (note.kind === 'answer' && note.wave === wave)
      calls.set(note.id, [...(calls.get(note.id) ?? []), note]);
  const known = await Promise.all(
    [...calls.values()].map((asked) => reading.of(() => answerOf(asked, isDirect, blobs), null)),
  );
  return known.filter((answer) => answer !== null);
}

/** How one question was answered, by what was noted of its calls. */
async function answerOf(
  asked: readonly NoteOf<'answer'>[],
  isDirect: boolean,
  blobs: BlobStore,
): Promise<KnownAnswer | null> {
  const note = asked.find(({ answer }) => answer !== null) ?? asked.at(-1);
  if (note === undefined) return null;
  const { id, answer, text, misfit } = note;
  if (answer !== null) {
    // it is read now, and not when a cell already runs on with it
    await blobs.get(answer);
    if (!isDirect) return { id, answer, text: null, preview: '' };
    const preview = text === null ? '' : (await blobs.getText(text)).slice(0, PREVIEW_LENGTH);
    return { id, answer, text, preview };
  }
  if (misfit === null) return null;
  const { said, problems } = misfitSchema.parse(JSON.parse(await blobs.getText(misfit)));
  await blobs.get(said);
  const told = problems.slice(0, MOST_PROBLEMS).map((one) => shortLine(one, PROBLEM_LENGTH));
  return { id, said, problems: told, calls: Math.max(...asked.map(({ call }) => call)) };
}
