import { z } from 'zod';
import { visible, visibleLine } from '../../domain/index.js';

/** One comment of a person on a line of a diff. */
export const lineCommentSchema = z.strictObject({
  file: z.string().min(1).max(500),
  line: z.int().positive().max(10_000_000),
  /** `old` = a line that the story removed. */
  side: z.enum(['new', 'old']).default('new'),
  /** The line as it was shown. */
  quote: z.string().max(300).default(''),
  text: z.string().min(1).max(2000),
});

/** See {@link lineCommentSchema}. */
export type LineComment = z.infer<typeof lineCommentSchema>;

/** Characters of what an agent is told of all comments. */
export const CHANGES_LIMIT = 8000;

/** What the agent of the next attempt is told: each comment with its file and line. Pure. */
export function changesText(comments: readonly LineComment[], note: string): string {
  const lines = comments.map(({ file, line, side, quote, text }) => {
    const where = `${visibleLine(file)} line ${line}${side === 'old' ? ' (removed)' : ''}`;
    const shown = visibleLine(quote);
    return `- ${where}${shown === '' ? '' : `: \`${shown.replaceAll('`', "'")}\``}\n  ${visible(text.trim()).replaceAll('\n', '\n  ')}`;
  });
  const words = visible(note.trim());
  return [
    'The work of an earlier attempt is in your files already. The person who owns it has looked at it and asks for changes; do them, and keep the rest.',
    ...(words === '' ? [] : [words]),
    ...(lines.length === 0 ? [] : [lines.join('\n')]),
  ].join('\n\n');
}
