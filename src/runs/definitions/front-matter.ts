import { LineCounter, parseDocument } from 'yaml';
import { isRecord } from '../../domain/index.js';

/** A Markdown file with its head. */
export interface FrontMatter {
  readonly fields: Readonly<Record<string, unknown>>;
  /** What stands below the head. */
  readonly body: string;
  /** 1-based line of a field; 1 for one that is not there. */
  readonly lineOf: (field: string) => number;
}

/** A head is written by hand. */
const MOST_HEAD = 16 * 1024;

/**
 * Reads the head of a Markdown file. A value with a colon that nobody quoted is taken as text, as authors mean it. Gives the line and what is
 * wrong with a head that cannot be read. Pure.
 */
export function readFrontMatter(
  text: string,
): FrontMatter | { readonly line: number; readonly problem: string } {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines[0]?.trimEnd() !== '---') return { line: 1, problem: 'it does not begin with ---' };
  const end = lines.findIndex((line, at) => at > 0 && line.trimEnd() === '---');
  if (end === -1) return { line: 1, problem: 'its head is not closed by ---' };
  const head = lines.slice(1, end);
  if (head.join('\n').length > MOST_HEAD)
    return { line: 1, problem: `its head has more than ${MOST_HEAD} characters` };
  const parsed = parseHead(head.join('\n'));
  const read = 'fields' in parsed ? parsed : parseHead(head.map(quoted).join('\n'));
  if (!('fields' in read)) return 'fields' in parsed ? read : parsed;
  return {
    fields: read.fields,
    body: lines.slice(end + 1).join('\n'),
    lineOf: (field) =>
      Math.max(
        0,
        head.findIndex((line) => line.startsWith(`${field}:`)),
      ) + 2,
  };
}

function parseHead(
  head: string,
):
  | { readonly fields: Record<string, unknown> }
  | { readonly line: number; readonly problem: string } {
  const counter = new LineCounter();
  const document = parseDocument(head, {
    lineCounter: counter,
    prettyErrors: false,
    uniqueKeys: true,
  });
  const [error] = document.errors;
  if (error !== undefined)
    return { line: counter.linePos(error.pos[0]).line + 1, problem: plain(error.message) };
  try {
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    if (isRecord(value)) return { fields: value };
  } catch (cause) {
    return { line: 2, problem: plain((cause as Error).message) };
  }
  return { line: 2, problem: 'its head is no list of fields' };
}

/** A plain value that holds a colon, in quotes. */
function quoted(line: string): string {
  const found = /^([A-Za-z_-]{1,60}): {0,20}([^"'[{|>&*!#\s].{0,4000})$/.exec(line);
  const [, key = '', value = ''] = found ?? [];
  return found !== null && value.includes(':') ? `${key}: ${JSON.stringify(value.trim())}` : line;
}

function plain(message: string): string {
  return (message.split('\n')[0] ?? '').slice(0, 200);
}
