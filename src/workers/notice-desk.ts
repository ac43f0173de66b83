import {
  deliverNotice,
  type DeliveryTry,
  type NoticeDelivery,
  type NotifyDependencies,
} from '../activities/index.js';
import type { WorkerSettings } from '../config/index.js';
import {
  type NotificationResult,
  type NotifySettings,
  type RunEvent,
  type RunRecord,
  NOTIFY_SECRET,
  quietUntil,
  tellingOf,
  type Notice,
} from '../domain/index.js';
import type { Logger } from '../observability/index.js';
import {
  createNoticeFiles,
  homePaths,
  sha256,
  type Envelope,
  type EventLog,
  type NoticeFiles,
  type Stores,
} from '../platform/index.js';
import type { ProviderSecrets } from '../providers/index.js';
import { digestDocument, notificationDocument } from '../report/index.js';

/** What the desk is made of. */
export interface NoticeDeskParts {
  readonly files: NoticeFiles;
  readonly notify: NotifySettings;
  readonly deliver: (attempt: DeliveryTry) => Promise<NoticeDelivery>;
  readonly readRecord: (runId: string) => Promise<RunRecord | undefined>;
  readonly logger: Logger;
  /** Default: the clock of this machine. */
  readonly now?: () => Date;
  /** Before the try behind so many failures, in milliseconds. Default: half a minute, doubling, at most half an hour. */
  readonly pauseMs?: (failures: number) => number;
}

/** Messages to people: kept on disk until they arrived, held back in quiet hours. */
export interface NoticeDesk {
  /** The same log, whose events people are told of. */
  listening(events: EventLog): EventLog;
  readonly tell: NotifyDependencies['tell'];
  /** Sends what an earlier worker left. */
  start(): void;
  close(): void;
}

const HELD: NotificationResult = { isSent: false, note: null };
const DAY_MS = 24 * 60 * 60_000;
/** Of a timer: longer ones overflow. */
const LONGEST_MS = DAY_MS;

function usualPause(failures: number): number {
  return Math.min(30 * 60_000, 30_000 * 2 ** Math.min(failures - 1, 10));
}

/** What a worker opens its desk with. */
interface WorkerParts {
  /** State folder, absolute. */
  readonly home: string;
  readonly settings: Pick<WorkerSettings, 'notify'>;
  readonly envelope: Envelope | null;
  readonly logger: Logger;
}

/** The desk of a worker, at work; null = nobody wants to hear of runs. */
export function openNotices(
  { home, settings: { notify }, envelope, logger }: WorkerParts,
  { records, secrets }: Pick<Stores, 'records'> & { readonly secrets: ProviderSecrets },
): NoticeDesk | null {
  if (notify === null) return null;
  const readKey = async () => (await secrets.readProviderSecret(NOTIFY_SECRET)).apiKey;
  const desk = openNoticeDesk({
    files: createNoticeFiles(homePaths(home).notices, envelope),
    notify,
    deliver: (attempt) => deliverNotice({ notify, readKey, folder: home }, attempt),
    readRecord: (runId) => records.read(runId),
    logger,
  });
  desk.start();
  return desk;
}

/** What becomes of messages where nobody wants to hear of runs. */
export const nobodyIsTold: NotifyDependencies['tell'] = () => Promise.resolve(HELD);

/** The desk over these parts. */
export function openNoticeDesk(parts: NoticeDeskParts): NoticeDesk {
  const desk = new Desk(parts);
  return {
    listening: (events) => ({
      read: (...asked) => events.read(...asked),
      async append(runId, pending) {
        // Kept before the events are known: a worker that dies in between tells of them when they come again.
        await desk.note(runId, pending);
        await events.append(runId, pending);
      },
    }),
    tell: (notice, signal) => desk.tell(notice, signal),
    start: () => desk.sweepSoon(),
    close: () => desk.close(),
  };
}

class Desk {
  private readonly parts: NoticeDeskParts;
  private readonly busy = new Set<string>();
  private readonly failures = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private timerAt = Number.POSITIVE_INFINITY;
  private isSweeping = false;
  private hasNews = false;
  private isClosed = false;

  constructor(parts: NoticeDeskParts) {
    this.parts = parts;
  }

  /** Keeps a message for every event that somebody wants to hear of. Never throws: a run goes on without it. */
  async note(runId: string, events: readonly RunEvent[]): Promise<void> {
    for (const event of events) {
      const told = tellingOf(event);
      if (told === undefined || !this.parts.notify.events.includes(told.event)) continue;
      try {
        const record = await this.parts.readRecord(runId);
        if (record === undefined) continue;
        const { files } = this.parts;
        const now = this.now();
        await files.put({
          version: 1,
          id: sha256(`${runId} ${event.source} ${event.seq}`).slice(0, 32),
          event: told.event,
          runId,
          at: now.toISOString(),
          body: notificationDocument(record, { ...told, now }),
        });
        this.sweepSoon();
      } catch (error) {
        this.parts.logger.log('warn', 'a message about a run is not kept', { error, run: runId });
      }
    }
  }

