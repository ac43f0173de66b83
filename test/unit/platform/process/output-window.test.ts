import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { createOutputCollector } from '../../../../src/platform/process/output-window.js';

describe('createOutputCollector', () => {
  it('keeps every byte that fits, and exactly the ends of what does not', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 0, maxLength: 40, unit: 'grapheme-ascii' }), {
          maxLength: 30,
        }),
        fc.integer({ min: 5, max: 400 }),
        (chunks, maxBytes) => {
          const collector = createOutputCollector(maxBytes);
          for (const chunk of chunks) collector.add(Buffer.from(chunk));
          const whole = chunks.join('');
          const window = collector.finish();
          expect(window.totalBytes).toBe(whole.length);
          if (whole.length <= maxBytes) {
            expect([window.head, window.tail, window.omittedBytes]).toEqual([whole, '', 0]);
          } else {
            expect(window.head + window.tail).toHaveLength(maxBytes);
            expect(whole.startsWith(window.head)).toBe(true);
            expect(whole.endsWith(window.tail)).toBe(true);
            expect(window.omittedBytes).toBe(whole.length - maxBytes);
          }
        },
      ),
    );
  });

  it('never shows half a character', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: 60 }),
        fc.constantFrom('é', '€', '😀'),
        (maxBytes, character) => {
          const collector = createOutputCollector(maxBytes);
          collector.add(Buffer.from(character.repeat(100)));
          const window = collector.finish();
          expect(`${window.head}${window.tail}`).not.toContain('\uFFFD');
        },
      ),
    );
  });
});
