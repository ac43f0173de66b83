import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from '../../../../src/providers/limits/wait-time.js';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const read = (headers: Record<string, string>): number | null =>
  parseRetryAfter(new Headers(headers), NOW);

describe('the wait that a provider asks for', () => {
  it('reads seconds, also with a fraction', () => {
    expect([read({ 'retry-after': '2' }), read({ 'retry-after': '0.5' })]).toEqual([2000, 500]);
  });

  it('reads an HTTP date', () => {
    expect(read({ 'retry-after': 'Sun, 22 Nov 2026 10:02:00 GMT' })).toBe(120_000);
  });

  it('prefers milliseconds', () => {
    expect(read({ 'retry-after-ms': '250', 'retry-after': '9' })).toBe(250);
  });

  it('is null when nothing readable is there', () => {
    expect([read({}), read({ 'retry-after': 'soon' }), read({ 'retry-after': '' })]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('is never negative', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.integer().map(String),
          fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
        ),
        (value) => {
          const wait = read({ 'retry-after': value });
          return wait === null || wait >= 0;
        },
      ),
    );
  });
});
