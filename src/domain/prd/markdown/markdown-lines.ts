import { matched } from '../matched.js';

/** One line of a Markdown text, without its line end. */
export interface MarkdownLine {
  /** 1-based. */
  readonly number: number;
  readonly text: string;
  /** Inside a fence of code, an HTML comment or the front matter: no heading, no check box. */
  readonly isVerbatim: boolean;
}

/** A check box such as `- [ ] text`. */
export interface CheckBox {
  /** 1-based line. */
  readonly line: number;
  /** Columns before the bullet. */
  readonly indent: number;
  readonly isTicked: boolean;
  /** True where the whole text is struck through: nobody is to do it. */
  readonly isStruck: boolean;
  /** What stands between the brackets. */
  readonly mark: string;
  readonly text: string;
}

/** A heading such as `## text`. */
export interface Heading {
  readonly line: number;
  readonly level: number;
  readonly text: string;
}

/** A text as lines. */
export interface MarkdownText {
  readonly lines: MarkdownLine[];
  /** 1-based line of a fence or comment that is never closed, so that all behind it is verbatim; undefined for none. */
  readonly unclosedLine: number | undefined;
}

/** The lines of a text; line ends are LF or CRLF, a byte order mark is no part of the first line. */
export function readMarkdown(text: string): MarkdownText {
  const raw = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  const front = frontMatterLength(raw);
  let open: Opening | undefined;
  const lines = raw.map((line, index): MarkdownLine => {
    const number = index + 1;
    if (index < front) return { number, text: line, isVerbatim: true };
    const isInside = open !== undefined;
    const here = openingOn(line);
    if (open === undefined)
      open = here !== undefined && staysOpen(line, here) ? { ...here, line: number } : undefined;
    else if (closes(line, open)) open = undefined;
    return { number, text: line, isVerbatim: isInside || here !== undefined };
  });
  return { lines, unclosedLine: open?.line };
}

/** What makes the lines behind it verbatim: a fence of code, or a comment. */
interface Opening {
  readonly line: number;
  /** Back-ticks or tildes; empty for a comment. */
  readonly fence: string;
}

/** A fence or a comment that begins on this line; a comment that ends there too hides only its own line. */
function openingOn(line: string): Omit<Opening, 'line'> | undefined {
  const fence = fenceOn(line);
  if (fence !== '') return { fence };
  return line.trimStart().startsWith('<!--') ? { fence: '' } : undefined;
}

/** A comment may end on the line that it begins on. */
function staysOpen(line: string, { fence }: Pick<Opening, 'fence'>): boolean {
  return fence !== '' || !line.includes('-->');
}

function closes(line: string, open: Opening): boolean {
  if (open.fence === '') return line.includes('-->');
  const marker = fenceOn(line);
  return marker !== '' && marker.startsWith(open.fence) && line.trim() === marker;
}

