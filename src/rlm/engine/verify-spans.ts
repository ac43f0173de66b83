import { SLICE_LIMIT, type ContextReader } from '../context/context-reader.js';
import type { AskedSpan, VerifiedSpan } from './spans.js';

const QUOTE_LIMIT = 2000;
const SOURCE_LIMIT = 1000;

/** Looks for each quotation byte for byte: at its place when one is named, anywhere else. Null for one that is not there. */
export function verifySpans(
  reader: ContextReader,
  spans: readonly AskedSpan[],
): readonly VerifiedSpan[] {
  return spans.map((span) => verifySpan(reader, span));
}

function verifySpan(reader: ContextReader, { quote, start, end, line }: AskedSpan): VerifiedSpan {
  if (quote === undefined || quote === '') {
    if (start === undefined || end === undefined || end <= start || end - start > SLICE_LIMIT)
      return null;
    const text = reader.slice(start, end).slice(0, QUOTE_LIMIT);
    return text === '' ? null : placed(reader, text, start);
  }
  const near = line === undefined ? start : reader.startOfLine(line);
  const at = (near === undefined ? undefined : reader.find(quote, near)) ?? reader.find(quote);
  return at === undefined ? null : placed(reader, quote, at);
}

function placed(reader: ContextReader, quote: string, start: number): VerifiedSpan {
  return {
    quote: quote.slice(0, QUOTE_LIMIT),
    start,
    end: start + Buffer.byteLength(quote),
    line: reader.lineOf(start),
    source: (reader.sourceOf(start)?.name ?? '').slice(0, SOURCE_LIMIT),
  };
}
