import { describe, expect, it } from 'vitest';
import { Standstills } from '../../../../src/workflows/lib/standstills.js';

const AT = '2026-01-02T03:04:05.000Z';
const wait = (minute: number) => ({
  reason: 'no network',
  until: `2026-01-02T03:${minute}:00.000Z`,
});

describe('Standstills', () => {
  it('show a run as waiting only when nobody of it works', () => {
    const standstills = new Standstills();
    standstills.report('US-001', wait(20), AT);
    expect(standstills.show(2)).toEqual({ status: 'running', standstill: null });
    standstills.report('US-002', wait(10), AT);
    expect(standstills.show(2)).toEqual({
      status: 'waiting',
      standstill: { kind: 'waiting', since: AT, ...wait(10) },
    });
  });

  it('keep the moment at which waiting began over further pauses', () => {
    const standstills = new Standstills();
    standstills.report('US-001', wait(10), AT);
    standstills.report('US-001', wait(30), '2026-01-02T03:10:00.000Z');
    expect(standstills.show(1).standstill).toMatchObject({ since: AT, ...wait(30) });
  });

  it('end with the last who works again, and say whether a report was news', () => {
    const standstills = new Standstills();
    expect(standstills.report('US-001', null, AT)).toBe(false);
    expect(standstills.report('US-001', wait(10), AT)).toBe(true);
    expect(standstills.report('US-001', null, AT)).toBe(true);
    expect(standstills.show(1)).toEqual({ status: 'running', standstill: null });
  });

  it('show a pause before anything else', () => {
    const standstills = new Standstills();
    standstills.report('US-001', wait(10), AT);
    standstills.setPaused('by request', AT);
    expect(standstills.show(1)).toEqual({
      status: 'paused',
      standstill: { kind: 'paused', reason: 'by request', since: AT, until: null },
    });
    standstills.setPaused(null, AT);
    expect(standstills.show(1).status).toBe('waiting');
    standstills.forget('US-001');
    expect(standstills.show(0).status).toBe('running');
  });
});
