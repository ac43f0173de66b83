import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isError, newErrors, showDiagnostic } from '../../../../src/tools/lsp/new-diagnostics.js';

const diagnostic = (line: number, message: string, severity = 1) => ({
  range: { start: { line, character: 0 }, end: { line, character: 1 } },
  message,
  severity,
});
const lines = (text: string) =>
  text.split('\n').flatMap((line, at) => (line.startsWith('!') ? [diagnostic(at, line)] : []));
const diagnosed = (text: string) => ({ text, diagnostics: lines(text) });

describe('new errors', () => {
  it('are those that came, not those that moved', () => {
    expect(newErrors(diagnosed('!a\nb\n!c'), diagnosed('new\n!a\nb\n!d\n!c'))).toEqual([
      diagnostic(3, '!d'),
    ]);
  });

  it('are the one that came, of two that say the same', () => {
    expect(newErrors(diagnosed('!a\nx\nend'), diagnosed('!a\n!a\nend'))).toEqual([
      diagnostic(1, '!a'),
    ]);
    expect(newErrors(diagnosed('x\n!a'), diagnosed('!a\n!a'))).toEqual([diagnostic(0, '!a')]);
  });

  it('are not those of which fewer are there, and never warnings', () => {
    expect(newErrors(diagnosed('!a\n!a'), diagnosed('!a'))).toEqual([]);
    const warned = { text: 'x', diagnostics: [diagnostic(0, 'w', 2)] };
    expect(newErrors({ text: '', diagnostics: [] }, warned)).toEqual([]);
    expect(
      [1, 2, undefined].map((severity) => isError({ ...diagnostic(0, ''), severity })),
    ).toEqual([true, false, true]);
  });

  it('are none when nothing changed, and all when there was nothing', () => {
    const text = fc.array(fc.constantFrom('!a', '!b', 'c', '')).map((parts) => parts.join('\n'));
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(newErrors(diagnosed(after), diagnosed(after))).toEqual([]);
        expect(newErrors({ text: '', diagnostics: [] }, diagnosed(after))).toEqual(lines(after));
        const come = newErrors(diagnosed(before), diagnosed(after)).length;
        expect(come).toBeGreaterThanOrEqual(lines(after).length - lines(before).length);
      }),
    );
  });

  it('are shown as one line each, whatever their words hold', () => {
    expect(
      showDiagnostic('a.ts', { ...diagnostic(4, 'bad\nword\u001b[31m'), code: 7, source: 'x' }),
    ).toMatch(/^a\.ts:5:1 error: bad.word.*\(x 7\)$/);
    expect(showDiagnostic('a.ts', diagnostic(0, 'w'.repeat(5000), 2)).length).toBeLessThan(500);
  });
});
