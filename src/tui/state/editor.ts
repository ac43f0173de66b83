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

function target({ text, cursor }: Editor, how: EditorMove): number {
  const lineStart = text.lastIndexOf('\n', cursor - 1) + 1;
  const after = text.indexOf('\n', cursor);
  const lineEnd = after === -1 ? text.length : after;
  switch (how) {
    case 'left':
    case 'delete-left':
      return before(text, cursor);
    case 'right':
    case 'delete-right':
      return behind(text, cursor);
    case 'up':
      return lineStart === 0 ? cursor : sameColumn({ text, cursor }, lineStart, -1);
    case 'down':
      return after === -1 ? cursor : sameColumn({ text, cursor }, lineStart, 1);
    case 'word-left':
    case 'delete-word':
      return wordStart(text, cursor);
    case 'word-right':
      return wordEnd(text, cursor);
    case 'line-start':
    case 'delete-to-start':
      return lineStart;
    case 'line-end':
    case 'delete-to-end':
      return lineEnd;
  }
}

function before(text: string, cursor: number): number {
  const last = [...text.slice(Math.max(0, cursor - 2), cursor)].at(-1) ?? '';
  return cursor - last.length;
}

function behind(text: string, cursor: number): number {
  const [first = ''] = text.slice(cursor, cursor + 2);
  return cursor + first.length;
}

function sameColumn({ text, cursor }: Editor, lineStart: number, by: 1 | -1): number {
  const column = cursor - lineStart;
  const start =
    by === -1 ? text.lastIndexOf('\n', lineStart - 2) + 1 : text.indexOf('\n', cursor) + 1;
  const next = text.indexOf('\n', start);
  const place = Math.min(start + column, next === -1 ? text.length : next);
  // never between the halves of a character
  return /[\udc00-\udfff]/.test(text.charAt(place)) ? place - 1 : place;
}

function wordStart(text: string, cursor: number): number {
  let at = cursor;
  while (at > 0 && /\s/.test(text.charAt(at - 1))) at -= 1;
  while (at > 0 && !/\s/.test(text.charAt(at - 1))) at -= 1;
  return at;
}

function wordEnd(text: string, cursor: number): number {
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
