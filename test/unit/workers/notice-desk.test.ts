import { describe, expect, it, vi } from 'vitest';
import { askEvent, notice, noticeDesk } from '../../support/notice-bench.js';
import { webServer } from '../../support/web-server.js';

const NIGHT = { from: 1320, to: 420 };
const LATE = new Date(2026, 2, 3, 23);
const MORNING = new Date(2026, 2, 4, 7, 1);
const { signal } = new AbortController();

async function receiver(status: (count: number) => number = () => 200) {
  const { url, seen } = await webServer((_post, response, count) =>
    response.writeHead(status(count)).end(),
  );
  const told = (): unknown[] => seen.map(({ body }): unknown => JSON.parse(body));
  return {
    url,
    seen,
    told,
    arrived: (count: number) => vi.waitFor(() => expect(seen).toHaveLength(count)),
  };
}

describe('messages about runs', () => {
  it('tell of an event of the log once, however often a step brings it', async () => {
    const { url, told, arrived, seen } = await receiver();
    const { events, log, files, desk } = await noticeDesk({ webhook: url });
    await events.append('run-1', [askEvent(1)]);
    await arrived(1);
    await vi.waitFor(async () => expect(await files.pending()).toEqual([]));
    await events.append('run-1', [askEvent(1)]);
    await events.append('run-1', [askEvent(1), askEvent(2)]);
    await arrived(2);
    expect(told()[0]).toMatchObject({
      event: 'question',
      run_id: 'run-1',
      story: 'US-001',
      text: 'Which one?',
      commands: { answer: 'codetether runs answer run-1 US-001 "TEXT"' },
    });
    expect(new Set(seen.map(({ headers }) => headers['x-codetether-delivery'])).size).toBe(2);
    expect((await log.read('run-1', 0)).events).toHaveLength(2);
    desk.close();
  });

  it('say nothing of events that nobody wants, and of runs that nobody knows', async () => {
    const { url, seen } = await receiver();
    const { events, files } = await noticeDesk({ webhook: url, events: ['story'] });
    await events.append('run-1', [askEvent(1)]);
    const other = await noticeDesk({ webhook: url });
    await other.events.append('run-2', [askEvent(1)]);
    expect(await files.pending()).toEqual([]);
    expect(await other.files.pending()).toEqual([]);
    expect(seen).toEqual([]);
  });

  it('wait in quiet hours, and come as one in the morning', async () => {
    const { url, seen, told, arrived } = await receiver();
    const settings = { webhook: url, quietHours: NIGHT };
    const night = await noticeDesk(settings, { now: LATE });
    await night.events.append('run-1', [askEvent(1), askEvent(2)]);
    const late = notice(3, { at: new Date(LATE.getTime() + 1000).toISOString() });
    expect(await night.desk.tell(late, signal)).toEqual({ isSent: false, note: null });
    expect(seen).toEqual([]);
    night.desk.close();
    // another worker, which knows of them from the disk
    const { desk, files } = await noticeDesk(settings, { folder: night.folder, now: MORNING });
    desk.start();
    await arrived(1);
    expect(told()[0]).toMatchObject({
      event: 'digest',
      count: 3,
      left_out: 0,
      from: LATE.toISOString(),
      items: [
        { event: 'question', story: 'US-001', text: 'Which one?', run_id: 'run-1' },
        { event: 'question' },
        { event: 'end' },
      ],
    });
    await vi.waitFor(async () => expect(await files.pending()).toEqual([]));
    desk.close();
  });

  it('are told in quiet hours where they are urgent, and a lonely one is no digest', async () => {
    const { url, told, arrived } = await receiver();
    const settings = { webhook: url, quietHours: NIGHT, urgent: ['question' as const] };
    const { events, desk, clock } = await noticeDesk(settings, { now: LATE });
    await events.append('run-1', [askEvent(1)]);
    await arrived(1);
    expect(told()[0]).toMatchObject({ event: 'question' });
    await desk.tell(notice(2, { at: LATE.toISOString() }), signal);
    clock.now = MORNING;
    desk.start();
    await arrived(2);
    expect(told()[1]).toEqual(notice(2).body);
    desk.close();
  });

  it('are tried again when nobody answers, and given up when the address says no', async () => {
    const { url, arrived } = await receiver((count) => (count < 3 ? 503 : 200));
    const { desk, files } = await noticeDesk({ webhook: url });
    const first = await desk.tell(notice(1, { at: new Date().toISOString() }), signal);
    expect(first).toMatchObject({
      isSent: false,
      note: expect.stringMatching(/tried again for a day/),
    });
    await arrived(3);
    await vi.waitFor(async () => expect(await files.pending()).toEqual([]));
    expect(await desk.tell(notice(1), signal)).toEqual({ isSent: true, note: null });
    desk.close();
    const no = await receiver(() => 403);
    const refused = await noticeDesk({ webhook: no.url });
    expect(await refused.desk.tell(notice(1), signal)).toMatchObject({ isSent: false });
    expect(await refused.files.pending()).toEqual([]);
  });

  it('are all told where one comes while another is on its way', async () => {
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const { url, seen } = await webServer((_post, response, count) => {
      if (count > 1) response.end();
      else void opened.then(() => response.end());
    });
    const { events, files } = await noticeDesk({ webhook: url });
    await events.append('run-1', [askEvent(1)]);
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    await events.append('run-1', [askEvent(2)]);
    // timers come in order: behind this one, that of the second has come while the first is on its way
    await new Promise((resolve) => setTimeout(resolve, 5));
    open();
    await vi.waitFor(async () => expect(await files.pending()).toEqual([]));
    expect(seen).toHaveLength(2);
  });

  it('are given up after a day', async () => {
    const { url, seen } = await receiver(() => 503);
    const { desk, files } = await noticeDesk({ webhook: url });
    const old = new Date(Date.now() - 25 * 3_600_000).toISOString();
    expect(await desk.tell(notice(1, { at: old }), signal)).toMatchObject({ isSent: false });
    expect([await files.pending(), seen.length]).toEqual([[], 1]);
  });
});
