import { structuredPatch } from 'diff';
import { similarity } from '../closest-name.js';
import type { EditRequest } from './edit-match.js';
import { lineAt, splitLines } from './text-lines.js';

/** A block less alike than this would mislead more than help. */
const MIN_SIMILARITY = 0.4;
const MAX_DIFF_LINES = 30;
const MAX_LISTED_LINES = 20;
/** Lines of the wanted text that take part in the search for the nearest block. */
const PROBE_LINES = 12;
const MAX_SEARCHED_LINES = 20_000;
/** Of a file that is searched for the nearest block; the search is a help, not the work. */
const MAX_SEARCHED_CHARACTERS = 1024 * 1024;
/** Of a line that is compared. */
const PROBE_LENGTH = 200;
/** Of both blocks that a difference is shown of. */
const MAX_DIFF_INPUT_LINES = 400;
const MAX_EDITS = 400;
/** A shorter text stands in most files by chance, so its presence proves nothing. */
const MIN_APPLIED_LENGTH = 12;

/** The number of the line at which the new text already stands, or undefined when the edit was not applied before. */
export function appliedAt(text: string, request: EditRequest): number | undefined {
  const wanted = request.newText.trim();
  if (wanted.length < MIN_APPLIED_LENGTH || request.oldText.includes(wanted)) return undefined;
  const at = text.indexOf(wanted);
  return at < 0 ? undefined : lineAt(text, at);
}

/** Says that the old text stands at several places, and what to do. */
export function explainAmbiguous(path: string, text: string, starts: readonly number[]): string {
  const lines = starts.slice(0, MAX_LISTED_LINES).map((start) => lineAt(text, start));
  const more = starts.length > MAX_LISTED_LINES ? ', …' : '';
  return `${path}: old_string matches ${starts.length} places (lines ${lines.join(', ')}${more}). Add lines around it until only one is left, or set replace_all.`;
}

/** What is looked for and what to do again, in the words of the tool that the model called. */
export interface MissingWords {
  readonly wanted: string;
  readonly work: string;
}

const EDIT_WORDS: MissingWords = { wanted: 'old_string is', work: 'edit' };

/** A text that is looked for in a file. */
export interface MissingText {
  readonly path: string;
  readonly text: string;
  readonly oldText: string;
}

/** Says that the old text is not there, with the nearest block and how it differs. */
export function explainMissing(
  { path, text, oldText }: MissingText,
  words: MissingWords = EDIT_WORDS,
): string {
  const nearest = nearestBlock(text, oldText);
  if (nearest === undefined) {
    return `${path}: ${words.wanted} not in the file, and nothing like it. Read the file again; perhaps it is another file (grep for a word of it).`;
  }
  const { first, last, block } = nearest;
  const lines = first === last ? `line ${first}` : `lines ${first}-${last}`;
  return `${path}: ${words.wanted} not in the file. Nearest is ${lines}; - is your text, + is the file:\n${shortDiff(oldText, block)}\nCopy the text from the file and repeat the ${words.work}.`;
}

interface NearestBlock {
  readonly first: number;
  readonly last: number;
  readonly block: string;
}

function nearestBlock(text: string, oldText: string): NearestBlock | undefined {
  const lines = splitLines(text.slice(0, MAX_SEARCHED_CHARACTERS)).slice(0, MAX_SEARCHED_LINES);
  const wanted = splitLines(oldText.slice(0, MAX_SEARCHED_CHARACTERS)).map((line) =>
    line.text.slice(0, PROBE_LENGTH).trim(),
  );
  const probes = [...wanted.entries()].filter(([, line]) => line !== '').slice(0, PROBE_LINES);
  if (probes.length === 0 || lines.length === 0) return undefined;
  const trimmed = lines.map((line) => line.text.slice(0, PROBE_LENGTH).trim());
  let best = { score: 0, from: 0 };
  for (let from = 0; from < lines.length; from += 1) {
    let score = 0;
    for (const [offset, probe] of probes) score += similarity(probe, trimmed[from + offset] ?? '');
    if (score > best.score) best = { score, from };
  }
  if (best.score / probes.length < MIN_SIMILARITY) return undefined;
  const block = lines.slice(best.from, best.from + wanted.length);
  const end = block.at(-1)?.end ?? 0;
  return {
    first: best.from + 1,
    last: best.from + block.length,
    block: text.slice(block[0]?.start ?? 0, end),
  };
}

function shortDiff(wanted: string, found: string): string {
  const patch = structuredPatch('', '', beginning(wanted), beginning(found), undefined, undefined, {
    context: 1,
    maxEditLength: MAX_EDITS,
  });
  if (patch === undefined) return '(the two differ in too much to show)';
  const lines = patch.hunks.flatMap((hunk) => hunk.lines).filter((line) => !line.startsWith('\\'));
  const shown = lines.slice(0, MAX_DIFF_LINES).map((line) => line.replace(/\r$/, '').slice(0, 200));
  if (lines.length > MAX_DIFF_LINES) shown.push(`(${lines.length - MAX_DIFF_LINES} more lines)`);
  return shown.length === 0
    ? '(the lines are the same; only their line ends differ)'
    : shown.join('\n');
}

/** Enough of a block for a short difference. */
function beginning(text: string): string {
  const lines = splitLines(text.slice(0, MAX_SEARCHED_CHARACTERS)).slice(0, MAX_DIFF_INPUT_LINES);
  return lines
    .map(({ start, end, next }) => {
      const whole = text.slice(start, next === end ? end : next - 1);
      return `${whole.slice(0, 2 * PROBE_LENGTH)}\n`;
    })
    .join('');
}
