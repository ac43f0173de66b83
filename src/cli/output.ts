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
  /** Draws lines below the notes, in the place of those drawn before; none = nothing is drawn any more. Only with a {@link screen}. */
  draw(lines: readonly string[]): void;
  /** The terminal on stderr; undefined when stderr is none. */
  readonly screen: { readonly columns: number; readonly rows: number } | undefined;
  /** True when a person watches stdout. */
  readonly isTerminal: boolean;
}

/** Where an {@link Output} writes; the process's own streams but in tests. */
export interface OutputStreams {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly stderr: {
    write(text: string): unknown;
    readonly isTTY?: boolean;
    readonly columns?: number;
    readonly rows?: number;
  };
}

/** Writes to the process's own streams. */
export function createOutput(streams: OutputStreams = process): Output {
  const { stdout, stderr } = streams;
  const isTerminal = stdout.isTTY === true;
  const drawing = createDrawing(stderr);
  return {
    result: (text) => void stdout.write(`${visible(text)}\n`),
    paintedResult: (text) => void stdout.write(`${visibleWithColours(text)}\n`),
    raw: (text) => void stdout.write(`${isTerminal ? visibleWithColours(text) : text}\n`),
    document: (value) => void stdout.write(`${visibleJson(JSON.stringify(value, null, 2))}\n`),
    line: (value) => void stdout.write(`${visibleJson(JSON.stringify(value))}\n`),
    note: (text) => drawing.above(`${visible(text)}\n`),
    paintedNote: (text) => drawing.above(`${visibleWithColours(text)}\n`),
    question: (text) => void stderr.write(visible(text)),
    draw: (lines) => drawing.draw(lines),
    get screen() {
      const { isTTY, columns = 80, rows = 24 } = stderr;
      return isTTY === true ? { columns, rows } : undefined;
    },
    isTerminal,
  };
}

/** Lines that stay at the end of what a terminal shows while notes come above them. */
function createDrawing(stderr: OutputStreams['stderr']) {
  let drawn = '';
  let count = 0;
  // Back to the first line of what was drawn, and everything from there on away.
  const away = (): string => (count === 0 ? '' : `${ESCAPE}[${count}A${ESCAPE}[J`);
  return {
    above(text: string): void {
      stderr.write(`${away()}${text}${drawn}`);
    },
    draw(lines: readonly string[]): void {
      // One line each whatever is in them, and never wrapped: else the way back would be longer.
      const next = lines
        .map((line) => `${visibleWithColours(line.replaceAll('\n', ' '))}\n`)
        .join('');
      const text = next === '' ? '' : `${ESCAPE}[?7l${next}${ESCAPE}[?7h`;
      if (text === drawn) return;
      stderr.write(`${away()}${text}`);
      drawn = text;
      count = lines.length;
    },
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
