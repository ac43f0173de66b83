import { visibleLine } from '../../domain/index.js';
import type { Diagnostic } from './server/protocol-shapes.js';

/** A text and what a server says about it. */
export interface Diagnosed {
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
}

const ERROR = 1;
const MAX_MESSAGE = 400;

/** Errors of `after` that `before` did not have. What only moved with its line, or stands in an unchanged one, is not new. Pure. */
export function newErrors(before: Diagnosed, after: Diagnosed): Diagnostic[] {
  const toNew = lineMap(before.text, after.text);
  const errors = after.diagnostics.filter(isError);
  const open = new Map<string, number[]>();
  for (const diagnostic of before.diagnostics.filter(isError)) {
    const key = keyOf(diagnostic);
    open.set(key, [...(open.get(key) ?? []), toNew(diagnostic.range.start.line)]);
  }
  // Those that stand where they stood go first, so that of two alike the one that came is the one that is told.
  const rest = errors.filter((diagnostic) => !take(open, diagnostic, true));
  return rest.filter((diagnostic) => !take(open, diagnostic, false));
}

/** True for what keeps a text from being right, and not for advice about it. */
export function isError({ severity = ERROR }: Diagnostic): boolean {
  return severity === ERROR;
}

/** A finding as one line: place from 1, code and words. */
export function showDiagnostic(path: string, diagnostic: Diagnostic): string {
  const { range, message, code, source, severity = ERROR } = diagnostic;
  const { line, character } = range.start;
  const kind = ['', 'error', 'warning', 'information', 'hint'][severity] ?? 'error';
  const origin = [source, code].filter(
    (part) => part !== undefined && part !== null && part !== '',
  );
  const words = visibleLine(message).slice(0, MAX_MESSAGE);
  const by = origin.length === 0 ? '' : ` (${visibleLine(origin.join(' ')).slice(0, 60)})`;
  return `${path}:${line + 1}:${character + 1} ${kind}: ${words}${by}`;
}

function take(open: Map<string, number[]>, diagnostic: Diagnostic, isInPlace: boolean): boolean {
  const lines = open.get(keyOf(diagnostic)) ?? [];
  const at = isInPlace ? lines.indexOf(diagnostic.range.start.line) : lines.length - 1;
  if (at < 0) return false;
  lines.splice(at, 1);
  return true;
}

function keyOf({ message, code, source }: Diagnostic): string {
  return JSON.stringify([message, code ?? null, source ?? null]);
}

/** Where a line of the earlier text stands in the later one, by what is the same at their beginnings and ends; -1 in between. */
function lineMap(before: string, after: string): (line: number) => number {
  const old = before.split('\n');
  const now = after.split('\n');
  const shorter = Math.min(old.length, now.length);
  let head = 0;
  while (head < shorter && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  return (line) => {
    if (line < head) return line;
    return line >= old.length - tail ? line + now.length - old.length : -1;
  };
}
