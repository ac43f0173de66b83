import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { formatStepKey, InvariantError, seenFileSchema, type StepKey } from '../../domain/index.js';
import { isNotFound, stepPath } from '../../platform/index.js';

/** In place of a digest: no file stands there. */
export const ABSENT = 'absent';

const originalSchema = z.object({
  /** How many bytes at the beginning and at the end were the same before; only what stood between them is kept. */
  head: z.int().nonnegative(),
  tail: z.int().nonnegative(),
  middle: z.base64(),
  mode: z.int(),
});

/** What a file held before, as far as it differs from what it holds then. */
export type OriginalBytes = z.infer<typeof originalSchema>;

const intentFileSchema = z.object({
  path: z.string(),
  /** SHA-256, or {@link ABSENT}. */
  before: z.string(),
  after: z.string(),
  /** The new bytes; none of a file that is removed. */
  content: z.base64(),
  mode: z.int(),
  /** Absent for a file that was not there, and in entries of earlier versions. */
  original: originalSchema.optional(),
});

/** One file of an entry of the redo log. */
export type IntentFile = z.infer<typeof intentFileSchema>;

const intentSchema = z.object({
  version: z.literal(1),
  key: z.string(),
  files: z.array(intentFileSchema),
  output: z.object({
    text: z.string(),
    isError: z.boolean(),
    seen: z.array(seenFileSchema).default([]),
    progress: z.array(z.string()).default([]),
  }),
});

/** An entry of the redo log: what a step does to files, and the result that it reports. */
export type Intent = z.infer<typeof intentSchema>;

/** Absolute path of a step's files in the redo log, without their ending: `.json` is the entry, `.done` says that it was carried out. */
export function intentBase(state: string, step: StepKey): string {
  return join(state, 'redo', stepPath(step));
}

/** The entry of a step; undefined when it has none. Throws InvariantError `ERR_REDO_LOG_INVALID`. */
export async function readIntent(state: string, step: StepKey): Promise<Intent | undefined> {
  const file = `${intentBase(state, step)}.json`;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
  const parsed = intentSchema.safeParse(JSON.parse(text));
  if (parsed.success && parsed.data.key === formatStepKey(step)) return parsed.data;
  throw new InvariantError('ERR_REDO_LOG_INVALID', {
    message: `the redo log entry of step ${formatStepKey(step)} is not readable`,
    where: { file },
    hint: 'this is a defect: keep the file and report it; the run can be cancelled and started again',
  });
}

/** What of `before` an entry has to keep, so that it can be had back from `after`. Linear. */
export function keepOriginal(before: Uint8Array, after: Uint8Array, mode: number): OriginalBytes {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const middle = Buffer.from(before.subarray(head, before.length - tail)).toString('base64');
  return { head, tail, middle, mode };
}

/** The bytes before the step; undefined when the file was not there, or an earlier version did not keep them. */
export function originalBytes(file: IntentFile): Buffer | undefined {
  if (file.original === undefined) return undefined;
  const { head, tail, middle } = file.original;
  const content = Buffer.from(file.content, 'base64');
  return Buffer.concat([
    content.subarray(0, head),
    Buffer.from(middle, 'base64'),
    content.subarray(content.length - tail),
  ]);
}
