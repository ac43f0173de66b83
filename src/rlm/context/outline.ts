import type { ContextReader } from './context-reader.js';
import { HEADING_LINE, LOG_LINE, TURN_LINE } from './detect-type.js';

/** One thing that an input is made of: a function, a section, a turn, a file. */
export interface OutlineEntry {
  readonly name: string;
  readonly line: number;
  readonly endLine?: number;
}

/** One entry of a log; lines behind it that begin none belong to it. */
export interface LogEntry {
  readonly line: number;
  /** The moment as it is written; empty where there is none. */
  readonly time: string;
  /** Upper case; empty where there is none. */
  readonly level: string;
  readonly text: string;
}

/** What entries are asked for. */
export interface LogQuery {
  readonly level?: string | undefined;
  /** Moments are compared as they are written: of one form they sort. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly limit: number;
}

const NAME_LIMIT = 200;
const TEXT_LIMIT = 4000;
const TIME =
  /^\[?([\d/:.,T+Z -]{8,40}|\d\d?\/[A-Z][a-z]{2}\/\d{4}[:\d]*|[A-Z][a-z]{2} [ \d]\d [\d:]{8})/;
const LEVEL = /\b(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\b/i;

/** What an input is made of, by its type: symbols of code, sections, turns; else its files. The first `limit`. */
export function outlineOf(reader: ContextReader, limit: number): OutlineEntry[] {
  const { type, symbols = [], sources } = reader.manifest;
  if (type === 'code' && symbols.length > 0) return symbols.slice(0, limit);
  if (type === 'documents') return named(reader, HEADING_LINE, limit);
  if (type === 'conversation') return named(reader, TURN_LINE, limit);
  return sources.slice(0, limit).map(({ name, firstLine }) => ({ name, line: firstLine }));
}

function named(reader: ContextReader, pattern: RegExp, limit: number): OutlineEntry[] {
  return reader
    .search(pattern.source, { limit, flags: pattern.flags })
    .lines.map(({ text, line }) => ({ name: text.trim().slice(0, NAME_LIMIT), line }));
}

/** Entries of a log by level and moment, all counted and the first `limit` given. */
export function logEntries(
  reader: ContextReader,
  query: LogQuery,
): { readonly total: number; readonly entries: LogEntry[] } {
  const wanted = query.level?.toUpperCase();
  const entries: LogEntry[] = [];
  let total = 0;
  let open: { line: number; time: string; level: string; text: string } | undefined;
  const close = (): void => {
    if (open !== undefined) entries.push(open);
    open = undefined;
  };
  for (const { text, line } of reader.eachLine()) {
    if (!LOG_LINE.test(text)) {
      if (open !== undefined && open.text.length < TEXT_LIMIT)
        open.text = `${open.text}\n${text}`.slice(0, TEXT_LIMIT);
      continue;
    }
    close();
    const entry = readEntry(text, line);
    if (!fits(entry, { ...query, level: wanted })) continue;
    total += 1;
    if (entries.length < query.limit) open = entry;
  }
  close();
  return { total, entries };
}

function readEntry(
  text: string,
  line: number,
): { line: number; time: string; level: string; text: string } {
  const time = TIME.exec(text)?.[1]?.trim() ?? '';
  const level = LEVEL.exec(text.slice(0, 200))?.[1]?.toUpperCase() ?? '';
  return { line, time, level, text: text.slice(0, TEXT_LIMIT) };
}

function fits(entry: LogEntry, { level, from, to }: Omit<LogQuery, 'limit'>): boolean {
  const isLevel = level === undefined || entry.level.startsWith(level.slice(0, 4));
  const isAfter = from === undefined || entry.time >= from;
  const isBefore = to === undefined || entry.time <= to || entry.time.startsWith(to);
  return isLevel && isAfter && isBefore;
}
