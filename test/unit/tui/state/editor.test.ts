import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EMPTY_EDITOR,
  editorWith,
  insert,
  move,
  wordBeforeCursor,
  type Editor,
  type EditorMove,
} from '../../../../src/tui/state/editor.js';

const MOVES: readonly EditorMove[] = [
  'left',
  'right',
  'up',
  'down',
  'word-left',
  'word-right',
  'line-start',
  'line-end',
  'delete-left',
  'delete-right',
  'delete-word',
  'delete-to-start',
  'delete-to-end',
];

/** `a|b` is an editor with the cursor between the two. */
const at = (marked: string): Editor => ({
  text: marked.replace('|', ''),
  cursor: marked.indexOf('|'),
});
const shown = ({ text, cursor }: Editor): string =>
  `${text.slice(0, cursor)}|${text.slice(cursor)}`;

describe('an editor', () => {
  it.each<[EditorMove, string, string]>([
    ['left', 'ab|', 'a|b'],
    ['left', '|ab', '|ab'],
    ['left', 'a😀|', 'a|😀'],
    ['right', 'a|😀b', 'a😀|b'],
    ['right', 'ab|', 'ab|'],
    ['up', 'one\ntw|o', 'on|e\ntwo'],
    ['up', 'o\ntwo|', 'o|\ntwo'],
    ['up', 'on|e', 'on|e'],
    ['up', '😀\nab|', '😀|\nab'],
    ['up', '😀\na|b', '|😀\nab'],
    ['down', 'o|ne\ntwo', 'one\nt|wo'],
    ['down', 'thre|e\nab\nc', 'three\nab|\nc'],
    ['down', 'one|', 'one|'],
    ['word-left', 'one two  |', 'one |two  '],
    ['word-right', 'one| two', 'one two|'],
    ['line-start', 'one\ntw|o', 'one\n|two'],
    ['line-end', 'o|ne\ntwo', 'one|\ntwo'],
    ['delete-left', 'a😀|b', 'a|b'],
    ['delete-right', 'a|😀b', 'a|b'],
    ['delete-word', 'one two|!', 'one |!'],
    ['delete-to-start', 'one\ntw|o', 'one\n|o'],
    ['delete-to-end', 'o|ne\ntwo', 'o|\ntwo'],
  ])('%s: %j becomes %j', (how, before, after) => {
    expect(shown(move(at(before), how))).toBe(after);
  });

  it('takes line ends of every kind, and no more than a prompt takes', () => {
    expect(insert(at('a|b'), 'x\r\ny\rz')).toEqual(at('ax\ny\nz|b'));
    const full = editorWith('x'.repeat(70_000));
    expect(full.text.length).toBe(64 * 1024);
    expect(insert(full, 'more')).toEqual(full);
  });

  it('gives the same editor where a move has nothing to do', () => {
    for (const how of MOVES) expect(move(EMPTY_EDITOR, how)).toBe(EMPTY_EDITOR);
  });

  it('knows the word at the cursor', () => {
    expect(wordBeforeCursor(at('see @src/a|b and'))).toEqual({ word: '@src/a', start: 4 });
    expect(wordBeforeCursor(at('see |'))).toEqual({ word: '', start: 4 });
  });

  it('keeps its cursor in the text and outside of characters, whatever is pressed', () => {
    const step = fc.oneof(
      fc.constantFrom(...MOVES).map((how) => (editor: Editor) => move(editor, how)),
      fc
        .string({ unit: 'grapheme-composite', maxLength: 5 })
        .map((text) => (editor: Editor) => insert(editor, text)),
      fc.constant((editor: Editor) => insert(editor, '\n')),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const end = steps.reduce<Editor>((editor, change) => change(editor), EMPTY_EDITOR);
        expect(end.cursor).toBeGreaterThanOrEqual(0);
        expect(end.cursor).toBeLessThanOrEqual(end.text.length);
        expect(/[\ud800-\udbff]$/.test(end.text.slice(0, end.cursor))).toBe(false);
      }),
    );
  });

  it('takes back with delete-left what was typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => {
        const typed = insert(at('a|b'), text.replaceAll('\r', ''));
        const count = Array.from(text.replaceAll('\r', '')).length;
        let editor = typed;
        for (let index = 0; index < count; index += 1) editor = move(editor, 'delete-left');
        expect(shown(editor)).toBe('a|b');
      }),
      { numRuns: 50 },
    );
  });
});
