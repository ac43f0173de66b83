import { describe, expect, it } from 'vitest';
import { parseDuration, parseMoment } from '../../../src/domain/moment.js';

const NOW = new Date(2026, 0, 2, 22, 30);

describe('parseDuration', () => {
  it.each([
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['1.5h', 5_400_000],
    [' 2d ', 172_800_000],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '8', 'h', '8 h', '-1h', '8hours', '1e3h'])('does not read "%s"', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe('parseMoment', () => {
  it('takes a time of day as the next one in local time', () => {
    expect(parseMoment('23:15', NOW)).toEqual(new Date(2026, 0, 2, 23, 15));
    expect(parseMoment('07:00', NOW)).toEqual(new Date(2026, 0, 3, 7, 0));
    expect(parseMoment('22:30', NOW)).toEqual(new Date(2026, 0, 3, 22, 30));
  });

  it('takes a duration from now and ISO 8601 as they are', () => {
    expect(parseMoment('8h', NOW)).toEqual(new Date(NOW.getTime() + 8 * 3_600_000));
    expect(parseMoment('2026-12-01T07:00:00Z', NOW)).toEqual(new Date('2026-12-01T07:00:00Z'));
  });

  it.each(['', '25:00', '7', 'tomorrow', '2026-13-45', '07:60'])('does not read "%s"', (text) => {
    expect(parseMoment(text, NOW)).toBeUndefined();
  });
});
