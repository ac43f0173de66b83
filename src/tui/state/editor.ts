/** What a person types: lines in one text, and the place of the cursor in UTF-16 units, never inside a character. */
export interface Editor {
  readonly text: string;
  readonly cursor: number;
}

/** An editor with nothing in it. */
export const EMPTY_EDITOR: Editor = { text: '', cursor: 0 };

/** Characters that are kept of what is typed or pasted: a prompt takes no more (see `promptText`). */
const LONGEST_TEXT = 64 * 1024;

/** How the cursor moves, and what is taken away. */
export type EditorMove =
  | 'left'
  | 'right'
  | 'up'
  | 'down'
  | 'word-left'
  | 'word-right'
  | 'line-start'
  | 'line-end'
  | 'delete-left'
  | 'delete-right'
  | 'delete-word'
  | 'delete-to-start'
  | 'delete-to-end';

/** The editor with `text`, and the cursor behind it. Pure. */
export function editorWith(text: string): Editor {
  const kept = text.slice(0, LONGEST_TEXT);
  return { text: kept, cursor: kept.length };
}

/** Puts text where the cursor is; line ends of every kind become line feeds. Pure. */
export function insert({ text, cursor }: Editor, typed: string): Editor {
  const room = Math.max(0, LONGEST_TEXT - text.length);
  const clean = typed.replace(/\r\n?/g, '\n').slice(0, room);
  return {
    text: text.slice(0, cursor) + clean + text.slice(cursor),
    cursor: cursor + clean.length,
  };
}

/** Carries out one move; the same editor where there is nothing to do. Pure. */
export function move(editor: Editor, how: EditorMove): Editor {
  const { text, cursor } = editor;
  const to = target(editor, how);
  if (!how.startsWith('delete-')) return to === cursor ? editor : { text, cursor: to };
  const [from, end] = to < cursor ? [to, cursor] : [cursor, to];
  return from === end ? editor : { text: text.slice(0, from) + text.slice(end), cursor: from };
}

function target(editor: Editor, how: EditorMove): number {
  return TARGETS[how](editor);
}

const lineStart = ({ text, cursor }: Editor): number => text.lastIndexOf('\n', cursor - 1) + 1;

function lineEnd({ text, cursor }: Editor): number {
  const next = text.indexOf('\n', cursor);
  return next === -1 ? text.length : next;
}

/** Where each move goes to; what is taken away lies between there and the cursor. */
const TARGETS: Readonly<Record<EditorMove, (editor: Editor) => number>> = {
  left: before,
  'delete-left': before,
  right: behind,
  'delete-right': behind,
  up: (editor) => (lineStart(editor) === 0 ? editor.cursor : sameColumn(editor, -1)),
  down: (editor) =>
    lineEnd(editor) === editor.text.length ? editor.cursor : sameColumn(editor, 1),
  'word-left': wordStart,
  'delete-word': wordStart,
  'word-right': wordEnd,
  'line-start': lineStart,
  'delete-to-start': lineStart,
  'line-end': lineEnd,
  'delete-to-end': lineEnd,
};

function before({ text, cursor }: Editor): number {
  const last = Array.from(text.slice(Math.max(0, cursor - 2), cursor)).at(-1) ?? '';
  return cursor - last.length;
}

function behind({ text, cursor }: Editor): number {
  const [first = ''] = text.slice(cursor, cursor + 2);
  return cursor + first.length;
}

function sameColumn({ text, cursor }: Editor, by: 1 | -1): number {
  const first = lineStart({ text, cursor });
  const column = cursor - first;
  // the line before begins behind the line end before it; with nothing before it, at 0
  const start = by === -1 ? lineStart({ text, cursor: first - 1 }) : lineEnd({ text, cursor }) + 1;
  const next = text.indexOf('\n', start);
  const place = Math.min(start + column, next === -1 ? text.length : next);
  // never between the halves of a character
  return /[\udc00-\udfff]/.test(text.charAt(place)) ? place - 1 : place;
}

function wordStart({ text, cursor }: Editor): number {
  let at = cursor;
  while (at > 0 && /\s/.test(text.charAt(at - 1))) at -= 1;
  while (at > 0 && !/\s/.test(text.charAt(at - 1))) at -= 1;
  return at;
}

function wordEnd({ text, cursor }: Editor): number {
  let at = cursor;
  while (at < text.length && /\s/.test(text.charAt(at))) at += 1;
  while (at < text.length && !/\s/.test(text.charAt(at))) at += 1;
  return at;
}

/** The word at the cursor, from the last blank on, and where it begins. Pure. */
export function wordBeforeCursor({ text, cursor }: Editor): {
  readonly word: string;
  readonly start: number;
} {
  let start = cursor;
  while (start > 0 && !/\s/.test(text.charAt(start - 1))) start -= 1;
  return { word: text.slice(start, cursor), start };
}
