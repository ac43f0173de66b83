import type { z } from 'zod';
import { InvalidInputError } from '../../domain/light/index.js';
import type { TomlFile } from '../toml-file.js';
import { knownKeys } from './schema-keys.js';

/** The settings of a document, or everything in it that the schema refuses. */
export type Parsed<Settings> =
  | { readonly settings: Settings }
  | { readonly problems: readonly InvalidInputError[] };

/** Parses what a file says; every problem has its file, line and key, and an unknown key the nearest known one. */
export function parseWith<Schema extends z.ZodType>(
  schema: Schema,
  input: { readonly file: TomlFile; readonly document: unknown },
): Parsed<z.infer<Schema>> {
  const result = schema.safeParse(input.document);
  if (result.success) return { settings: result.data };
  const { issues } = result.error;
  return { problems: issues.flatMap((issue) => problemsOf(issue, { schema, file: input.file })) };
}

/** One for each unknown key, else one. */
function problemsOf(
  issue: z.core.$ZodIssue,
  { schema, file }: { readonly schema: z.ZodType; readonly file: TomlFile },
): InvalidInputError[] {
  const at = (path: readonly PropertyKey[]) => ({
    file: file.path,
    field: path.map(String).join('.'),
    line: file.lineOf(path),
  });
  if (issue.code !== 'unrecognized_keys') {
    const message = lowerFirst(issue.message);
    return [new InvalidInputError('ERR_CONFIG_INVALID', { message, where: at(issue.path) })];
  }
  return issue.keys.map(
    (key) =>
      new InvalidInputError('ERR_CONFIG_UNKNOWN_KEY', {
        message: `unknown key ${key}`,
        where: at([...issue.path, key]),
        hint: nearestKeyHint(schema, { path: issue.path, key }),
      }),
  );
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function nearestKeyHint(
  schema: z.ZodType,
  unknown: { path: readonly PropertyKey[]; key: string },
): string {
  const known = knownKeys(schema, unknown.path);
  const nearest = known
    .map((name) => ({ name, distance: editDistance(name, unknown.key) }))
    .sort((left, right) => left.distance - right.distance)[0];
  if (nearest !== undefined && nearest.distance <= Math.max(2, unknown.key.length / 3)) {
    return `did you mean ${nearest.name}?`;
  }
  return `known keys here: ${known.join(', ')}`;
}

function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const substitution =
        (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(
        Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1),
      );
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
