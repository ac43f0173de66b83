import { z } from 'zod';
import { appliedAt, explainAmbiguous, explainMissing } from './edit-failure.js';
import {
  applyEdits,
  findEdits,
  MAX_CHARACTERS,
  type EditMatches,
  type MatchKind,
} from './edit-match.js';
import { lineAt, MAX_MATCHES } from './text-lines.js';

/** One replacement in a file, as a model asks for it. */
export const editFields = {
  path: z.string().min(1),
  old_string: z.string().describe('exact text, without line numbers; must match one place'),
  new_string: z.string(),
  replace_all: z.boolean().optional(),
};

/** See {@link editFields}. */
export interface EditInput {
  readonly path: string;
  readonly old_string: string;
  readonly new_string: string;
  readonly replace_all?: boolean | undefined;
}

/** What became of one replacement; every sentence is for the model. */
export type EditOutcome =
  | { readonly kind: 'edited'; readonly text: string; readonly where: string }
  | { readonly kind: 'already'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** A text to edit, without its byte order mark. */
export interface EditedText {
  readonly text: string;
  /** The model knows the present version of the file. */
  readonly isCurrent: boolean;
}

const MATCHED_BY: Readonly<Record<Exclude<MatchKind, 'exact'>, string>> = {
  'line-endings': 'line endings differed',
  'trailing-blanks': 'blanks at line ends differed',
  indentation: 'indentation differed; the new text was shifted alike',
  punctuation:
    'characters that read alike were stored in another form (typographic or decomposed); what you did not change stays so',
  anchors:
    'only first and last line matched exactly; the block between was at least 80% alike. Check the result',
};
const MAX_LISTED_LINES = 20;

/** Why a replacement makes no sense in any file; undefined when it does. */
export function refuseEdit(input: EditInput): string | undefined {
  if (input.old_string === '')
    return `${input.path}: old_string is empty; use write_file to create a file.`;
  if (input.old_string === input.new_string)
    return `${input.path}: old_string and new_string are the same.`;
  return undefined;
}

/** Replaces in a text what `input` asks for, or says why not. Pure. */
export function editText({ text, isCurrent }: EditedText, input: EditInput): EditOutcome {
  const request = {
    oldText: input.old_string.replace(/^\uFEFF/, ''),
    newText: input.new_string.replace(/^\uFEFF/, ''),
  };
  const found = findEdits(text, request);
  if (found === undefined) {
    const line = appliedAt(text, request);
    if (line === undefined) {
      const missing = { path: input.path, text, oldText: request.oldText };
      return { kind: 'refused', reason: explainMissing(missing) };
    }
    const reason = `${input.path}: already applied: new_string stands at line ${line} and old_string is gone. Nothing was changed.`;
    return { kind: 'already', reason };
  }
  const starts = found.matches.map((match) => match.start);
  if (starts.length > 1 && input.replace_all !== true)
    return { kind: 'refused', reason: explainAmbiguous(input.path, text, starts) };
  const tooMuch = refuseGrowth(input.path, text, found);
  if (tooMuch !== undefined) return { kind: 'refused', reason: tooMuch };
  if (found.kind !== 'exact' && !isCurrent) {
    const reason = `${input.path}: old_string is not there exactly, and you have not seen the present version of the file. Read it, then repeat the edit.`;
    return { kind: 'refused', reason };
  }
  return { kind: 'edited', text: applyEdits(text, found.matches), where: describe(text, found) };
}

/** Before the new text is made: edits that double a text make it larger than memory. */
function refuseGrowth(path: string, text: string, { matches }: EditMatches): string | undefined {
  if (matches.length > MAX_MATCHES)
    return `${path}: old_string stands in more than ${MAX_MATCHES} places. Make it longer, or use bash.`;
  const growth = matches.reduce(
    (sum, { start, end, replacement }) => sum + replacement.length - (end - start),
    0,
  );
  if (growth <= 0 || text.length + growth <= MAX_CHARACTERS) return undefined;
  return `${path}: it would have ${text.length + growth} characters; at most ${MAX_CHARACTERS}. Replace less of it, or use bash.`;
}

function describe(text: string, { kind, matches }: EditMatches): string {
  const count = matches.length;
  const lines = matches.slice(0, MAX_LISTED_LINES).map((match) => lineAt(text, match.start));
  const places = count === 1 ? '1 place' : `${count} places`;
  const more = count > MAX_LISTED_LINES ? ', …' : '';
  const remark = kind === 'exact' ? '' : ` Not an exact match: ${MATCHED_BY[kind]}.`;
  return `at ${places} (line${count === 1 ? '' : 's'} ${lines.join(', ')}${more}).${remark}`;
}
