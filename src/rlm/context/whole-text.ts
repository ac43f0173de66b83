import type { ContextReader } from './context-reader.js';

const STEP_BYTES = 200_000;

/** The whole of a small input. */
export function wholeText(reader: ContextReader): string {
  const parts: string[] = [];
  const { bytes } = reader.manifest;
  for (let start = 0; start < bytes;) {
    const end = Math.min(bytes, reader.characterAt(start + STEP_BYTES));
    parts.push(reader.slice(start, end));
    start = end;
  }
  return parts.join('');
}