  async tell(notice: Notice, signal: AbortSignal): Promise<NotificationResult> {
    const { files } = this.parts;
    const state = await files.put(notice);
    if (state === 'told') return { isSent: true, note: null };
    if (this.quietEnd(notice, this.now()) !== null) {
      this.sweepSoon();
      return HELD;
    }
    if (this.busy.has(notice.id)) return HELD;
    return this.send([notice], { notice, signal });
  }

  sweepSoon(): void {
    this.schedule(0);
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  private now(): Date {
    return this.parts.now?.() ?? new Date();
  }

  /** The end of the quiet hours in which nobody wants to hear of such an event at this moment; null = it may be told. */
  private quietEnd({ event }: Pick<Notice, 'event'>, at: Date): Date | null {
    const { quietHours, urgent } = this.parts.notify;
    if (quietHours === null || urgent.some((one) => one === event)) return null;
    return quietUntil(quietHours, at);
  }

  /** Comes again after so long, or earlier where that was wanted already. */
  private schedule(afterMs: number): void {
    const at = Date.now() + Math.min(afterMs, LONGEST_MS);
    if (this.isClosed || at >= this.timerAt) return;
    clearTimeout(this.timer);
    this.timerAt = at;
    this.timer = setTimeout(() => void this.sweepNow(), at - Date.now());
    this.timer.unref();
  }

  /** One sweep at a time; what comes meanwhile is seen by another one. */
  private async sweepNow(): Promise<void> {
    this.timerAt = Number.POSITIVE_INFINITY;
    this.hasNews = true;
    if (this.isSweeping) return;
    this.isSweeping = true;
    try {
      while (this.hasNews && !this.isClosed) {
        this.hasNews = false;
        await this.sweep();
      }
    } catch (error) {
      this.parts.logger.log('warn', 'messages about runs wait', { error });
      this.schedule(usualPause(1));
    } finally {
      this.isSweeping = false;
    }
  }

  /** Sends what may be sent, and comes again for the rest. */
  private async sweep(): Promise<void> {
    const now = this.now();
    const free: Notice[] = [];
    for (const notice of await this.parts.files.pending()) {
      if (this.busy.has(notice.id)) continue;
      const until = this.quietEnd(notice, now);
      if (until === null) free.push(notice);
      else this.schedule(Math.max(1000, until.getTime() - now.getTime()));
    }
    await this.sendDue(free);
  }

  /** What was held back goes out as one message. */
  private async sendDue(notices: readonly Notice[]): Promise<void> {
    const late = notices.filter((notice) => this.quietEnd(notice, new Date(notice.at)) !== null);
    if (late.length > 1) await this.sendOr(late, this.digestOf(late));
    const alone = late.length > 1 ? notices.filter((notice) => !late.includes(notice)) : notices;
    for (const notice of alone) await this.sendOr([notice], notice);
  }

  private digestOf(notices: readonly Notice[]): Notice {
    const now = this.now();
    return {
      version: 1,
      id: sha256(notices.map(({ id }) => id).join(' ')).slice(0, 32),
      event: 'digest',
      runId: null,
      at: notices[0]?.at ?? now.toISOString(),
      body: digestDocument(notices, now),
    };
  }

  private async sendOr(notices: readonly Notice[], notice: Notice): Promise<void> {
    const { note } = await this.send(notices, { notice });
    if (note !== null) this.parts.logger.log('warn', note, { event: notice.event });
  }

  /** One try; what did not arrive is tried again, for a day. */
  private async send(
    notices: readonly Notice[],
    { notice, signal }: { readonly notice: Notice; readonly signal?: AbortSignal },
  ): Promise<NotificationResult> {
    const { deliver, files, pauseMs = usualPause } = this.parts;
    for (const { id } of notices) this.busy.add(id);
    try {
      const before = this.failures.get(notice.id) ?? 0;
      const isFirst = before === 0;
      const attempt = { notice, isFirst, ...(signal === undefined ? {} : { signal }) };
      const { isSent, note, isRetryable } = await deliver(attempt);
      const isOld = this.now().getTime() - Date.parse(notice.at) > DAY_MS;
      if (isSent || !isRetryable || isOld) {
        await files.settle(notices);
        this.failures.delete(notice.id);
        return { isSent, note };
      }
      this.failures.set(notice.id, before + 1);
      this.schedule(pauseMs(before + 1));
      return { isSent, note: note === null ? null : `${note}; it is tried again for a day` };
    } finally {
      for (const { id } of notices) this.busy.delete(id);
    }
  }
}
