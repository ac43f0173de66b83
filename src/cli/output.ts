import { visible, visibleJson, visibleLine } from '../domain/index.js';

/**
 * The one writer of the command line: results on stdout, everything else on stderr, so that a pipe sees results only. It is
 * also the one place where text of models, PRDs, files and servers meets a terminal: whatever a terminal would obey is
 * written out here, so that no command can forget it. Nothing else writes to these streams (a test looks).
 */
export interface Output {
  /** One line, or several, of the result. */
  result(text: string): void;
  /** Like {@link result}, with the colours that we painted; texts in it went through `visible` before. */
  paintedResult(text: string): void;
  /** A text that other programs read, such as a patch: byte for byte into a pipe, made visible on a terminal. */
  raw(text: string): void;
  /** The one document of `--json`. */
  document(value: unknown): void;
  /** One document a line. */
  line(value: unknown): void;
  /** Progress and remarks, on stderr. */
  note(text: string): void;
  /** {@link note} with the colours that we painted. */
  paintedNote(text: string): void;
  /** A question on stderr, without a line end. */
  question(text: string): void;
  /** True when a person watches stdout. */
  readonly isTerminal: boolean;
}

/** Where an {@link Output} writes; the process's own streams but in tests. */
export interface OutputStreams {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly stderr: { write(text: string): unknown };
}

/** Writes to the process's own streams. */
export function createOutput(streams: OutputStreams = process): Output {
  const { stdout, stderr } = streams;
  const isTerminal = stdout.isTTY === true;
  return {
    result: (text) => void stdout.write(`${visible(text)}\n`),
    paintedResult: (text) => void stdout.write(`${visibleWithColours(text)}\n`),
    raw: (text) => void stdout.write(`${isTerminal ? visibleWithColours(text) : text}\n`),
    document: (value) => void stdout.write(`${visibleJson(JSON.stringify(value, null, 2))}\n`),
    line: (value) => void stdout.write(`${visibleJson(JSON.stringify(value))}\n`),
    note: (text) => void stderr.write(`${visible(text)}\n`),
    paintedNote: (text) => void stderr.write(`${visibleWithColours(text)}\n`),
    question: (text) => void stderr.write(visible(text)),
    isTerminal,
  };
}

const ESCAPE = '\u001b';
/** Behind an escape: colours, bold, dim, and the end of them; never what hides text or moves the cursor. */
const COLOUR = /^\[(?:[0-2]|22|3[0-7]|1;3[0-7])?m/;

function visibleWithColours(text: string): string {
  const [first = '', ...others] = text.split(ESCAPE);
  const parts = others.map((part) => {
    const colour = COLOUR.exec(part)?.[0];
    return colour === undefined
      ? visible(`${ESCAPE}${part}`)
      : `${ESCAPE}${colour}${visible(part.slice(colour.length))}`;
  });
  return visible(first) + parts.join('');
}

/** Rows as text with aligned columns, two spaces apart. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  // One row, one line, whatever a cell holds; and widths of what is shown.
  const lines = rows.map((row) => row.map(visibleLine));
  for (const row of lines) {
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return lines
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
