import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import {
  createNotifyActivities,
  type NotifyActivities,
} from '../../../../src/activities/notify/notify-activities.js';
import type { NotifySettings } from '../../../../src/domain/index.js';
import { notificationDocument } from '../../../../src/report/notification-document.js';
import { createEventLog } from '../../../../src/platform/storage/event-log.js';
import { noticeDesk, notifySettings } from '../../../support/notice-bench.js';
import { runRecord } from '../../../support/run-records.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';
import { webServer } from '../../../support/web-server.js';

async function notifier(settings: Partial<NotifySettings> | null) {
  const notify = settings === null ? null : notifySettings(settings);
  const { desk } = await noticeDesk(settings ?? {});
  const events = createEventLog(await temporaryFolder());
  const activities = createNotifyActivities({
    events,
    notify,
    describe: (record, event, now) => notificationDocument(record, { event, now }),
    tell: desk.tell,
  });
  const run = (input: Parameters<NotifyActivities['notifyRun']>[0]) =>
    new MockActivityEnvironment().run(() => activities.notifyRun(input));
  return { run, events };
}

const event = { source: 'w', seq: 1, type: 'run.end' as const, at: '2026-01-02T03:04:05.000Z' };

describe('notifyRun', () => {
  it('posts the run once, in snake_case, with the commands that lead further', async () => {
    const { url, seen } = await webServer((_post, response) => response.end());
    const { run, events } = await notifier({ webhook: `${url}/hook`, events: ['end'] });
    const result = await run({ record: runRecord(), event: 'end', events: [event] });
    expect(result).toEqual({ isSent: true, note: null });
    expect(seen).toHaveLength(1);
    const [post] = seen;
    expect(post?.headers).toMatchObject({
      'x-codetether-event': 'end',
      'x-codetether-delivery': expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(JSON.parse(post?.body ?? '')).toMatchObject({
      event: 'end',
      run_id: 'run-1',
      status: 'passed',
      stories: [{ id: 'US-001', status: 'passed', attempts: 0 }],
      totals: { duration_ms: 60_000 },
      commands: { report: 'codetether ralph report run-1' },
    });
    expect((await events.read('run-1', 0)).events).toEqual([event]);
  });

  it('tells nobody about an event that nobody wants, and keeps its events all the same', async () => {
    const { url, seen } = await webServer((_post, response) => response.end());
    const { run, events } = await notifier({ webhook: url, events: ['end'] });
    const result = await run({ record: runRecord(), event: 'paused', events: [event] });
    expect([result, seen]).toEqual([{ isSent: false, note: null }, []]);
    expect((await events.read('run-1', 0)).events).toHaveLength(1);
    expect(
      await (await notifier(null)).run({ record: runRecord(), event: 'end', events: [] }),
    ).toEqual({ isSent: false, note: null });
  });
});
