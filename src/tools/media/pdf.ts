import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { minimalEnvironment, runProcess } from '../../platform/index.js';

/** Which pages are to be read. */
export interface PdfOrder {
  /** From 1. */
  readonly first: number;
  readonly count: number;
  /** Pages are drawn as well. */
  readonly isShown: boolean;
}

const totalSchema = z.object({ total: z.int().nonnegative() });
const pageSchema = z.object({
  number: z.int().positive(),
  text: z.string(),
  /** Base64 of a PNG; null = it was not drawn. */
  png: z.string().nullable(),
});

/** One page: its text, and its picture as base64 of a PNG where it was drawn. */
export type PdfPage = z.infer<typeof pageSchema>;

/** The pages that were read, and how many there are. */
export type PdfAnswer =
  | { readonly isRead: true; readonly total: number; readonly pages: readonly PdfPage[] }
  | { readonly isRead: false; readonly reason: string };

/** How the program is bounded; tests name its compiled file. */
export interface PdfLimits {
  readonly program?: string;
  readonly timeoutMs?: number;
  readonly maxMemoryBytes?: number;
}

const TIMEOUT_MS = 20_000;
const MIB = 1024 * 1024;
const MAX_MEMORY_BYTES = 1024 * MIB;
const MAX_OUTPUT_BYTES = 32 * MIB;

/**
 * Reads pages of a PDF in a process of its own, which is ended after 20 s and above 1 GiB: documents are made by strangers. What
 * cannot be read is an answer.
 */
export async function readPdf(
  bytes: Uint8Array,
  order: PdfOrder,
  { signal, ...limits }: PdfLimits & { readonly signal: AbortSignal },
): Promise<PdfAnswer> {
  const program =
    limits.program ?? fileURLToPath(new URL('./pdf-program/main.js', import.meta.url));
  const result = await runProcess({
    isRaw: true,
    command: process.execPath,
    args: ['--max-old-space-size=512', program, JSON.stringify(order)],
    cwd: '/',
    env: minimalEnvironment(),
    onInput: (input) => input.end(bytes),
    onErrorOutput: () => undefined,
    timeoutMs: limits.timeoutMs ?? TIMEOUT_MS,
    maxMemoryBytes: limits.maxMemoryBytes ?? MAX_MEMORY_BYTES,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    signal,
  });
  signal.throwIfAborted();
  const lines = `${result.output.head}${result.output.tail}`.split('\n').slice(0, -1);
  const [total, ...pages] = lines.map(parseLine);
  const known = totalSchema.safeParse(total);
  const read = pages.flatMap((page) => pageSchema.safeParse(page).data ?? []);
  if (known.success && (read.length > 0 || order.first > known.data.total))
    return { isRead: true, total: known.data.total, pages: read };
  if (result.stoppedBy === 'memory') return { isRead: false, reason: 'it needs too much memory' };
  if (result.outcome === 'timed-out')
    return { isRead: false, reason: 'its pages cannot be read in time' };
  return { isRead: false, reason: 'it is damaged, or a password is needed' };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
