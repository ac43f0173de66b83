import { join } from 'node:path';
import { deliverNotice } from '../../src/activities/notify/deliver-notice.js';
import type { NotifySettings, RunEvent, Notice } from '../../src/domain/index.js';
import { notifySettingsSchema } from '../../src/domain/notify/notification.js';
import { createLogger } from '../../src/observability/logger.js';
import { createNoticeFiles } from '../../src/platform/records/notice-files.js';
import { createEventLog } from '../../src/platform/storage/event-log.js';
import { openNoticeDesk } from '../../src/workers/notice-desk.js';
import { runRecord } from './run-records.js';
import { temporaryFolder } from './temporary-folder.js';

/** Settings with defaults. */
export function notifySettings(settings: Partial<NotifySettings>): NotifySettings {
  return notifySettingsSchema.parse({ webhook: null, events: ['end', 'question'], ...settings });
}

/** A message about `run-1`. */
export function notice(number: number, fields: Partial<Notice> = {}): Notice {
  return {
    version: 1,
    id: String(number).padStart(32, '0'),
    event: 'end',
    runId: 'run-1',
    at: '2026-01-02T12:00:00.000Z',
    body: { event: 'end', run_id: 'run-1' },
    ...fields,
  };
}

/** An agent's question, as the log of a run has it. */
export function askEvent(seq: number): RunEvent {
  return {
    source: 'w',
    seq,
    type: 'question.ask',
    at: '2026-01-02T03:04:05.000Z',
    story: 'US-001',
    text: 'asks: which one?',
    data: { question: 'Which one?' },
  };
}

/** A desk over a folder, whose clock the test sets; desks of one folder share what they keep. */
export async function noticeDesk(
  settings: Partial<NotifySettings>,
  given: { readonly folder?: string; readonly now?: Date } = {},
) {
  const folder = given.folder ?? (await temporaryFolder());
  const notify = notifySettings(settings);
  const clock = { now: given.now ?? new Date() };
  const files = createNoticeFiles(join(folder, 'notices'), null);
  const desk = openNoticeDesk({
    files,
    notify,
    deliver: (attempt) =>
      deliverNotice(
        { notify, readKey: () => Promise.resolve('a key of text'), folder, pausesMs: [] },
        attempt,
      ),
    readRecord: (runId) => Promise.resolve(runId === 'run-1' ? runRecord() : undefined),
    logger: createLogger({ level: 'error', file: '/dev/null' }),
    now: () => clock.now,
    pauseMs: () => 5,
  });
  const log = createEventLog(join(folder, 'events'));
  return { desk, files, folder, clock, log, events: desk.listening(log) };
}
