import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseQuietHours, quietUntil } from '../../../../src/domain/notify/quiet-hours.js';

const DATES = fc.date({
  min: new Date('1970-01-02'),
  max: new Date('2200-01-01'),
  noInvalidDate: true,
});

const at = (hour: number, minute = 0): Date => new Date(2026, 2, 3, hour, minute, 30);

describe('quiet hours', () => {
  it('are a span of the day, which may pass midnight', () => {
    expect(parseQuietHours('22:00-07:30')).toEqual({ from: 1320, to: 450 });
    expect(parseQuietHours('00:00-23:59')).toEqual({ from: 0, to: 1439 });
    for (const text of ['', '22-7', '24:00-07:00', '22:60-07:00', '7:00-8:00', '22:00-22:00'])
      expect(parseQuietHours(text), text).toBeUndefined();
  });

  it('end the next time that their end comes', () => {
    const night = { from: 1320, to: 420 };
    expect(quietUntil(night, at(23))).toEqual(new Date(2026, 2, 4, 7));
    expect(quietUntil(night, at(6, 59))).toEqual(new Date(2026, 2, 3, 7));
    expect(quietUntil(night, at(7))).toBeNull();
    expect(quietUntil(night, at(21, 59))).toBeNull();
    expect(quietUntil({ from: 540, to: 600 }, at(9))).toEqual(new Date(2026, 2, 3, 10));
    expect(quietUntil({ from: 540, to: 600 }, at(10))).toBeNull();
  });

  it('are over at the moment that they name, within a day', () => {
    const minute = fc.integer({ min: 0, max: 1439 });
    fc.assert(
      fc.property(minute, minute, DATES, (from, to, now) => {
        fc.pre(from !== to);
        const until = quietUntil({ from, to }, now);
        if (until === null) return;
        expect(until.getTime()).toBeGreaterThan(now.getTime());
        // the day on which clocks go back has an hour more
        expect(until.getTime() - now.getTime()).toBeLessThanOrEqual(25 * 3_600_000);
        expect(quietUntil({ from, to }, until)).toBeNull();
      }),
    );
  });
});
