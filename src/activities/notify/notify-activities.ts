import { z } from 'zod';
import {
  notifyEventSchema,
  runEventSchema,
  runRecordSchema,
  type NotificationResult,
  type NotifyEvent,
  type NotifySettings,
  type RunRecord,
  type Notice,
} from '../../domain/index.js';
import { sha256, type EventLog } from '../../platform/index.js';
import { bindSteps, defineStep, type Activities } from '../lib/step.js';

const notifyRunSchema = z.object({
  record: runRecordSchema,
  event: notifyEventSchema,
  events: z.array(runEventSchema),
});

/** What the notifications need; built once per worker. */
export interface NotifyDependencies {
  readonly events: EventLog;
  /** The record on disk; undefined when there is none. Default: none. */
  readonly readRecord?: (runId: string) => Promise<RunRecord | undefined>;
  /** What people are told about a run. */
  readonly describe: (record: RunRecord, event: NotifyEvent, now: Date) => Notice['body'];
  /** Null = nobody is told. */
  readonly notify: Pick<NotifySettings, 'events'> | null;
  /** Delivers a message, now or when people want to hear of it; never throws but when `signal` ends it. */
  readonly tell: (notice: Notice, signal: AbortSignal) => Promise<NotificationResult>;
}

/** Tells about the run, if somebody wants this event. A retry may deliver twice, under the same `x-codetether-delivery`. */
const notifyRun = defineStep<NotifyDependencies>()({
  input: notifyRunSchema,
  async run(
    { record: told, event, events },
    { dependencies, signal },
  ): Promise<NotificationResult> {
    const record = await wholeRecord(dependencies, told);
    await dependencies.events.append(record.runId, events);
    const { notify } = dependencies;
    if (notify === null || !notify.events.includes(event)) return { isSent: false, note: null };
    const { runId } = record;
    const since = record.standstill?.since ?? record.endedAt ?? '';
    const now = new Date();
    const notice: Notice = {
      version: 1,
      id: sha256(`${runId} ${event} ${since}`).slice(0, 32),
      event,
      runId,
      at: now.toISOString(),
      body: dependencies.describe(record, event, now),
    };
    const { isSent, note } = await dependencies.tell(notice, signal);
    return { isSent, note };
  },
});

const steps = { notifyRun };

/** Tells people about runs. */
export type NotifyActivities = Activities<typeof steps>;

/** The notifications of one worker. */
export function createNotifyActivities(dependencies: NotifyDependencies): NotifyActivities {
  return bindSteps({ ...dependencies, events: dependencies.events }, steps);
}

/** A record that was cut to travel: the rest is on disk. */
async function wholeRecord(
  { readRecord }: NotifyDependencies,
  told: RunRecord,
): Promise<RunRecord> {
  if (told.isCut !== true) return told;
  const whole = await readRecord?.(told.runId).catch(() => undefined);
  if (whole === undefined) return told;
  const { status, reason, standstill, endedAt, failure } = told;
  return { ...whole, status, reason, standstill, endedAt, failure };
}
