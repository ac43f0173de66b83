/**
 * The one writer of the command line: results on stdout, everything else on stderr, so that a pipe sees results only.
 */
export interface Output {
  /** One line, or several, of the result. */
  result(text: string): void;
  /** The one document of `--json`. */
  document(value: unknown): void;
  /** Progress and remarks, on stderr. */
  note(text: string): void;
  /** True when a person watches stdout. */
  readonly isTerminal: boolean;
}

/** Writes to the process's own streams. */
export function createOutput(): Output {
  return {
    result: (text) => void process.stdout.write(`${text}\n`),
    document: (value) => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    isTerminal: process.stdout.isTTY === true,
  };
}

/** Rows as text with aligned columns, two spaces apart. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