/** The back-ticks or tildes that open or close a fence; inline code in back-ticks on one line opens none. */
function fenceOn(line: string): string {
  const trimmed = line.trimStart();
  const marker = /^(?:`{3,}|~{3,})/.exec(trimmed)?.[0] ?? '';
  return marker.startsWith('`') && trimmed.slice(marker.length).includes('`') ? '' : marker;
}

/** Lines of the front matter with both of its fences; 0 without one. */
export function frontMatterLength(lines: readonly string[]): number {
  if (lines[0]?.trimEnd() !== '---') return 0;
  const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === '---');
  const isFields = end > 1 && lines.slice(1, end).some((line) => /^[\w-]+\s*:/.test(line));
  return isFields ? end + 1 : 0;
}

const BOX = /^(\s*)((?:[-*+•]|\d{1,9}[.)])[ \t]*)?\[([^[\]]?)\](\*?)(.*)$/u;
const SYMBOL = /^(\s*)(?:(?:[-*+•]|\d{1,9}[.)])[ \t]+)?([☐⬜🔲☑☒])[ \t]*(\S.*)$/u;
const DONE_MARKS = 'xX✓✔√☑';
/** Begun, postponed, asked: all of them are still to do. */
const OPEN_MARKS = ' ~/-><!?.oO*+=…⏳';

/** The check box on a line, or undefined. Boxes of other tools (`[~]`, `[/]`, `[]`, `☐`) are boxes too, and to do. */
export function checkBoxOn(line: MarkdownLine): CheckBox | undefined {
  if (line.isVerbatim) return undefined;
  return symbolBox(line) ?? bracketBox(line);
}

function symbolBox(line: MarkdownLine): CheckBox | undefined {
  const part = matched(SYMBOL, line.text);
  if (part === undefined) return undefined;
  return box(line, {
    indent: part(1),
    mark: part(2),
    text: part(3),
    isTicked: '☑☒'.includes(part(2)),
  });
}

function bracketBox(line: MarkdownLine): CheckBox | undefined {
  const part = matched(BOX, line.text);
  if (part === undefined || !isBox({ bullet: part(2), mark: part(3), rest: part(5) }))
    return undefined;
  const text = part(5).trim();
  return box(line, {
    indent: part(1),
    mark: part(3),
    text: part(4) === '' ? text : `${text} (optional)`,
    isTicked: isDoneMark(part(3)),
  });
}

function isDoneMark(mark: string): boolean {
  return mark !== '' && DONE_MARKS.includes(mark);
}

/** False for links and references, for brackets without a bullet or a text, and for letters in brackets. */
function isBox(read: {
  readonly bullet: string;
  readonly mark: string;
  readonly rest: string;
}): boolean {
  const { bullet, mark, rest } = read;
  if (/^[([:]/.test(rest) || rest.trim() === '') return false;
  if (bullet === '' && !/^[ \t]/.test(rest)) return false;
  return isDoneMark(mark) || mark === '' || OPEN_MARKS.includes(mark);
}

function box(
  line: MarkdownLine,
  read: Pick<CheckBox, 'mark' | 'text' | 'isTicked'> & { readonly indent: string },
): CheckBox {
  const { mark, text, isTicked } = read;
  return {
    line: line.number,
    indent: read.indent.replaceAll('\t', '    ').length,
    isTicked,
    isStruck: text.length > 4 && text.startsWith('~~') && text.endsWith('~~'),
    mark,
    text,
  };
}

/** The line with its box ticked or open, everything else as it was; the same line when it has none or is so already. */
export function withTick(line: string, isTicked: boolean): string {
  const ending = line.endsWith('\r') ? '\r' : '';
  const text = ending === '' ? line : line.slice(0, -1);
  const found = checkBoxOn({ number: 1, text, isVerbatim: false });
  if (found === undefined || found.isTicked === isTicked) return line;
  const symbol = SYMBOL.exec(text)?.[2];
  const changed =
    symbol === undefined
      ? text.replace(/\[[^[\]]?\]/u, isTicked ? '[x]' : '[ ]')
      : text.replace(symbol, isTicked ? '☑' : '☐');
  return `${changed}${ending}`;
}

/** The heading on a line, or undefined. */
export function headingOn(line: MarkdownLine): Heading | undefined {
  if (line.isVerbatim) return undefined;
  const part = matched(/^(#{1,6})[ \t]+(\S.*)$/, line.text);
  const text = part === undefined ? '' : withoutClosing(part(2).trimEnd());
  if (part === undefined || text === '') return undefined;
  return { line: line.number, level: part(1).length, text };
}

/** `Title ##` is `Title`; `C#` stays. */
function withoutClosing(written: string): string {
  let end = written.length;
  while (end > 0 && written[end - 1] === '#') end -= 1;
  const isClosed = end < written.length && (end === 0 || written.slice(end - 1, end).trim() === '');
  return isClosed ? written.slice(0, end).trimEnd() : written;
}

/** The text of a bullet or numbered item without a check box, or undefined. */
export function bulletOn(line: MarkdownLine): string | undefined {
  if (line.isVerbatim || checkBoxOn(line) !== undefined) return undefined;
  return /^\s*(?:[-*+•]|\d{1,9}[.)])[ \t]+(\S.*)$/.exec(line.text)?.[1]?.trim();
}

/** Text without the marks of emphasis. */
export function withoutEmphasis(text: string): string {
  return text.replaceAll('**', '').trim();
}
