import { visible, visibleLine } from '../../domain/index.js';
import type { AnswerPart } from '../state/answer.js';
import type { Block } from '../state/view-state.js';
import { codeLines, renderMarkdown } from './markdown.js';
import { paint, type Theme } from './theme.js';

/** How blocks look. */
export interface BlockStyle {
  readonly theme: Theme;
  /** What came of tools too. */
  readonly isOutputShown: boolean;
}

/** Lines of diffs and of the output of a person's own commands that are written; the rest is counted. */
const MOST_LINES = 2000;

/** A block as lines, as long as they are: the terminal's width is nobody's business here. Pure. */
export function blockLines(block: Block, style: BlockStyle): string[] {
  const { theme } = style;
  switch (block.kind) {
    case 'prompt':
      return promptLines(block.text, theme);
    case 'answer':
      return partLines(block.part, theme);
    case 'tool':
      return toolLines(block, style);
    case 'note':
      return [toned(visibleLine(block.text), block.tone, theme)];
    case 'diff':
      return bounded(visible(block.text).trimEnd().split('\n'), theme).map((line) =>
        diffLine(line, theme),
      );
    case 'output':
      return bounded(visible(block.text).replaceAll('\t', '  ').trimEnd().split('\n'), theme);
  }
}

function promptLines(text: string, theme: Theme): string[] {
  const [first = '', ...others] = visible(text).trimEnd().split('\n');
  return [
    '',
    paint(theme, 'prompt', `> ${first}`),
    ...others.map((line) => paint(theme, 'prompt', `  ${line}`)),
  ];
}

function partLines(part: AnswerPart, theme: Theme): string[] {
  if (part.kind === 'markdown') return ['', ...renderMarkdown(part.text, theme)];
  const head =
    part.language === undefined
      ? []
      : ['', paint(theme, 'faint', `▏ ${visibleLine(part.language)}`)];
  return [...head, ...part.lines.flatMap((line) => codeLines(line, theme))];
}

function toolLines(
  { title, preview, isError }: Extract<Block, { readonly kind: 'tool' }>,
  { theme, isOutputShown }: BlockStyle,
): string[] {
  const mark = isError ? paint(theme, 'bad', '✗') : paint(theme, 'good', '✓');
  const line = `${mark} ${visibleLine(title)}`;
  const shown = visibleLine(preview);
  // what failed is worth a look however little is to be seen
  if (shown === '' || !(isOutputShown || isError)) return [line];
  return [line, `  ${paint(theme, 'faint', shown)}`];
}

function toned(
  text: string,
  tone: Extract<Block, { readonly kind: 'note' }>['tone'],
  theme: Theme,
) {
  return tone === 'plain' ? text : paint(theme, tone, text);
}

function diffLine(line: string, theme: Theme): string {
  if (/^(?:\+\+\+|---|diff |index )/.test(line)) return paint(theme, 'strong', line);
  if (line.startsWith('+')) return paint(theme, 'added', line);
  if (line.startsWith('-')) return paint(theme, 'removed', line);
  return line.startsWith('@@') ? paint(theme, 'accent', line) : line;
}

function bounded(lines: readonly string[], theme: Theme): string[] {
  if (lines.length <= MOST_LINES) return [...lines];
  const rest = paint(theme, 'faint', `… ${lines.length - MOST_LINES} more lines`);
  return [...lines.slice(0, MOST_LINES), rest];
}
