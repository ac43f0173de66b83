import { visibleLine, visible } from '../../domain/index.js';
import type { ShownEntry } from '../../runs/index.js';

const ANSWER_SHOWN = 160;
const ANSWERS_SHOWN = 10;

/** The cells of a REPL with what their questions were answered, for people. Pure; plain text. */
export function cellLines(entries: readonly ShownEntry[]): string[] {
  let cell = 0;
  return entries.flatMap((entry) => {
    if (entry.kind === 'cell') {
      cell += 1;
      const code = visible(entry.code)
        .split('\n')
        .map((line) => `  | ${line}`);
      return [`cell ${cell} · state ${entry.hash.slice(0, 10)}`, ...code];
    }
    const shown = entry.results.slice(0, ANSWERS_SHOWN);
    const hidden = entry.results.length - shown.length;
    return [
      ...shown.map(
        ({ id, text, isError, isTool }) =>
          `  ${isError ? 'error' : isTool === true ? 'tool' : 'answer'} ${id}: ${visibleLine(text).slice(0, ANSWER_SHOWN)}`,
      ),
      ...(hidden > 0 ? [`  … ${hidden} more answers, all of them in --json`] : []),
    ];
  });
}
