import { z } from 'zod';
import { InvalidInputError } from '../light/error.js';
import { MOST_SESSION_TURNS } from './session.js';

/** Characters of one prompt or answer in an exported session. */
const LONGEST_TEXT = 1_000_000;

/** One prompt of an exported session and its answer. */
const exportedTurnSchema = z.object({
  turn: z.number().int().positive(),
  at: z.iso.datetime(),
  model: z.string().min(1).max(300),
  prompt: z.string().min(1).max(LONGEST_TEXT),
  /** Null where it was not answered. */
  answer: z.string().max(LONGEST_TEXT).nullable(),
});

/** See {@link exportedTurnSchema}. */
export type ExportedTurn = z.infer<typeof exportedTurnSchema>;

/** A session as a file: what was said, without tools, files and what they found. */
export const sessionExportSchema = z.object({
  format: z.literal('codetether-session'),
  version: z.literal(1),
  session_id: z.string().min(1).max(64),
  title: z.string().max(2000),
  agent: z.string().min(1).max(64),
  started_at: z.iso.datetime(),
  turns: z.array(exportedTurnSchema).max(MOST_SESSION_TURNS),
});

/** See {@link sessionExportSchema}. */
export type SessionExport = z.infer<typeof sessionExportSchema>;

const PROBLEMS_SHOWN = 10;

/** An exported session, read. Throws InvalidInputError `ERR_SESSION_EXPORT` with the field and line of each problem. */
export function parseSessionExport(
  value: unknown,
  file: string,
  lineOf: (path: readonly (string | number)[]) => number | undefined,
): SessionExport {
  const parsed = sessionExportSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => {
    const keys = path.map((key) => (typeof key === 'number' ? key : String(key)));
    return { field: keys.join('.'), line: lineOf(keys), message };
  });
  const lines = problems.slice(0, PROBLEMS_SHOWN).map(({ field, line, message }) => {
    const place = line === undefined ? '' : `line ${line}, `;
    return `  ${place}${field === '' ? 'the file' : field}: ${message}`;
  });
  const more = problems.length - lines.length;
  throw new InvalidInputError('ERR_SESSION_EXPORT', {
    message: `this is no exported session:\n${lines.join('\n')}${more > 0 ? `\n  and ${more} more` : ''}`,
    where: { file },
    hint: 'make it with: codetether session export ID --format json -o FILE; nothing was imported',
    data: { problems: problems.slice(0, PROBLEMS_SHOWN) },
  });
}
