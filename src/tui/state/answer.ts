/** A piece of an answer that is complete enough to be shown for good. */
export type AnswerPart =
  | { readonly kind: 'markdown'; readonly text: string }
  /** Lines of a block of code; `language` only where the block begins. */
  | { readonly kind: 'code'; readonly lines: readonly string[]; readonly language?: string };

/** What of a text has been cut into parts so far. */
export interface OpenText {
  /** What waits: less than a paragraph, or a line of code without its end. */
  readonly rest: string;
  /** The mark that ends the block of code that is open; null = none is. */
  readonly fence: string | null;
}

/** Nothing waits. */
export const NO_TEXT: OpenText = { rest: '', fence: null };

/** Lines of one paragraph that wait at most: the region that is drawn again and again stays small. */
const MOST_WAITING_LINES = 12;
/** Characters of a line; a longer one is cut. */
const LONGEST_LINE = 2000;

/** Takes in more text and gives the parts that are complete now. However the text is cut, the same lines come out. Pure. */
export function takeText(
  open: OpenText,
  text: string,
): { readonly open: OpenText; readonly parts: readonly AnswerPart[] } {
  const cutter = new Cutter(open.fence);
  const whole = open.rest + text;
  const end = whole.lastIndexOf('\n') + 1;
  for (const line of end === 0 ? [] : whole.slice(0, end - 1).split('\n')) cutter.take(line);
  const last = whole.slice(end);
  // a line that does not end is shown in pieces
  const isEndless = last.length > LONGEST_LINE;
  if (isEndless) cutter.take(last);
  return {
    open: { rest: cutter.waiting + (isEndless ? '' : last), fence: cutter.fence },
    parts: cutter.parts,
  };
}

/** The parts of what waits, at the end of a text. Pure. */
export function restOfText({ rest, fence }: OpenText): readonly AnswerPart[] {
  if (rest.trim() === '') return [];
  if (fence === null) return takeText({ rest: '', fence }, `${rest}\n\n`).parts;
  return takeText({ rest: '', fence }, `${rest}\n`).parts;
}

/** A line of three or more marks, at most three blanks before them, with what stands behind them; undefined for every other line. */
function fenceOf(line: string): { readonly mark: string; readonly rest: string } | undefined {
  const indent = line.length - line.trimStart().length;
  const first = line.charAt(indent);
  if (indent > 3 || (first !== '`' && first !== '~')) return undefined;
  let end = indent;
  while (line.charAt(end) === first) end += 1;
  const rest = line.slice(end).trim();
  if (end - indent < 3 || rest.includes('`')) return undefined;
  return { mark: line.slice(indent, end), rest };
}

/** Cuts lines into paragraphs and code. */
class Cutter {
  readonly parts: AnswerPart[] = [];
  fence: string | null;
  private paragraph: string[] = [];
  private code: string[] = [];
  private language: string | undefined;

  constructor(fence: string | null) {
    this.fence = fence;
  }

  /** The paragraph that has not ended, with its line ends; closes the code that has been read. */
  get waiting(): string {
    this.closeCode();
    return this.paragraph.map((line) => `${line}\n`).join('');
  }

  take(line: string): void {
    for (let at = 0; at === 0 || at < line.length; at += LONGEST_LINE)
      this.takeLine(line.slice(at, at + LONGEST_LINE));
  }

  private takeLine(line: string): void {
    const mark = fenceOf(line);
    if (this.fence !== null) this.takeCode(line, mark?.rest === '' ? mark.mark : undefined);
    else if (mark !== undefined) this.begin(mark.mark, mark.rest);
    else if (line.trim() === '') this.closeParagraph();
    else {
      this.paragraph.push(line);
      if (this.paragraph.length >= MOST_WAITING_LINES) this.closeParagraph();
    }
  }

  private takeCode(line: string, mark: string | undefined): void {
    const { fence } = this;
    const isEnd =
      fence !== null &&
      mark !== undefined &&
      mark.startsWith(fence.charAt(0)) &&
      mark.length >= fence.length;
    if (!isEnd) {
      this.code.push(line);
      return;
    }
    this.closeCode();
    this.fence = null;
  }

  private begin(mark: string, language: string): void {
    this.closeParagraph();
    this.fence = mark;
    this.language = language;
  }

  private closeParagraph(): void {
    if (this.paragraph.length > 0)
      this.parts.push({ kind: 'markdown', text: this.paragraph.join('\n') });
    this.paragraph = [];
  }

  private closeCode(): void {
    const { code, language } = this;
    if (code.length > 0 || language !== undefined)
      this.parts.push({
        kind: 'code',
        lines: code,
        ...(language === undefined ? {} : { language }),
      });
    this.code = [];
    this.language = undefined;
  }
}
