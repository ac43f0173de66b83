import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import { toJsonSchema } from '../tool-schema.js';
import { editFields, editText, refuseEdit, type EditInput } from './edit-text.js';
import type { ToolContext } from '../tool.js';
import {
  createWorkingFiles,
  type FinishedFiles,
  type WorkingFile,
  type WorkingFiles,
} from './working-files.js';

/** Each may look at a whole file; a hundred is more than a model gets right in one go. */
const MAX_EDITS = 100;

const oneEdit = z.object({ ...editFields, path: editFields.path.optional() });

/** As the model is told: a flat list, with `path` beside it or in each. */
const told = z.object({
  path: editFields.path.optional().describe('of edits without one'),
  edits: z.array(oneEdit),
});

/** As it is taken: also a list of `{path, edits}`. */
const taken = {
  ...told.shape,
  edits: z
    .array(
      z.object({
        path: z.string().optional(),
        old_string: z.string().optional(),
        new_string: z.string().optional(),
        replace_all: z.boolean().optional(),
        edits: z.array(oneEdit).optional(),
      }),
    )
    .min(1),
};

/** Fields of a list of edits as a tool takes them. */
export const editListFields = taken;

/** Input of a tool that takes a list of edits. */
export interface EditListInput {
  readonly path?: string | undefined;
  readonly edits: readonly z.infer<typeof taken.edits>[number][];
}

/** The JSON Schema that a model is told of a list of edits. */
export function editListSchema(): Readonly<Record<string, unknown>> {
  return toJsonSchema(told);
}

/** The edits one after the other, or a sentence for the model about what is missing. */
export function flattenEdits(input: EditListInput): EditInput[] | string {
  const entries = input.edits.flatMap((entry) =>
    entry.edits === undefined
      ? [entry]
      : entry.edits.map((edit) => ({ ...edit, path: edit.path ?? entry.path })),
  );
  if (entries.length > MAX_EDITS)
    return `${entries.length} edits; at most ${MAX_EDITS} in one call. Do it in several calls.`;
  const flat: EditInput[] = [];
  for (const [at, entry] of entries.entries()) {
    const { old_string, new_string, replace_all } = entry;
    const path = entry.path ?? input.path;
    if (path === undefined || old_string === undefined || new_string === undefined) {
      return `edit ${at + 1} of ${entries.length}: path, old_string and new_string are needed. Nothing was changed.`;
    }
    flat.push({ path, old_string, new_string, replace_all });
  }
  return flat;
}

/** What became of a list of edits in memory. */
export type EditListOutcome =
  | { readonly kind: 'edited'; readonly lines: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string };

/** What a list of edits comes to, or a sentence for the model about why not; nothing is written by it. */
export type EditedFiles =
  | {
      readonly kind: 'edited';
      readonly files: readonly WorkingFile[];
      /** What each edit did. */
      readonly lines: readonly string[];
      readonly finished: Extract<FinishedFiles, { kind: 'changes' }>;
    }
  | { readonly kind: 'refused'; readonly reason: string };

/** Makes edits in memory, in order, and works out what they change: all or none. */
export async function editFiles(
  context: ToolContext,
  edits: readonly EditInput[],
): Promise<EditedFiles> {
  const files = createWorkingFiles(context);
  const outcome = await makeEdits(files, edits);
  if (outcome.kind === 'refused') return outcome;
  const finished = files.finish();
  if (finished.kind === 'refused') return finished;
  return { kind: 'edited', files: files.all(), lines: outcome.lines, finished };
}

/** Makes the edits in order, each on what those before it left; the first that fails ends it. Writes nothing. */
export async function makeEdits(
  files: WorkingFiles,
  edits: readonly EditInput[],
): Promise<EditListOutcome> {
  const lines: string[] = [];
  for (const [at, edit] of edits.entries()) {
    // A lenient search in a large file takes a while; the worker does other things in between.
    await nextTurn();
    const answer = await makeEdit(files, edit);
    if (answer.isMade) lines.push(answer.text);
    else return { kind: 'refused', reason: refusal(answer.text, at, edits.length) };
  }
  return { kind: 'edited', lines };
}

async function makeEdit(
  files: WorkingFiles,
  edit: EditInput,
): Promise<{ isMade: boolean; text: string }> {
  const senseless = refuseEdit(edit);
  if (senseless !== undefined) return { isMade: false, text: senseless };
  const opened = await files.open(edit.path);
  if (opened.kind === 'refused') return { isMade: false, text: opened.reason };
  const { working } = opened;
  if (working.text === undefined) return { isMade: false, text: working.missing };
  const outcome = editText({ text: working.text, isCurrent: working.isCurrent }, edit);
  if (outcome.kind === 'refused') return { isMade: false, text: outcome.reason };
  if (outcome.kind === 'already')
    return { isMade: true, text: outcome.reason.replace(/ Nothing was changed\.$/, '') };
  working.text = outcome.text;
  const excess = files.excess();
  if (excess !== undefined) return { isMade: false, text: excess };
  return { isMade: true, text: `${edit.path} ${outcome.where}` };
}

function refusal(reason: string, at: number, count: number): string {
  const earlier = at === 0 ? '' : ' Edits before it count: each works on what they leave.';
  return `edit ${at + 1} of ${count}: ${reason}\nNo file was changed: all edits are made or none.${earlier}`;
}

interface Pathed {
  readonly path?: string | undefined;
  readonly edits?: readonly Pathed[] | undefined;
}

/** Every path that a list of edits names, however deep; for rules of people. */
export function pathsWithin({ path, edits = [] }: Pathed): string[] {
  const own = path === undefined ? [] : [path];
  return [...new Set([...own, ...edits.flatMap(pathsWithin)])];
}
