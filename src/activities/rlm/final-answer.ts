import { z } from 'zod';
import { blobRefSchema, evidenceSpanSchema, type BlobRef } from '../../domain/index.js';
import { redactText, redactValues } from '../../observability/index.js';
import type { BlobStore } from '../../platform/index.js';
import { schemaProblems } from '../model/json-answer.js';
import type { AskedSpan, CellStep, ReplPlace, ReplPool } from '../../rlm/index.js';

/** An answer that a cell gave, as it was found to be. */
export const finalSchema = z.object({
  answer: z.object({
    ref: blobRefSchema,
    json: blobRefSchema,
    preview: z.string(),
    /** The answer with its quotations, for an agent that asked; absent = there are none. */
    quoted: blobRefSchema.optional(),
  }),
  /** Quotations that are in the input, byte for byte. */
  evidence: z.array(evidenceSpanSchema),
  /** Quotations that are not. */
  missing: z.array(z.string()),
  /** How it does not fit the schema; empty = it does. */
  problems: z.array(z.string()),
});

/** See {@link finalSchema}. */
export type FinalAnswer = z.infer<typeof finalSchema>;

const PREVIEW_LENGTH = 4000;
const MOST_SPANS = 50;
const SHOWN_LENGTH = 200;
/** Quotations that an agent is told, and characters of each. */
const TOLD_SPANS = 10;
const TOLD_LENGTH = 1000;

const schemaSchema = z.record(z.string(), z.unknown());

const spanSchema = z.object({
  quote: z.string().max(20_000).optional(),
  start: z.number().int().nonnegative().optional(),
  end: z.number().int().nonnegative().optional(),
  line: z.number().int().positive().optional(),
});

/** Checks an answer against its schema and its quotations against the input. */
export async function examineFinal(
  final: NonNullable<CellStep['final']>,
  given: {
    readonly place: ReplPlace;
    readonly repls: ReplPool;
    readonly blobs: BlobStore;
    readonly schema: BlobRef | null;
    readonly signal: AbortSignal;
  },
): Promise<FinalAnswer> {
  const { place, repls, blobs, schema, signal } = given;
  const value = redactValues(final.value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const asked = final.evidence.slice(0, MOST_SPANS).map(readSpan);
  const found = asked.length === 0 ? [] : await repls.verify(place, asked, signal);
  const problems =
    schema === null
      ? []
      : schemaProblems(final.value, schemaSchema.parse(JSON.parse(await blobs.getText(schema))), {
          whole: 'the answer',
        });
  const evidence = found.flatMap((span) =>
    span === null ? [] : [{ ...span, quote: redactText(span.quote) }],
  );
  return {
    answer: {
      ref: await blobs.put(text),
      json: await blobs.put(JSON.stringify(value)),
      preview: text.slice(0, PREVIEW_LENGTH),
      ...(evidence.length === 0 ? {} : { quoted: await blobs.put(withQuotes(text, evidence)) }),
    },
    evidence,
    missing: asked.flatMap((span, index) =>
      found[index] === null ? [shownSpan(span).slice(0, SHOWN_LENGTH)] : [],
    ),
    problems,
  };
}

/** An answer as an agent is told it that asked: what it rests on is behind it, so that nobody has to take it on trust. */
function withQuotes(text: string, evidence: FinalAnswer['evidence']): string {
  const told = evidence.slice(0, TOLD_SPANS).map(({ quote, line, source }) => {
    const shown = quote.length > TOLD_LENGTH ? `${quote.slice(0, TOLD_LENGTH)}…` : quote;
    return `${source === '' ? '' : `${source} `}line ${line}: ${shown}`;
  });
  return `${text}\n\nIt rests on these quotations, which were found byte for byte:\n${told.join('\n')}`;
}

function readSpan(span: unknown): AskedSpan {
  const parsed = spanSchema.safeParse(span);
  if (!parsed.success) return {};
  // models quote lines with the white space of their own code around them
  return { ...parsed.data, quote: parsed.data.quote?.trim() };
}

function shownSpan({ quote, start, end }: AskedSpan): string {
  return (
    quote ?? (start === undefined ? 'a quotation without words' : `bytes ${start} to ${end ?? '?'}`)
  );
}
