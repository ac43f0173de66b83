import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { SCREEN_ROLES } from '../../../../src/domain/text/screen.js';
import { blockLines } from '../../../../src/tui/screen/blocks.js';
import { renderMarkdown } from '../../../../src/tui/screen/markdown.js';
import { isThemeName, paint, themeOf, THEMES } from '../../../../src/tui/screen/theme.js';
import { coloured, OBEYED } from '../../../support/terminal-codes.js';
import type { Block } from '../../../../src/tui/state/view-state.js';

const HOSTILE = 'a\u001b[2Jb\u009b3Jc\u202ed\rx';
const plain = { theme: THEMES.none, isOutputShown: false };
const lines = (block: Block, style = plain) => blockLines(block, style);

describe('markdown', () => {
  it.each([
    ['# Head', ['Head']],
    ['plain *em* **strong** ~~gone~~ `code`', ['plain em strong gone code']],
    ['a\nb', ['a', 'b']],
    ['- one\n- two\n  - inner', ['• one', '• two', '  • inner']],
    ['3. three\n4. four', ['3. three', '4. four']],
    ['- [x] done\n- [ ] open', ['• [x] done', '• [ ] open']],
    ['> said\n> so', ['│ said', '│ so']],
    ['---', ['─'.repeat(20)]],
    ['[text](https://example.org)', ['text (https://example.org)']],
    ['<https://example.org>', ['https://example.org']],
    ['a &lt;b&gt; <b>html</b>', ['a &lt;b&gt; <b>html</b>']],
    ['| a | bb |\n|---|----|\n| 1 | 😀 |', ['a  bb', '─  ──', '1  😀']],
    ['    indented', ['▏ indented']],
    ['\\*no\\*', ['*no*']],
  ])('%j becomes %j', (text, expected) => {
    expect(renderMarkdown(text, THEMES.none)).toEqual(expected);
  });

  it('writes out what a terminal would obey', () => {
    for (const text of [HOSTILE, `**${HOSTILE}**`, `- ${HOSTILE}`, `[x](${HOSTILE})`])
      expect(renderMarkdown(text, THEMES.none).join('\n')).not.toMatch(OBEYED);
  });

  it('has colours that end on their line', () => {
    for (const line of renderMarkdown('**a\nb** `c`\n\n# d', THEMES.dark))
      expect(line.split(coloured('0', '')).at(-1)).toBe('');
  });
});

describe('a block', () => {
  it('shows a prompt, with all its lines', () => {
    expect(lines({ kind: 'prompt', text: 'one\ntwo' })).toEqual(['', '> one', '  two']);
  });

  it('shows a tool in one line, with what came of it when that is wanted or when it failed', () => {
    const tool = { kind: 'tool', title: 'read a.ts', preview: 'const a', isError: false } as const;
    expect(lines(tool)).toEqual(['✓ read a.ts']);
    expect(lines(tool, { ...plain, isOutputShown: true })).toEqual(['✓ read a.ts', '  const a']);
    expect(lines({ ...tool, isError: true })).toEqual(['✗ read a.ts', '  const a']);
  });

  it('shows code line by line, under the name of its language', () => {
    const code = { kind: 'code', lines: ['a\tb', ''], language: 'ts' } as const;
    expect(lines({ kind: 'answer', part: code })).toEqual(['', '▏ ts', '▏ a  b', '▏ ']);
    expect(lines({ kind: 'answer', part: { kind: 'code', lines: ['c'] } })).toEqual(['▏ c']);
  });

  it('colours a diff by its lines', () => {
    const text = 'diff --git a b\n@@ -1 +1 @@\n-old\n+new\n same';
    const { theme } = { theme: THEMES.dark };
    expect(lines({ kind: 'diff', text }, { theme, isOutputShown: false })).toEqual([
      paint(theme, 'strong', 'diff --git a b'),
      paint(theme, 'accent', '@@ -1 +1 @@'),
      paint(theme, 'removed', '-old'),
      paint(theme, 'added', '+new'),
      ' same',
    ]);
  });

  it('counts the lines of an endless output beyond its bound', () => {
    const shown = lines({ kind: 'output', text: 'x\n'.repeat(5000) });
    expect(shown.length).toBe(2001);
    expect(shown.at(-1)).toBe('… 3000 more lines');
  });

  it('writes out what a terminal would obey, whatever it is', () => {
    const blocks: readonly Block[] = [
      { kind: 'prompt', text: HOSTILE },
      { kind: 'answer', part: { kind: 'markdown', text: HOSTILE } },
      { kind: 'answer', part: { kind: 'code', lines: [HOSTILE], language: HOSTILE } },
      { kind: 'tool', title: HOSTILE, preview: HOSTILE, isError: true },
      { kind: 'note', text: HOSTILE, tone: 'bad' },
      { kind: 'diff', text: `+${HOSTILE}` },
      { kind: 'output', text: HOSTILE },
    ];
    for (const block of blocks) expect(lines(block).join('\n')).not.toMatch(OBEYED);
  });
});

describe('themes', () => {
  it('have a colour for everything, or none at all', () => {
    for (const name of ['dark', 'light'] as const)
      for (const role of SCREEN_ROLES) expect(THEMES[name][role]).toMatch(/^\d+(?:;\d+)*$/);
    expect(paint(THEMES.none, 'bad', 'x')).toBe('x');
    expect(isThemeName('light')).toBe(true);
    expect(isThemeName('toString')).toBe(false);
  });

  it('are what the configuration says, unless nobody wants colours', () => {
    const choice = { theme: null, colours: { bad: '1;35' }, isPlain: false } as const;
    expect(themeOf(choice)).toEqual({ ...THEMES.dark, bad: '1;35' });
    expect(themeOf({ ...choice, theme: 'light' }).prompt).toBe(THEMES.light.prompt);
    expect(themeOf({ ...choice, isPlain: true })).toEqual(THEMES.none);
  });

  it('paint each line for itself', () => {
    expect(paint(THEMES.dark, 'bad', 'a\n\nb')).toBe(
      '\u001b[31ma\u001b[0m\n\n\u001b[31mb\u001b[0m',
    );
    expect(stringWidth(paint(THEMES.dark, 'bad', 'abc'))).toBe(3);
  });
});
