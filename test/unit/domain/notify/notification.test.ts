import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../../src/domain/index.js';
import { isWebhookAddress, tellingOf } from '../../../../src/domain/notify/notification.js';

const event = (fields: Partial<RunEvent>): RunEvent => ({
  source: 'w',
  seq: 1,
  type: 'run.note',
  at: '2026-01-02T03:04:05.000Z',
  ...fields,
});

describe('what people are told by an event', () => {
  it('is told of stories, questions, budgets and limits', () => {
    const story = 'US-001';
    const end = (status: string) =>
      event({ type: 'story.end', story, text: `${status}: x`, data: { status } });
    expect(tellingOf(end('passed'))).toEqual({ event: 'story', story, text: 'passed: x' });
    expect(tellingOf(end('blocked'))?.event).toBe('blocked');
    expect(tellingOf(end('failed'))?.event).toBe('blocked');
    expect(tellingOf(end('skipped'))).toBeUndefined();
    const asked = {
      type: 'question.ask',
      text: 'asks: a …',
      data: { question: 'a or b?' },
    } as const;
    expect(tellingOf(event(asked))).toEqual({ event: 'question', story: null, text: 'a or b?' });
    expect(tellingOf(event({ type: 'permission.ask', text: 'may it?' }))?.event).toBe('question');
    const used = 'the budget of 2 calls is used up';
    expect(tellingOf(event({ type: 'run.pause', text: used }))?.event).toBe('budget');
    const limit = { who: 'US-001', until: null, code: 'ERR_PROVIDER_QUOTA' };
    expect(tellingOf(event({ type: 'run.wait', data: limit }))?.event).toBe('limit');
  });

  it('is nothing about what the run tells by itself, or nobody wants to know', () => {
    for (const type of ['run.end', 'run.pause', 'run.wait', 'tool.end', 'attempt.end'] as const)
      expect(tellingOf(event({ type })), type).toBeUndefined();
  });

  it('has a bounded text', () => {
    const told = tellingOf(event({ type: 'question.ask', text: 'x'.repeat(1_000_000) }));
    expect(told?.text.length).toBeLessThan(4100);
  });
});

describe('isWebhookAddress', () => {
  it('takes https, and http of this machine only', () => {
    const good = [
      'https://example.org/x',
      'http://localhost:8080/',
      'http://127.0.0.1',
      'http://[::1]:9',
    ];
    const bad = [
      'http://example.org',
      'http://127.0.0.1.example.org/',
      'http://localhost.evil/',
      'ftp://x',
    ];
    expect(good.filter((url) => !isWebhookAddress(url))).toEqual([]);
    expect(bad.filter(isWebhookAddress)).toEqual([]);
  });
});
