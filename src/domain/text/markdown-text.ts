import { visible } from './visible.js';

/** What starts markup in Markdown, GitHub's additions included. */
const MARKUP = /[\\`*_[\]<>#|~&!@]/g;
/** What becomes a link by itself, whatever is escaped in it. */
const LINK = /:(?=\/\/)|(?<=www)\./gi;
const ELLIPSIS = '…';

/**
 * Text of models, people and servers as one line of Markdown that shows it and obeys nothing of it: no markup, no link, no HTML,
 * no line end; addresses get a blank, because nothing else keeps them from becoming links. At most `limit` characters of the text. Not for the start of a line, where also `-` and `1.` mean something. Pure, linear.
 */
export function markdownText(text: string, limit = 200): string {
  return shortLine(text, limit)
    .replace(MARKUP, String.raw`\$&`)
    .replace(LINK, '$& ');
}

/** {@link markdownText} as inline code, for names, commands and paths. */
export function markdownCode(text: string, limit = 200): string {
  const line = shortLine(text, limit).replaceAll('`', "'");
  return line === '' ? '' : `\`${line}\``;
}

/** Names as inline code, the first `most` of them; `none` when there is none. */
export function markdownNames(names: readonly string[], most = 20): string {
  const shown = names.slice(0, most).map((name) => markdownCode(name, 60));
  return shown.length === 0 ? 'none' : shown.join(', ');
}

/** One visible line of at most `limit` characters, whole characters only. Pure, linear. */
export function shortLine(text: string, limit: number): string {
  // White space may be most of it: only a bounded part is looked at, so that a long text costs no more than a short one.
  const part = text.slice(0, limit * 4);
  const line = visible(part.replaceAll(/\s+/g, ' ').trim());
  const isWhole = part.length === text.length && line.length <= limit;
  return isWhole ? line : `${cut(line, limit - 1)}${ELLIPSIS}`;
}

function cut(line: string, limit: number): string {
  const part = line.slice(0, limit);
  const last = part.charCodeAt(part.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? part.slice(0, -1) : part;
}
