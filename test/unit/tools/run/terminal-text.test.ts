import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainTerminalText } from '../../../../src/tools/run/terminal-text.js';

const output = fc
  .array(
    fc.constantFrom(
      'a',
      ' ',
      '\t',
      '\n',
      '\r',
      '\r\n',
      '\u001b',
      '\u001b[31m',
      '\u001b]0;t\u0007',
      '\u009b',
      '\u0000',
      '\u007f',
      '\u0090',
      ';',
      '[',
      'm',
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''));

describe('plain text of a terminal', () => {
  it('holds no control character but tab and line feed, whatever a program prints', () => {
    fc.assert(
      fc.property(output, (text) => {
        expect(plainTerminalText(text)).not.toMatch(/(?![\t\n])\p{Cc}/u);
      }),
    );
  });

  it('is plain already: doing it twice changes nothing', () => {
    fc.assert(
      fc.property(output, (text) => {
        const plain = plainTerminalText(text);
        expect(plainTerminalText(plain)).toBe(plain);
      }),
    );
  });

  it('invents no line, and leaves text without controls as it is', () => {
    const feeds = (text: string): number => text.split('\n').length;
    fc.assert(
      fc.property(output, (text) => {
        expect(feeds(plainTerminalText(text))).toBeLessThanOrEqual(feeds(text));
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~\t\n]*$/), (text) => {
        expect(plainTerminalText(text)).toBe(text);
      }),
    );
  });

  it('shows of a progress bar its last state', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z%]{1,9}$/), { minLength: 1 }), (states) => {
        expect(plainTerminalText(`${states.join('\r')}\n`)).toBe(`${states.at(-1)}\n`);
      }),
    );
  });
});
