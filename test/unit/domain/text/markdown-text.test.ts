import { describe, expect, it } from 'vitest';
import {
  markdownCode,
  markdownNames,
  markdownText,
  shortLine,
} from '../../../../src/domain/text/markdown-text.js';

describe('markdownText', () => {
  it.each([
    ['**bold** _it_ `code`', String.raw`\*\*bold\*\* \_it\_ \`code\``],
    ['[link](javascript:alert(1))', String.raw`\[link\](javascript:alert(1))`],
    ['![image](x)', String.raw`\!\[image\](x)`],
    ['<img src=x onerror=alert(1)> &lt;', String.raw`\<img src=x onerror=alert(1)\> \&lt;`],
    ['see https://example.org now', String.raw`see https: //example.org now`],
    ['www.example.org, a@b.c', String.raw`www. example.org, a\@b.c`],
    ['a\n# heading\r\n- item', String.raw`a \# heading - item`],
    ['a | b ~~c~~ \\', String.raw`a \| b \~\~c\~\~ \\`],
    ['bell \u0007 and \u202e', String.raw`bell \\x07 and \\u{202e}`],
  ])('shows %j and obeys none of it', (text, shown) => {
    expect(markdownText(text)).toBe(shown);
  });

  it('is as fast for a megabyte of white space as for a word', () => {
    const startedAt = performance.now();
    expect(markdownText(`${' \n'.repeat(500_000)}end`, 20)).toBe('…');
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});

describe('shortLine', () => {
  it('keeps what fits and cuts no character in half', () => {
    expect(shortLine('four', 4)).toBe('four');
    expect(shortLine('fives', 4)).toBe('fiv…');
    expect(shortLine('ab\u{1f600}cd', 4)).toBe('ab…');
  });
});

describe('markdownNames', () => {
  it('names the first ones, or none', () => {
    expect(markdownNames([])).toBe('none');
    expect(markdownNames(['lint', 'te`st', 'more'], 2)).toBe("`lint`, `te'st`");
  });
});

describe('markdownCode', () => {
  it('cannot be left by a backtick', () => {
    expect(markdownCode('a`b')).toBe("`a'b`");
    expect(markdownCode('')).toBe('');
  });
});
