/** One line of a Markdown text, without its line end. */
export interface MarkdownLine {
  /** 1-based. */
  readonly number: number;
  readonly text: string;
  /** Inside a fence of code or an HTML comment: no heading, no check box. */
  readonly isVerbatim: boolean;
}

/** A check box such as `- [ ] text`. */
export interface CheckBox {
  /** 1-based line. */
  readonly line: number;
  /** Columns before the bullet. */
  readonly indent: number;
  readonly isTicked: boolean;
  readonly text: string;
}

/** A heading such as `## text`. */
export interface Heading {
  readonly line: number;
  readonly level: number;
  readonly text: string;
}

/** The lines of a text; line ends are LF or CRLF, a byte order mark is no part of the first line. */
export function markdownLines(text: string): MarkdownLine[] {
  let fence = '';
  let isComment = false;
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((raw, index) => {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      const marker = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1] ?? '';
      const wasVerbatim = fence !== '' || isComment;
      if (fence !== '') {
        const closes = marker !== '' && marker.startsWith(fence) && line.trim() === marker;
        if (closes) fence = '';
      } else if (isComment) {
        isComment = !line.includes('-->');
      } else {
        fence = marker;
        isComment = /^\s*<!--(?!.*-->)/.test(line);
      }
      const isVerbatim = wasVerbatim || marker !== '' || /^\s*<!--/.test(line);
      return { number: index + 1, text: line, isVerbatim };
    });
}

/** The check box on a line, or undefined. */
export function checkBoxOn(line: MarkdownLine): CheckBox | undefined {
  if (line.isVerbatim) return undefined;
  const match = /^(\s*)(?:[-*+]|\d+[.)])\s+\[([ xX])\]\s+(\S.*)$/.exec(line.text);
  if (match === null) return undefined;
  return {
    line: line.number,
    indent: (match[1] ?? '').replaceAll('\t', '    ').length,
    isTicked: match[2] !== ' ',
    text: (match[3] ?? '').trim(),
  };
}

/** The heading on a line, or undefined. */
export function headingOn(line: MarkdownLine): Heading | undefined {
  if (line.isVerbatim) return undefined;
  const match = /^(#{1,6})\s+(\S.*?)\s*#*\s*$/.exec(line.text);
  if (match === null) return undefined;
  return { line: line.number, level: match[1]?.length ?? 0, text: match[2] ?? '' };
}

/** The text of a plain bullet without a check box, or undefined. */
export function bulletOn(line: MarkdownLine): string | undefined {
  if (line.isVerbatim || checkBoxOn(line) !== undefined) return undefined;
  return /^\s*[-*+]\s+(\S.*)$/.exec(line.text)?.[1]?.trim();
}

/** Text without the marks of emphasis. */
export function withoutEmphasis(text: string): string {
  return text.replace(/\*\*([^*]+)\*\*/g, '$1').trim();
}
