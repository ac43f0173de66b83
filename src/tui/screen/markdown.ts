import { lexer, type Token, type Tokens } from 'marked';
import stringWidth from 'string-width';
import { visible } from '../../domain/index.js';
import { paint, type Theme } from './theme.js';

/** Markdown of a model as lines for a terminal, with what a terminal would obey written out. Not wrapped. Pure. */
export function renderMarkdown(text: string, theme: Theme): string[] {
  return lexer(visible(text).replaceAll('\t', '  '), { gfm: true }).flatMap((token) =>
    blockLines(token, theme),
  );
}

function blockLines(token: Token, theme: Theme): string[] {
  const render = BLOCKS[token.type];
  return render === undefined ? token.raw.trimEnd().split('\n') : render(token, theme);
}

const textLines = (token: Token, theme: Theme): string[] =>
  inline('tokens' in token && token.tokens !== undefined ? token.tokens : [token], theme).split(
    '\n',
  );

/** How each kind of block looks; the others are shown as they are written. */
const BLOCKS: Readonly<Record<string, (token: Token, theme: Theme) => string[]>> = {
  space: () => [],
  heading: (token, theme) => [
    paint(theme, 'heading', textLines(token, theme).join(' ') || token.raw.trim()),
  ],
  hr: (_token, theme) => [paint(theme, 'faint', '─'.repeat(20))],
  code: (token, theme) => codeLines((token as Tokens.Code).text, theme),
  blockquote: (token, theme) =>
    (token as Tokens.Blockquote).tokens
      .flatMap((inner) => blockLines(inner, theme))
      .map((line) => `${paint(theme, 'quote', '│')} ${line}`),
  list: (token, theme) => listLines(token as Tokens.List, theme),
  table: (token, theme) => tableLines(token as Tokens.Table, theme),
  paragraph: textLines,
  text: textLines,
};

/** Lines of code, set apart. Pure. */
export function codeLines(text: string, theme: Theme): string[] {
  return visible(text)
    .replaceAll('\t', '  ')
    .split('\n')
    .map((line) => `${paint(theme, 'faint', '▏')} ${paint(theme, 'code', line)}`);
}

function listLines({ items, ordered, start }: Tokens.List, theme: Theme): string[] {
  const first = typeof start === 'number' ? start : 1;
  return items.flatMap((item, index) => {
    const box = item.task ? (item.checked === true ? '[x] ' : '[ ] ') : '';
    const mark = `${ordered ? `${first + index}.` : '•'} ${box}`;
    const lines = item.tokens
      .filter(({ type }) => type !== 'checkbox')
      .flatMap((token) => blockLines(token, theme));
    const [head = '', ...others] = lines;
    const indent = ' '.repeat(mark.length);
    return [`${paint(theme, 'accent', mark)}${head}`, ...others.map((line) => indent + line)];
  });
}

function tableLines({ header, rows }: Tokens.Table, theme: Theme): string[] {
  const cells = [header, ...rows].map((row) => row.map(({ tokens }) => inline(tokens, theme)));
  const widths = header.map((_cell, column) =>
    Math.max(...cells.map((row) => stringWidth(row[column] ?? ''))),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - stringWidth(cell)))
      .join('  ')
      .trimEnd(),
  );
  const rule = paint(theme, 'faint', widths.map((width) => '─'.repeat(width)).join('  '));
  return [lines[0] ?? '', rule, ...lines.slice(1)];
}

function inline(tokens: readonly Token[] | undefined, theme: Theme): string {
  return (tokens ?? []).map((token) => inlineText(token, theme)).join('');
}

function inlineText(token: Token, theme: Theme): string {
  switch (token.type) {
    case 'strong':
      return paint(theme, 'strong', inline(token.tokens, theme));
    case 'em':
      return paint(theme, 'emphasis', inline(token.tokens, theme));
    case 'del':
      return paint(theme, 'faint', inline(token.tokens, theme));
    case 'codespan':
      return paint(theme, 'code', String((token as Tokens.Codespan).text));
    case 'br':
      return '\n';
    case 'link':
      return linkText(token as Tokens.Link, theme);
    case 'text':
      return 'tokens' in token && token.tokens !== undefined
        ? inline(token.tokens, theme)
        : plainText(token);
    case 'escape':
      return plainText(token);
    default:
      return token.raw;
  }
}

function plainText(token: Token): string {
  return 'text' in token && typeof token.text === 'string' ? token.text : token.raw;
}

/** The address is shown too: nobody follows what cannot be seen. */
function linkText({ href, tokens, text }: Tokens.Link, theme: Theme): string {
  if (text === href || `mailto:${text}` === href) return paint(theme, 'link', text);
  return `${inline(tokens, theme)} (${paint(theme, 'link', href)})`;
}
